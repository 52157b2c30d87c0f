"""The pages of hours: one's own time and stars, one record with its corrections, the certificate and its check."""

import pytest
from django.utils import timezone

from tests.faces import hidden, press, signed_in, stop_clock, visitor
from tests.volunteers.hours_builders import after, handed_in, some_team, some_volunteer
from tests.volunteers.test_views_activities import MASKED, cost, main_of, text
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.hours import confirm_hours, confirm_service, propose_service, refuse_service
from volunteers.certificates import certificate_of
from volunteers.models import Correction, Service, Volunteer

START = "/volunteers/"
HOURS = f"{START}mine/hours/"
PAPER = f"{START}mine/certificate/"
CHECK = f"{START}certificates/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, after(town))


def page_of(service: Service, more: str = "") -> str:
    return f"{START}hours/{service.pk}/{more}"


def confirmed(town, who: Volunteer) -> Service:
    """Two hours of an activity, handed in by the community worker and confirmed by the secretary."""
    (one,) = handed_in(town, who)
    confirm_service(one, by=town.people["community_secretary"], now=after(town))
    one.refresh_from_db()
    return one


class TestMyHours:
    def test_nothing_yet(self, town) -> None:
        some_volunteer(town, "one")
        content = text(signed_in(town, "one").get(HOURS))
        assert "Nothing yet." in content and "100 hours more for the next star." in content

    def test_what_is_confirmed_waits_and_was_asked(self, town) -> None:
        who, client = some_volunteer(town, "one"), signed_in(town, "one")
        one = confirmed(town, who)
        given = {"on": timezone.localdate(town.now), "what": "演示:值守", "unit": town.community}
        propose_service(who, minutes=45, by=who.user, now=town.now, **given)
        ask_correction(one, minutes=150, reason="演示:更久", by=who.user, now=after(town))
        content = text(client.get(HOURS))
        assert '<p class="big">2 hours</p>' in content and "45 minutes more wait" in content
        assert "演示:值守" in content and "To be confirmed" in content and "To be decided" in content
        assert "98 hours more for the next star." in content

    def test_of_nobody_else(self, town) -> None:
        confirmed(town, some_volunteer(town, "one"))
        some_volunteer(town, "two")
        for address in (HOURS, PAPER):
            assert visitor().get(address).url.startswith("/accounts/login/")
            assert signed_in(town, "grid_worker").get(address).status_code == 404
        assert "演示:清雪" not in text(signed_in(town, "two").get(HOURS))

    def test_as_cheap_with_many(self, town) -> None:
        who, client = some_volunteer(town, "one"), signed_in(town, "one")
        given = {"on": timezone.localdate(town.now), "what": "演示:值守", "unit": town.community}
        by = {"by": who.user, "now": town.now}
        first = propose_service(who, minutes=1, **given, **by)
        confirm_service(first, by=town.people["community_worker"], now=town.now)
        ask_correction(first, minutes=3, reason="演示", **by)
        few = cost(client, HOURS)
        for number in range(20):
            one = propose_service(who, minutes=number + 1, **given, **by)
            confirm_service(one, by=town.people["community_worker"], now=town.now)
            ask_correction(one, minutes=number + 2, reason="演示", **by)
        assert cost(client, HOURS) == few
        assert len(client.get(HOURS).context["page"]) == 20
        assert len(client.get(f"{HOURS}?page=2").context["page"]) == 1


