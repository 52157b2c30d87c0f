"""Hours at a desk: two people for every record, corrections with both numbers, and the file that is written down."""

import io
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.hours_builders import after, handed_in, some_volunteer
from trail.models import Event
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.models import Correction, Service, Volunteer
from volunteers.periods import period_of

TODAY = date(2026, 3, 31)


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, after(town))


def beside(town: Town, who: Volunteer | None = None, by: str = "community_worker", **more) -> Service:
    told = {"on": timezone.localdate(town.now), "minutes": 90, "what": "演示:送菜", "unit": town.community}
    return propose_service(who or some_volunteer(town), by=town.people[by], now=after(town), **told | more)


def confirmed(town: Town, **more) -> Service:
    return confirm_service(beside(town, **more), by=town.people["street_leader"], now=after(town))


class TestSteps:
    def test_handed_in_here_and_confirmed_by_somebody_else(self, town) -> None:
        who, client = some_volunteer(town), desk(town)
        told = {"volunteer": f"#{who.pk}", "unit": town.community.code, "minutes": 45, "what": "演示:理发"}
        day = f"{timezone.localdate(town.now):%Y-%m-%d}"
        assert add(client, "service", **told, on="2019-01-01").status_code == 422
        assert add(client, "service", **told | {"minutes": 1441}, on=day).status_code == 422
        assert add(client, "service", **told, on=day).status_code == 302
        one = Service.objects.get()
        assert (one.minutes, one.state, one.source) == (45, "proposed", "beside")
        assert do(client, one, "confirm").status_code == 422
        assert do(desk(town, "street_leader"), one, "confirm").status_code == 302
        one.refresh_from_db()
        assert one.state == "confirmed"

    def test_not_accepted_with_a_reason(self, town) -> None:
        one, client = beside(town), desk(town)
        assert do(client, one, "refuse", reason="").status_code == 422
        assert do(client, one, "refuse", reason="演示:记重了").status_code == 302
        assert "演示:记重了" in client.get(page_of(one)).content.decode()
        assert offered(client, one) == set()

    def test_refused_hours_of_an_activity_are_handed_in_again(self, town) -> None:
        (one,) = handed_in(town, some_volunteer(town))
        client, street = desk(town), desk(town, "street_leader")
        assert do(street, one, "refuse", reason="演示:记错了").status_code == 302
        assert offered(client, one) == {"propose"}
        assert do(client, one, "propose", minutes=1441).status_code == 422
        assert do(client, one, "propose", minutes=60).status_code == 302
        one.refresh_from_db()
        assert (one.state, one.minutes) == ("proposed", 60)
        assert do(street, one, "confirm").status_code == 302

    def test_a_correction_is_decided_by_somebody_else(self, town) -> None:
        for key, minutes in (("grant", 120), ("refuse_correction", 90)):
            one, client, street = confirmed(town), desk(town), desk(town, "street_leader")
            assert offered(client, one) == {"ask_correction"}
            assert do(client, one, "ask_correction", minutes=90, reason="演示").status_code == 422
            assert do(client, one, "ask_correction", minutes=120, reason="演示:漏了收尾").status_code == 302
            assert offered(client, one) == {"grant", "refuse_correction"}
            assert do(client, one, key).status_code == 422
            assert do(street, one, key).status_code == 302
            one.refresh_from_db()
            assert one.minutes == minutes
            # Both numbers stay to be read.
            content = street.get(page_of(one)).content.decode()
            assert "<td>90</td><td>120</td>" in content.replace("\n", "").replace("  ", "")
        assert Correction.objects.waiting().count() == 0


class TestList:
    def found(self, town: Town, query: str) -> set[int]:
        return {row.pk for row in desk(town).get(listed("service", query)).context["cl"].result_list}

    def test_filters(self, town) -> None:
        of_activity = handed_in(town, some_volunteer(town))[0]
        long_ago = beside(town, on=date(timezone.localdate(town.now).year - 1, 12, 31))
        done = confirmed(town)
        assert self.found(town, "") == {of_activity.pk, long_ago.pk, done.pk}
        assert self.found(town, "?state__exact=confirmed") == {done.pk}
        assert self.found(town, f"?activity={of_activity.activity_id}") == {of_activity.pk}
        assert self.found(town, "?activity=x") == set()
        assert self.found(town, "?period=year") == {of_activity.pk, done.pk}
        assert self.found(town, "?period=last_year") == {long_ago.pk}
        assert self.found(town, "?source__exact=beside") == {long_ago.pk, done.pk}

    @pytest.mark.parametrize(
        ("name", "period"),
        [
            ("month", (date(2026, 3, 1), TODAY)),
            ("last_month", (date(2026, 2, 1), date(2026, 2, 28))),
            ("year", (date(2026, 1, 1), TODAY)),
            ("last_year", (date(2025, 1, 1), date(2025, 12, 31))),
            ("ever", None),
            (None, None),
        ],
    )
    def test_periods(self, name, period) -> None:
        assert period_of(name, TODAY) == period

    def test_only_ones_own(self, town) -> None:
        one = beside(town)
        client = desk(town, "far_secretary")
        assert client.get(page_of(one)).status_code == 404
        assert not client.get(listed("service")).context["cl"].result_count
        assert desk(town, "grid_worker").get(listed("service")).status_code == 403


class TestFile:
    address = reverse("admin:volunteers_service_export")

    def test_confirmed_ones_with_names_and_written_down(self, town) -> None:
        done, _waiting = confirmed(town), beside(town)
        client = desk(town)
        assert self.address in client.get(listed("service")).content.decode()
        assert client.get(self.address).status_code == 405
        answer = client.post(f"{self.address}?period=year", {"as": "xlsx"})
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        assert len(rows) == 2 and done.volunteer.name in rows[1]
        event = Event.objects.about("user", town.people["community_worker"].pk).last()
        assert event.verb == "export"
        assert event.data == {"list": "service", "rows": 1, "filter": {"period": "year"}, "file": "xlsx"}

    def test_not_for_whoever_reads_no_names(self, town) -> None:
        confirmed(town)
        User.objects.create_superuser("root", "a long one of my own", display_name="root")
        town.people["root"] = User.objects.get(username="root")
        client = signed_in(town, "root")
        assert self.address not in client.get(listed("service")).content.decode()
        assert client.post(self.address).status_code == 403
        assert desk(town, "grid_worker").post(self.address).status_code == 403

    def test_too_many_are_not_cut_silently(self, town, monkeypatch) -> None:
        monkeypatch.setattr("volunteers.export.MOST_ROWS", 1)
        confirmed(town)
        confirmed(town)
        answer = desk(town).post(self.address)
        assert answer.url == listed("service")
        assert not Event.objects.filter(verb="export").exists()
