"""Dual check-in at a desk: organisations, check-ins and offers, each for whoever runs volunteering there; members masked,
and never with where they serve."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.builders import Town, add_west
from tests.faces import stop_clock
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.wishes_builders import organisation, volunteer
from trail.models import Event
from volunteers.actions.joining import check_in_member, check_out, offer_resource, withdraw_offer
from volunteers.actions.pairings import pair_place
from volunteers.models import CheckIn, Offer, Organisation, Pairing, Statement, Volunteer

TODAY = date(2026, 3, 10)
# They run volunteering elsewhere, or not at all.
ELSEWHERE, NOT_AT_ALL = ("far_secretary", "other_secretary"), ("grid_worker", "supervisor", "body_officer")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def member(town: Town, name: str = "helper", employer: Organisation | None = None) -> CheckIn:
    who = volunteer(town, name, alias="")
    return check_in_member(unit=town.community, volunteer=who, employer=employer, by=who.user, now=town.now)


def offer(town: Town, checkin: CheckIn, **more) -> Offer:
    given = {"kind": "venue", "words": "演示:会议室", "by": town.people["community_worker"], "now": town.now}
    return offer_resource(checkin, **given | more)


def of_organisation(town: Town, name: str = "演示公司") -> CheckIn:
    return CheckIn.objects.get(organisation=organisation(town, name), side="organisation")


def found(client, model: str, query: str = "") -> set[int]:
    answer = client.get(listed(model, query))
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


class TestOrganisations:
    def test_added_changed_checked_in_and_closed(self, town) -> None:
        client = desk(town)
        told = {"district": town.district.pk, "name": "演示银行", "kind": "state_firm", "phone": "0431 8888"}
        assert add(client, "organisation", **told | {"name": "一"}).status_code == 422
        assert add(client, "organisation", **told | {"body": "nobody-1"}).status_code == 422
        assert add(client, "organisation", **told | {"speaker": "nobody"}).status_code == 422
        answer = add(client, "organisation", **told, body="office-1")
        one = Organisation.objects.get()
        assert answer.status_code == 302 and answer.url == page_of(one)
        assert (one.district, one.body, one.phone) == (town.district, town.office, "0431 8888")
        again = add(client, "organisation", **told)
        assert again.status_code == 422 and "is there already" in again.content.decode()
        assert offered(client, one) == {"check_in", "change", "close"}
        town.person("speaker")
        assert do(client, one, "change", phone="0431 9999", speaker="speaker").status_code == 302
        assert do(client, one, "check_in", unit=town.community.code).status_code == 302
        assert do(client, one, "check_in", unit=town.community.code).status_code == 422
        assert do(client, one, "check_in", unit=town.other_community.code).status_code == 422
        text = client.get(page_of(one)).content.decode()
        for words in ("0431 9999", "speaker", "everybody with a post at 平安办", town.community.name):
            assert words in text, words
        assert do(client, one, "close").status_code == 422
        assert do(client, one, "close", sure="on").status_code == 302
        one.refresh_from_db()
        assert one.closed_at == town.now and not CheckIn.objects.current().exists()
        assert offered(client, one) == set()

    def test_what_it_answered_for_is_a_gap_when_it_closes(self, town) -> None:
        one, worker = organisation(town), town.people["community_worker"]
        usual = {"level": 2, "organisation": one, "by": worker, "now": town.now}
        held = pair_place(town.building, **usual)
        to_come = pair_place(town.grid, **usual, starts_on=TODAY + timedelta(days=5))
        over = pair_place(town.grid, **usual, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 1))
        assert do(desk(town), one, "close", sure="on").status_code == 302
        ends = {row.pk: row.ends_on for row in Pairing.objects.all()}
        assert ends == {held.pk: TODAY, to_come.pk: to_come.starts_on, over.pk: date(2026, 2, 1)}
        verbs = Event.objects.about("pairing", held.pk).order_by("seq").values_list("verb", flat=True)
        assert list(verbs) == ["pair", "end"]
        assert not Event.objects.about("pairing", over.pk).filter(verb="end").exists()

    def test_whoever_runs_volunteering_in_the_district_sees_them(self, town) -> None:
        one = organisation(town)
        for name in ("community_worker", "far_secretary", "street_leader", "district_dispatcher"):
            assert found(desk(town, name), "organisation") == {one.pk}, name
        add_west(town)
        west = desk(town, "west_dispatcher")
        assert found(west, "organisation") == set() and west.get(page_of(one)).status_code == 404
        for name in NOT_AT_ALL:
            client = desk(town, name)
            assert client.get(listed("organisation")).status_code == 403, name
            assert client.get(page_of(one)).status_code == 404, name
        # Where it has reported is shown of one's own communities alone.
        assert town.community.name not in desk(town, "far_secretary").get(page_of(one)).content.decode()

    def test_filters_and_search(self, town) -> None:
        one, other = organisation(town, "演示公司"), organisation(town, "演示医院", at=town.community)
        closed = organisation(town, "演示旧厂")
        client = desk(town)
        check_out(CheckIn.objects.get(organisation=other), by=town.people["community_worker"], now=town.now)
        assert do(client, closed, "close", sure="on").status_code == 302
        assert found(client, "organisation", "?open=yes") == {one.pk, other.pk}
        assert found(client, "organisation", "?open=no") == {closed.pk}
        assert found(client, "organisation", f"?community={town.community.pk}") == {one.pk}
        assert found(client, "organisation", "?community=x") == set()
        assert found(client, "organisation", "?q=医院") == {other.pk}


class TestCheckIns:
    def test_written_down_for_an_organisation_a_volunteer_or_an_account(self, town) -> None:
        client, firm = desk(town), organisation(town, "演示公司")
        check_out(CheckIn.objects.get(), by=town.people["community_worker"], now=town.now)
        who, here = volunteer(town, "kept", account=False), {"unit": town.community.code}
        town.person("cadre")
        for told in (
            {"organisation": firm.name},
            {"organisation": "演示没有"},
            {"volunteer": f"#{who.pk}"},
            {"account": "cadre"},
            {"account": "nobody"},
            {},
            {"organisation": f"#{firm.pk}", "account": "cadre"},
        ):
            right = len(told) == 1 and not {"演示没有", "nobody"} & {*told.values()}
            assert (add(client, "checkin", **here, **told).status_code == 302) is right, told
        current = CheckIn.objects.current()
        assert {one.organisation_id for one in current.organisations()} == {firm.pk}
        assert {(one.volunteer_id, one.user_id) for one in current.members()} == {
            (who.pk, None),
            (None, town.people["cadre"].pk),
        }
        # Where somebody serves is theirs to say.
        assert {one.organisation_id for one in current.members()} == {None}
        assert add(client, "checkin", unit=town.far_community.code, account="cadre").status_code == 422

    def test_offers_made_withdrawn_and_ended_with_the_check_in(self, town) -> None:
        one, client = of_organisation(town), desk(town)
        told = {"kind": "venue", "words": "演示:会议室", "quantity": 2, "hours": 8}
        assert do(client, one, "offer", **told | {"quantity": 0}).status_code == 422
        assert do(client, one, "offer", **told, until="2026-03-09").status_code == 422
        assert do(client, one, "offer", **told, until="2026-12-31").status_code == 302
        assert do(client, one, "offer", **told | {"hours": "", "words": "演示:车位"}).status_code == 302
        rows = Offer.objects.order_by("pk")
        assert [(row.minutes, row.until) for row in rows] == [(480, date(2026, 12, 31)), (None, None)]
        text = client.get(page_of(rows[0])).content.decode()
        assert "演示:会议室" in text and "演示公司" in text and "Dec. 31, 2026" in text
        assert do(client, rows[0], "withdraw").status_code == 422
        assert do(client, rows[0], "withdraw", sure="on").status_code == 302
        assert offered(client, rows[0]) == set() and offered(client, rows[1]) == {"withdraw"}
        assert do(client, one, "check_out", sure="on").status_code == 302
        assert offered(client, one) == offered(client, rows[1]) == set()
        assert found(client, "offer", "?stands=yes") == set()
        assert found(client, "offer", "?stands=no") == {row.pk for row in rows}

    def test_members_by_masked_name_and_never_by_where_they_serve(self, town) -> None:
        firm = organisation(town, "演示公司")
        one = member(town, employer=firm)
        cadre = town.person("cadre")
        type(cadre).objects.filter(pk=cadre.pk).update(display_name="演示干部")
        cadre.refresh_from_db()
        other = check_in_member(
            unit=town.community, user=cadre, employer=firm, by=town.people["community_worker"], now=town.now
        )
        client, firms = desk(town), CheckIn.objects.get(side="organisation")
        content = client.get(listed("checkin", "?side__exact=member")).content.decode()
        assert "演*" in content and firm.name not in content
        for name in ("演示helper", "演示干部"):
            assert name not in content
        for row in (one, other):
            text = client.get(page_of(row)).content.decode()
            assert (
                "演*" in text
                and firm.name not in text
                and "演示helper" not in text
                and "演示干部" not in text
            )
        assert found(client, "checkin", f"?q={firm.name}") == {firms.pk}
        assert found(client, "checkin", "?q=天光") == {one.pk, other.pk, firms.pk}
        # Nor does the page of the organisation count or name them.
        text = client.get(page_of(firm)).content.decode()
        assert "演*" not in text and [row.pk for row in CheckIn.objects.members()] != []

    def test_an_employer_sees_its_own_check_in_alone(self, town) -> None:
        """A secretary elsewhere who speaks for the organisation runs nothing here."""
        firm = organisation(town, speaker=town.people["far_secretary"])
        one = member(town, employer=firm)
        client = desk(town, "far_secretary")
        assert found(client, "checkin") == set()
        for row in (one, CheckIn.objects.get(side="organisation")):
            assert client.get(page_of(row)).status_code == 404

    def test_of_another_community_street_or_district_there_is_none(self, town) -> None:
        one = of_organisation(town)
        made = offer(town, one)
        add_west(town)
        for name in ("community_worker", "community_secretary", "street_leader", "district_dispatcher"):
            assert found(desk(town, name), "checkin") == {one.pk}, name
            assert found(desk(town, name), "offer") == {made.pk}, name
        for name in (*ELSEWHERE, "west_dispatcher"):
            client = desk(town, name)
            assert found(client, "checkin") == found(client, "offer") == set(), name
            for row in (one, made):
                assert client.get(page_of(row)).status_code == 404, name
                address = reverse(f"admin:volunteers_{row._meta.model_name}_do", args=[row.pk, "check_out"])
                assert client.post(address).status_code == 404, name
        for name in NOT_AT_ALL:
            assert desk(town, name).get(listed("checkin")).status_code == 403, name

    def test_filters_and_figures(self, town) -> None:
        one, other = of_organisation(town), of_organisation(town, "演示医院")
        who = member(town)
        offer(town, one)
        check_out(other, by=town.people["community_worker"], now=town.now)
        client = desk(town, "street_leader")
        assert found(client, "checkin", "?current=yes") == {one.pk, who.pk}
        assert found(client, "checkin", "?current=no") == {other.pk}
        assert found(client, "checkin", "?side__exact=organisation") == {one.pk, other.pk}
        assert found(client, "checkin", f"?community={town.other_community.pk}") == set()
        text = client.get(listed("checkin")).content.decode()
        assert "1 organisation · 1 serving member · 1 offer stands" in text


class TestOffers:
    def test_filters(self, town) -> None:
        one, worker = of_organisation(town), town.people["community_worker"]
        held = offer(town, one)
        last = offer(town, one, words="演示:停车位", kind="parking", until=TODAY)
        gone = withdraw_offer(offer(town, one, words="演示:旧物"), by=worker, now=town.now)
        client = desk(town)
        assert found(client, "offer", "?stands=yes") == {held.pk, last.pk}
        assert found(client, "offer", "?stands=no") == {gone.pk}
        assert found(client, "offer", "?kind__exact=parking") == {last.pk}
        assert found(client, "offer", f"?checkin={one.pk}") == {held.pk, last.pk, gone.pk}
        assert found(client, "offer", "?checkin=x") == set()
        assert found(client, "offer", "?q=停车") == {last.pk}

    def test_a_last_day_is_over_on_the_next(self, town, monkeypatch) -> None:
        last = offer(town, of_organisation(town), until=TODAY)
        assert "Stands" in desk(town).get(page_of(last)).content.decode()
        stop_clock(monkeypatch, town.now + timedelta(days=1))
        assert "Over" in desk(town).get(page_of(last)).content.decode()


def test_a_statement_has_no_page(town) -> None:
    """Nobody at a desk makes or reads one."""
    assert Statement not in admin.site._registry


def test_lists_are_as_cheap_with_many(town) -> None:
    def made(number: int) -> None:
        one = of_organisation(town, f"演示公司{number}")
        offer(town, one)
        offer(town, member(town, f"helper{number}"))

    def cost(model: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(listed(model)).status_code == 200
        return len(asked)

    made(0)
    client, models = desk(town), ("organisation", "checkin", "offer")
    [cost(model) for model in models]
    few = [cost(model) for model in models]
    for number in range(1, 4):
        made(number)
    assert [cost(model) for model in models] == few
    one = Organisation.objects.get(name="演示公司0")
    pages = [one, *CheckIn.objects.filter(organisation=one), *Offer.objects.filter(checkin__organisation=one)]
    for page in pages:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page_of(page)).status_code == 200
        assert len(asked) <= 24, (page, len(asked))
    assert Volunteer.objects.count() == 4