class TestARecord:
    def test_for_the_person_the_leader_and_those_who_run_it(self, town) -> None:
        one = confirmed(town, some_volunteer(town, "one"))
        leader = some_volunteer(town, "leader")
        some_volunteer(town, "two")
        type(one.activity).objects.filter(pk=one.activity_id).update(team=some_team(town, leader))
        for name in ("one", "leader", "community_worker"):
            content = text(signed_in(town, name).get(page_of(one)))
            assert (MASKED in content) == (name != "one") and "演示one" not in content
        for name in ("two", "far_secretary", "grid_worker"):
            for more in ("", "correct/", "refuse/"):
                assert signed_in(town, name).get(page_of(one, more)).status_code == 404, (name, more)
            for verb in ("correct", "refuse", "confirm", "grant", "deny"):
                assert signed_in(town, name).post(page_of(one, f"{verb}/")).status_code == 404, (name, verb)
        # Whoever only sees it decides nothing.
        for name in ("one", "leader"):
            assert signed_in(town, name).get(page_of(one, "refuse/")).status_code == 404
            assert signed_in(town, name).post(page_of(one, "confirm/")).status_code == 404
        assert signed_in(town, "community_worker").post(page_of(one, "note/")).status_code == 404

    def test_a_correction_asked_for_and_granted(self, town) -> None:
        one, client = confirmed(town, some_volunteer(town, "one")), signed_in(town, "one")
        address = page_of(one, "correct/")
        assert address in text(client.get(page_of(one)))
        page = client.get(address)
        assert page.context["form"]["hours"].value() == 2
        told = hidden(page.context["form"]) | {"hours": 2, "minutes": 30, "reason": "演示:待到最后"}
        assert client.post(address, told).url == page_of(one)
        asked = Correction.objects.get()
        assert (asked.was, asked.minutes, asked.reason) == (120, 150, "演示:待到最后")
        # A second one waits for the first.
        assert address not in text(client.get(page_of(one)))
        assert client.post(address, told | {"idempotency_key": "other"}).status_code == 409
        secretary = signed_in(town, "community_secretary")
        page = secretary.get(page_of(one))
        assert "2 hours 30 minutes instead of 2 hours" in text(page) and "演示:待到最后" in text(page)
        assert press(secretary, page_of(one, "grant/"), page).url == page_of(one)
        one.refresh_from_db()
        assert one.minutes == 150
        assert secretary.post(page_of(one, "deny/")).status_code == 404

    def test_a_correction_not_granted(self, town) -> None:
        one = confirmed(town, some_volunteer(town, "one"))
        ask_correction(one, minutes=0, reason="演示", by=one.volunteer.user, now=after(town))
        secretary = signed_in(town, "community_secretary")
        press(secretary, page_of(one, "deny/"), secretary.get(page_of(one)))
        one.refresh_from_db()
        assert one.minutes == 120 and Correction.objects.get().state == "refused"

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"hours": ""}, "hours", 422),
            ({"hours": "25"}, "hours", 422),
            ({"minutes": "60"}, "minutes", 422),
            ({"reason": ""}, "reason", 422),
            ({"hours": "24", "minutes": "1"}, "hours", 409),
            ({"hours": "2", "minutes": "0"}, "hours", 409),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(
        self, town, wrong, field: str, status: int
    ) -> None:
        one, client = confirmed(town, some_volunteer(town, "one")), signed_in(town, "one")
        address = page_of(one, "correct/")
        told = hidden(client.get(address).context["form"]) | {"hours": 3, "minutes": 0, "reason": "演示:更久"}
        refused = client.post(address, told | wrong)
        assert refused.status_code == status and refused.context["form"].errors[field]
        assert ("演示:更久" in main_of(refused)) == ("reason" not in wrong)
        assert not Correction.objects.exists()

    def test_hours_beside_any_activity_are_confirmed_by_somebody_else(self, town) -> None:
        who = some_volunteer(town, "one")
        given = {"on": timezone.localdate(town.now), "what": "演示:值守", "unit": town.community}
        one = propose_service(who, minutes=45, by=town.people["community_worker"], now=town.now, **given)
        worker, secretary = (signed_in(town, f"community_{name}") for name in ("worker", "secretary"))
        # Not by whoever handed them in; that person may take them back.
        content = text(worker.get(page_of(one)))
        assert page_of(one, "confirm/") not in content and page_of(one, "refuse/") in content
        assert worker.post(page_of(one, "confirm/")).url == page_of(one)
        one.refresh_from_db()
        assert one.state == "proposed"
        press(secretary, page_of(one, "confirm/"), secretary.get(page_of(one)))
        one.refresh_from_db()
        assert one.state == "confirmed"

    def test_hours_that_were_refused_are_handed_in_again(self, town) -> None:
        (one,) = handed_in(town, some_volunteer(town, "one"))
        worker, secretary = (signed_in(town, f"community_{name}") for name in ("worker", "secretary"))
        address = page_of(one, "again/")
        assert address not in text(worker.get(page_of(one)))
        refuse_service(one, reason="演示:记错了", by=town.people["community_secretary"], now=after(town))
        assert address in text(worker.get(page_of(one)))
        # Not by the person, and not for who does not see it.
        for name in ("one", "far_secretary"):
            assert signed_in(town, name).get(address).status_code == 404, name
            assert signed_in(town, name).post(address).status_code == 404, name
        assert address not in text(signed_in(town, "one").get(page_of(one)))
        page = worker.get(address)
        assert page.context["form"]["hours"].value() == 2 and "They were not accepted." in text(page)
        told = hidden(page.context["form"]) | {"hours": 1, "minutes": 30}
        wrong = worker.post(address, told | {"hours": 24, "minutes": 30})
        assert wrong.status_code == 409 and wrong.context["form"].errors["hours"]
        answers = [worker.post(address, told | {"idempotency_key": "one"}) for _tap in range(2)]
        assert [answer.url for answer in answers] == [page_of(one)] * 2
        one.refresh_from_db()
        assert (one.state, one.minutes, one.reason) == ("proposed", 90, "")
        press(secretary, page_of(one, "confirm/"), secretary.get(page_of(one)))
        one.refresh_from_db()
        assert one.state == "confirmed" and address not in text(worker.get(page_of(one)))

    def test_hours_that_do_not_count_say_why(self, town) -> None:
        (one,) = handed_in(town, some_volunteer(town, "one"))
        secretary, address = signed_in(town, "community_secretary"), page_of(one, "refuse/")
        form = hidden(secretary.get(address).context["form"])
        refused = secretary.post(address, form)
        assert refused.status_code == 422 and refused.context["form"].errors["reason"]
        form = hidden(refused.context["form"])
        assert secretary.post(address, form | {"reason": "演示:没有来"}).url == page_of(one)
        assert "演示:没有来" in text(signed_in(town, "one").get(page_of(one)))
        assert secretary.post(address, {"reason": "演示:没有来"}).status_code == 409


class TestCertificate:
    def test_it_prints_with_name_hours_stars_and_code(self, town) -> None:
        who = some_volunteer(town, "one")
        confirmed(town, who)
        content = text(signed_in(town, "one").get(PAPER))
        code = certificate_of(who, after(town)).code
        for word in (who.name, "2 hours", code, town.community.name, "☆☆☆☆☆", "<svg", CHECK):
            assert word in content, word

    def test_everybody_checks_a_code_without_learning_a_name(self, town) -> None:
        who = some_volunteer(town, "one")
        one = confirmed(town, who)
        code = certificate_of(who, after(town)).code
        content = text(visitor().get(CHECK, {"code": f" {code.lower()} "}))
        assert "This code is true" in content and "2 hours" in content
        assert who.name not in content and MASKED not in content
        secretary = town.people["community_secretary"]
        asked = ask_correction(one, minutes=60, reason="演示", by=who.user, now=after(town))
        decide_correction(asked, granted=True, by=secretary, now=after(town))
        content = text(visitor().get(CHECK, {"code": code}))
        assert "have been corrected since" in content and "1 hour<" in content

    @pytest.mark.parametrize("code", ["V1-60-20260311-00000000000000000000", "none", "x" * 5000, "<b>"])
    def test_what_the_platform_never_wrote(self, town, code: str) -> None:
        content = text(visitor().get(CHECK, {"code": code}))
        assert "never wrote this code" in content and "<b>" not in main_of(
            visitor().get(CHECK, {"code": code})
        )

    def test_without_a_code_it_only_asks(self, town) -> None:
        content = text(visitor().get(CHECK))
        assert 'name="code"' in content and "never wrote" not in content
        # The first page of volunteering leads here.
        assert CHECK in text(visitor().get(START))


def test_confirmed_at_once_the_person_finds_it(town) -> None:
    who = some_volunteer(town, "one")
    (one,) = handed_in(town, who)
    confirm_hours(one.activity, by=town.people["community_secretary"], now=after(town))
    content = text(signed_in(town, "one").get(HOURS))
    assert page_of(one) in content and "Confirmed" in content
