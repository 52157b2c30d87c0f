"""The pages of whoever runs an activity: planned, opened, called off, the list ticked, hours handed in, settled."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from notices.actions import fan_out_once
from notices.models import Notice
from tests.faces import hidden, press, signed_in, stop_clock, visitor
from tests.volunteers.hours_builders import (
    LONG,
    a_shift,
    after,
    draft,
    first_shift,
    handed_in,
    held,
    join,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.people_builders import station
from tests.volunteers.test_views_activities import MASKED, cost, main_of, page_of, text
from volunteers.actions.activities import cancel_activity, move_by_clock
from volunteers.actions.attendance import mark_absent
from volunteers.actions.hours import propose_hours
from volunteers.actions.sign_ups import cancel_sign_up
from volunteers.actions.teams import join_team
from volunteers.check_in import code_at, seconds_left
from volunteers.models import Activity, Service, SignUp

START = "/volunteers/"
CHINESE = re.compile("[\u3400-\u9fff]")
PAGES = ("", "add/", "call-off/", "code/", "hours/", "settle/", "shift/")
TAPS = ("open", "begin", "end", "absent", "confirm")
PLAN = {
    "title": "演示:扫雪",
    "what": "演示:自带手套",
    "place": "演示:西门",
    "day": "2026-03-14",
    "begins": "09:00",
    "ends": "11:00",
    "places": "10",
    "free_cancel_hours": "24",
}


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def led(town) -> Activity:
    """Of a team whose leader is "leader"; "one" and "two" have a place."""
    leader = some_volunteer(town, "leader")
    activity = opened(town, team=some_team(town, leader))
    for name in ("one", "two"):
        join(town, activity, some_volunteer(town, name))
    return activity


def run_page(activity: Activity, more: str = "") -> str:
    return f"{START}run/{activity.pk}/{more}"


def tick_page(one: SignUp, verb: str) -> str:
    return f"{START}sign-ups/{one.pk}/{verb}/"


def of(activity: Activity, name: str) -> SignUp:
    return SignUp.objects.get(activity=activity, volunteer__user__username=name)


class TestWho:
    def test_the_leader_and_those_who_run_volunteering_there(self, town, led) -> None:
        for name in ("leader", "community_worker", "community_secretary"):
            for more in PAGES:
                assert signed_in(town, name).get(run_page(led, more)).status_code == 200, (name, more)
            assert run_page(led) in text(signed_in(town, name).get(page_of(led)))

    def test_nobody_else(self, town, led) -> None:
        for name in ("one", "far_secretary", "grid_worker"):
            client = signed_in(town, name)
            for more in PAGES:
                assert client.get(run_page(led, more)).status_code == 404, (name, more)
            for verb in (*TAPS, "add", "call-off", "hours", "settle", "shift"):
                assert client.post(run_page(led, f"{verb}/")).status_code == 404, (name, verb)
            for verb in ("check_in", "check_out", "undo_check", "no_show"):
                assert client.post(tick_page(of(led, "one"), verb)).status_code == 404, (name, verb)
            assert run_page(led) not in text(client.get(page_of(led)))
        assert visitor().get(run_page(led)).url.startswith("/accounts/login/")
        assert visitor().post(run_page(led, "open/")).url.startswith("/accounts/login/")
        assert signed_in(town, "leader").get(run_page(Activity(pk=10**9))).status_code == 404
        assert not SignUp.objects.exclude(checked_in_at=None).exists()

    def test_verbs_that_are_none(self, town, led) -> None:
        client = signed_in(town, "leader")
        assert client.post(run_page(led, "nothing/")).status_code == 404
        assert client.post(tick_page(of(led, "one"), "nothing")).status_code == 404
        assert client.get(run_page(led, "open/")).status_code == 405

    def test_people_are_shown_as_others_may_know_them(self, town, led) -> None:
        content = text(signed_in(town, "leader").get(run_page(led)))
        assert content.count(f"<strong>{MASKED}</strong>") == 2 and "演示one" not in content

    def test_the_list_is_paged_and_as_cheap_with_many(self, town) -> None:
        leader = some_volunteer(town, "leader")
        activity = opened(town, a_shift(town, places=60), team=some_team(town, leader))
        client = signed_in(town, "leader")
        join(town, activity, some_volunteer(town))
        few = cost(client, run_page(activity))
        for _number in range(50):
            join(town, activity, some_volunteer(town))
        assert cost(client, run_page(activity)) == few
        assert len(client.get(run_page(activity)).context["rows"]) == 50
        assert len(client.get(f"{run_page(activity)}?page=2").context["rows"]) == 1


class TestPlanning:
    @pytest.fixture
    def address(self, town) -> str:
        return f"{START}teams/{some_team(town, some_volunteer(town, 'leader')).pk}/activities/new/"

    def test_a_draft_of_the_team_is_made_and_opened(self, town, address: str) -> None:
        here, client = station(town), signed_in(town, "leader")
        assert address in text(client.get(address.removesuffix("activities/new/")))
        form = hidden(client.get(address).context["form"])
        answer = client.post(address, form | PLAN | {"station": here.pk})
        made = Activity.objects.get()
        assert answer.url == run_page(made) and made.state == "draft"
        assert (made.title, made.station, made.unit, made.team.name) == (
            "演示:扫雪",
            here,
            town.community,
            "演示队",
        )
        shift = made.shifts.get()
        assert [f"{timezone.localtime(at):%m-%d %H:%M}" for at in (shift.starts_at, shift.ends_at)] == [
            "03-14 09:00",
            "03-14 11:00",
        ]
        press(client, run_page(made, "open/"), client.get(run_page(made)))
        made.refresh_from_db()
        assert made.state == "open"
        assert made.title in text(client.get(address.removesuffix("activities/new/")))

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"title": ""}, "title", 422),
            ({"day": "soon"}, "day", 422),
            ({"places": "0"}, "places", 422),
            ({"station": "999999"}, "station", 422),
            ({"ends": "08:00"}, "ends", 409),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(
        self, town, address: str, wrong, field: str, status: int
    ) -> None:
        client = signed_in(town, "leader")
        refused = client.post(address, hidden(client.get(address).context["form"]) | PLAN | wrong)
        assert refused.status_code == status and refused.context["form"].errors[field]
        assert "演示:自带手套" in main_of(refused) and not Activity.objects.exists()

    def test_only_for_whoever_leads_the_team_or_runs_volunteering(self, town, address: str) -> None:
        some_volunteer(town, "one")
        for name in ("one", "far_secretary", "grid_worker"):
            assert signed_in(town, name).get(address).status_code == 404
            assert signed_in(town, name).post(address, PLAN).status_code == 404
            assert address not in text(signed_in(town, name).get(address.removesuffix("activities/new/")))
        assert signed_in(town, "community_worker").get(address).status_code == 200
        assert not Activity.objects.exists()

    def test_one_shift_more(self, town, led) -> None:
        client, address = signed_in(town, "leader"), run_page(led, "shift/")
        form = hidden(client.get(address).context["form"])
        told = {name: PLAN[name] for name in ("day", "begins", "ends", "places")}
        refused = client.post(address, form | told | {"day": "2026-03-01"})
        assert refused.status_code == 409 and refused.context["form"].errors["day"]
        form = hidden(refused.context["form"])
        assert client.post(address, form | told).url == run_page(led)
        assert led.shifts.count() == 2
        cancel_activity(led, reason="演示:大风", by=town.people["community_worker"], now=town.now)
        assert "<form" not in main_of(client.get(address))
        assert client.post(address, told).status_code == 409


class TestSteps:
    def test_drafts_are_opened_and_what_is_open_is_called_off(self, town) -> None:
        activity = draft(town, team=some_team(town, some_volunteer(town, "leader")))
        client = signed_in(town, "leader")
        assert press(client, run_page(activity, "open/"), client.get(run_page(activity))).url == run_page(
            activity
        )
        activity.refresh_from_db()
        assert activity.state == "open"
        address = run_page(activity, "call-off/")
        form = hidden(client.get(address).context["form"])
        refused = client.post(address, form | {"reason": "x"})
        assert refused.status_code == 422 and refused.context["form"].errors["reason"]
        form = hidden(refused.context["form"])
        assert client.post(address, form | {"reason": "演示:大风"}).url == run_page(activity)
        activity.refresh_from_db()
        assert (activity.state, activity.result) == ("cancelled", "演示:大风")
        # Nothing more is offered.
        assert "<form" not in main_of(client.get(run_page(activity)))
        assert "<form" not in main_of(client.get(address))
        assert client.post(address, {"reason": "演示:大风"}).status_code == 409

    def test_a_refusal_is_said_on_the_page(self, town, led) -> None:
        client = signed_in(town, "leader")
        assert client.post(run_page(led, "begin/")).url == run_page(led)
        assert "It is too early" in text(client.get(run_page(led)))
        led.refresh_from_db()
        assert led.state == "full"

    def test_the_code_fills_the_screen_and_renews_itself(self, town, led, monkeypatch) -> None:
        client, now = signed_in(town, "leader"), led.starts_at + timedelta(seconds=20)
        stop_clock(monkeypatch, now)
        answer = client.get(run_page(led, "code/"))
        code = code_at(led.secret, now)
        assert " ".join((code[:4], code[4:8], code[8:])) in text(answer) and "<svg" in text(answer)
        assert answer["Refresh"] == str(seconds_left(now) + 1) == "41"
        assert "no-store" in answer["Cache-Control"]
        cancel_activity(led, reason="演示:大风", by=town.people["community_worker"], now=now)
        assert client.get(run_page(led, "code/")).url == run_page(led)

    def test_the_list_is_ticked(self, town, led, monkeypatch) -> None:
        client, one, two = signed_in(town, "leader"), of(led, "one"), of(led, "two")
        assert tick_page(one, "check_in") not in text(client.get(run_page(led)))
        stop_clock(monkeypatch, led.starts_at)
        while move_by_clock(now=led.starts_at):
            pass
        page = client.get(run_page(led))
        back = f"{run_page(led)}?page=1"
        assert press(client, tick_page(one, "check_in"), page).url == back
        assert press(client, tick_page(two, "no_show"), page).url == back
        one.refresh_from_db(), two.refresh_from_db()
        assert (one.checked_in_by.username, two.state) == ("leader", "no_show")
        # Who came after all is ticked; who is there goes.
        page = client.get(run_page(led))
        press(client, tick_page(two, "check_in"), page)
        stop_clock(monkeypatch, led.starts_at + timedelta(minutes=40))
        press(client, tick_page(one, "check_out"), page)
        one.refresh_from_db(), two.refresh_from_db()
        assert two.checked_in_at and one.checked_out_at == led.starts_at + timedelta(minutes=40)
        # What makes no sense any more is said.
        assert client.post(tick_page(one, "no_show")).url == back
        assert "Is checked in already." in text(client.get(run_page(led)))

    def test_what_a_phone_had_kept_counts_from_then(self, town, led, monkeypatch) -> None:
        client, one, two = signed_in(town, "leader"), of(led, "one"), of(led, "two")
        stop_clock(monkeypatch, led.starts_at)
        address = tick_page(one, "check_in")
        form = (
            client.get(run_page(led))
            .content.decode()
            .partition(f'action="{address}"')[2]
            .partition("</form>")[0]
        )
        assert "data-outbox=" in form and 'name="occurred_at"' in form and 'id="' not in form
        stop_clock(monkeypatch, led.starts_at + timedelta(minutes=50))
        kept = {"X-Outbox": "1"}
        then = timezone.localtime(led.starts_at + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M")
        answer = client.post(address, {"occurred_at": then}, headers=kept)
        assert answer.json()["fate"] == "done" and answer.json()["address"] == f"{run_page(led)}?page=1"
        one.refresh_from_db()
        assert one.checked_in_at == led.starts_at + timedelta(minutes=10)
        # Somebody else had ticked it meanwhile, or the moment is none: it is said in the outbox, and there alone.
        twice = client.post(tick_page(one, "check_in"), headers=kept)
        assert twice.json()["problems"] == {"": ["Is checked in already."]}
        wrong = client.post(tick_page(two, "check_in"), {"occurred_at": "soon"}, headers=kept)
        assert (wrong.status_code, list(wrong.json()["problems"])) == (422, ["occurred_at"])
        assert "Is checked in already." not in text(client.get(run_page(led)))
        # What arrives at once counts by our clock.
        client.post(tick_page(two, "check_in"), {"occurred_at": then})
        two.refresh_from_db()
        assert two.checked_in_at == led.starts_at + timedelta(minutes=50)
        # "Open and correct" leads to the list.
        assert client.get(tick_page(one, "check_in")).url == f"{run_page(led)}?page=1"
        assert client.get(tick_page(one, "nothing")).status_code == 404

    def test_what_was_ticked_by_mistake_is_taken_back(self, town, led, monkeypatch) -> None:
        client, one = signed_in(town, "leader"), of(led, "one")
        undo, cancel = tick_page(one, "undo_check"), tick_page(one, "cancel")
        stop_clock(monkeypatch, led.starts_at)
        page = client.get(run_page(led))
        assert undo not in text(page) and cancel in text(page)
        press(client, tick_page(one, "check_in"), page)
        page = client.get(run_page(led))
        assert "Undo: has come" in text(page) and cancel not in text(page)
        press(client, tick_page(one, "check_out"), page)
        page = client.get(run_page(led))
        assert "Undo: has gone" in text(page) and "Undo: has come" not in text(page)
        assert press(client, undo, page).url == f"{run_page(led)}?page=1"
        one.refresh_from_db()
        assert one.checked_in_at and one.checked_out_at is None
        press(client, undo, client.get(run_page(led)))
        one.refresh_from_db()
        assert (one.state, one.checked_in_at) == ("in", None)
        # Now there is nothing more to take back, and the sign-up itself can be.
        assert client.post(undo).url == f"{run_page(led)}?page=1"
        content = text(client.get(run_page(led)))
        assert "Is not checked in." in content and cancel in content
        form = hidden(client.get(cancel).context["form"])
        assert client.post(cancel, form).url == run_page(led)

    def test_not_once_the_hours_are_handed_in(self, town) -> None:
        (record,) = handed_in(town, some_volunteer(town, "one"))
        client, one = signed_in(town, "community_worker"), of(record.activity, "one")
        assert tick_page(one, "undo_check") not in text(client.get(run_page(record.activity)))
        assert client.post(tick_page(one, "undo_check")).url == f"{run_page(record.activity)}?page=1"
        assert "ask for a correction" in text(client.get(run_page(record.activity)))

    def test_all_others_did_not_come(self, town, led, monkeypatch) -> None:
        client = signed_in(town, "leader")
        stop_clock(monkeypatch, led.starts_at)
        while move_by_clock(now=led.starts_at):
            pass
        press(client, run_page(led, "absent/"), client.get(run_page(led)))
        assert set(SignUp.objects.values_list("state", flat=True)) == {"no_show"}
        content = text(client.get(run_page(led)))
        assert "<dt>Did not come</dt><dd>2</dd>" in content

    def test_the_leader_signs_members_up(self, town, led, monkeypatch) -> None:
        client, address = signed_in(town, "leader"), run_page(led, "add/")
        assert "There is nobody to sign up" in text(client.get(address))
        by = {"by": town.people["community_worker"], "now": town.now}
        other, stranger = some_volunteer(town, account=False), some_volunteer(town, account=False)
        join_team(led.team, other, **by)
        page = client.get(address)
        assert f"{MASKED} #{other.pk}" in text(page) and f"#{stranger.pk}<" not in text(page)
        told = {"shift": first_shift(led).pk, "volunteer": other.pk}
        refused = client.post(address, hidden(page.context["form"]) | told | {"volunteer": stranger.pk})
        assert refused.status_code == 422 and refused.context["form"].errors["volunteer"]
        assert client.post(address, hidden(page.context["form"]) | told).url == run_page(led)
        made = SignUp.objects.get(volunteer=other)
        assert (made.state, made.signed_up_by.username) == ("waiting", "leader")
        again = client.post(address, told)
        assert again.status_code == 409 and again.context["form"].errors["volunteer"]
        # Of what is close by the leader is asked too.
        near = opened(town, a_shift(town, LONG + timedelta(minutes=10)), team=led.team)
        told = {"shift": first_shift(near).pk, "volunteer": other.pk}
        asked = client.post(run_page(near, "add/"), told)
        assert asked.status_code == 409 and 'name="confirmed"' in text(asked)
        assert client.post(run_page(near, "add/"), told | {"confirmed": "on"}).url == run_page(near)

    def test_whoever_has_come_is_put_on_the_list_until_hours_are_handed_in(
        self, town, led, monkeypatch
    ) -> None:
        client, address, by = (
            signed_in(town, "leader"),
            run_page(led, "add/"),
            town.people["community_worker"],
        )
        other = some_volunteer(town, account=False)
        join_team(led.team, other, by=by, now=town.now)
        stop_clock(monkeypatch, after(town))
        while move_by_clock(now=after(town)):
            pass
        assert address in text(client.get(run_page(led)))
        page = client.get(address)
        assert page.context["form"]["has_come"].value() is True
        told = {"shift": first_shift(led).pk, "volunteer": other.pk, "has_come": "on"}
        full = client.post(address, hidden(page.context["form"]) | told)
        assert full.status_code == 409 and full.context["form"].errors["shift"]
        mark_absent(led, by=by, now=after(town))
        assert client.post(address, hidden(full.context["form"]) | told).url == run_page(led)
        made = SignUp.objects.get(volunteer=other)
        assert (made.state, made.checked_in_at) == ("in", led.starts_at)
        propose_hours(led, by=by, now=after(town))
        assert address not in text(client.get(run_page(led)))
        page = client.get(address)
        assert "are handed in already" in text(page) and "<form" not in main_of(page)
        assert client.post(address, told | {"volunteer": other.pk}).status_code == 409

    def test_those_who_run_volunteering_there_name_whom_they_know(self, town) -> None:
        """Of an activity without a team too; nobody whom they do not see."""
        activity, client = opened(town), signed_in(town, "community_worker")
        address = run_page(activity, "add/")
        assert address in text(client.get(run_page(activity)))
        known, foreign = some_volunteer(town), some_volunteer(town, home=town.other_community)
        page = client.get(address)
        assert "volunteer" not in page.context["form"].fields
        told = {"shift": first_shift(activity).pk}
        for said in (f"#{foreign.pk}", "#0", "演示丙", ""):
            form = hidden(client.get(address).context["form"])
            refused = client.post(address, form | told | {"somebody": said})
            assert refused.status_code == 422 and refused.context["form"].errors["somebody"], said
        form = hidden(client.get(address).context["form"])
        assert client.post(address, form | told | {"somebody": f"#{known.pk}"}).url == run_page(activity)
        again = client.post(address, told | {"somebody": f"#{known.pk}"})
        assert again.status_code == 409 and again.context["form"].errors["somebody"]

    def test_a_member_or_somebody_else_not_both(self, town, led) -> None:
        member, by = some_volunteer(town, home=town.other_community), town.people["community_worker"]
        join_team(led.team, member, by=member.user, now=town.now)
        known, address = some_volunteer(town), run_page(led, "add/")
        client, shift = signed_in(town, "community_worker"), {"shift": first_shift(led).pk}
        for told in ({}, {"volunteer": member.pk, "somebody": f"#{known.pk}"}):
            refused = client.post(address, hidden(client.get(address).context["form"]) | shift | told)
            assert refused.status_code == 422 and "Choose a member" in text(refused)
        for told in ({"volunteer": member.pk}, {"somebody": f"#{known.pk}"}):
            form = hidden(client.get(address).context["form"])
            assert client.post(address, form | shift | told).url == run_page(led)
        assert set(SignUp.objects.filter(signed_up_by=by).values_list("volunteer", flat=True)) == {
            member.pk,
            known.pk,
        }

    def test_from_the_end_to_the_settlement(self, town, led, monkeypatch) -> None:
        client, secretary = signed_in(town, "leader"), signed_in(town, "community_secretary")
        hours = run_page(led, "hours/")
        assert "handed in when the activity is over" in text(client.get(hours))
        stop_clock(monkeypatch, led.starts_at)
        page = client.get(run_page(led))
        for name in ("one", "two"):
            press(client, tick_page(of(led, name), "check_in"), page)
        press(client, run_page(led, "end/"), client.get(run_page(led)))
        stop_clock(monkeypatch, after(town))
        page = client.get(hours)
        first, second = (f"minutes-{of(led, name).pk}" for name in ("one", "two"))
        assert [page.context["form"][name].value() for name in (first, second)] == [120, 120]
        told = hidden(page.context["form"]) | {first: "120", second: "90"}
        refused = client.post(hours, told | {second: "9999"})
        assert refused.status_code == 422 and refused.context["form"].errors[second]
        assert client.post(hours, told).url == f"{hours}?page=1"
        by_name = {
            one.volunteer.user.username: one for one in Service.objects.select_related("volunteer__user")
        }
        assert {name: (one.minutes, one.source) for name, one in by_name.items()} == {
            "one": (120, "shift"),
            "two": (90, "set"),
        }
        # The leader neither confirms nor settles.
        assert run_page(led, "confirm/") not in text(client.get(hours))
        assert client.post(run_page(led, "confirm/")).url == hours
        assert not Service.objects.confirmed().exists()
        settle = run_page(led, "settle/")
        assert settle not in text(client.get(run_page(led)))
        assert press(secretary, run_page(led, "confirm/"), secretary.get(hours)).url == hours
        assert Service.objects.confirmed().count() == 2
        form = hidden(secretary.get(settle).context["form"])
        assert secretary.post(settle, form | {"result": "演示:路通了"}).url == run_page(led)
        led.refresh_from_db()
        assert (led.state, led.result) == ("settled", "演示:路通了")
        assert "演示:路通了" in text(visitor().get(page_of(led)))

    def test_before_that_the_settlement_says_what_is_missing(self, town) -> None:
        activity = held(town, some_volunteer(town, "one"))
        secretary, settle = signed_in(town, "community_secretary"), run_page(activity, "settle/")
        form = hidden(secretary.get(settle).context["form"])
        refused = secretary.post(settle, form | {"result": "演示:路通了"})
        assert refused.status_code == 409 and "Hand in the hours" in text(refused)
        assert "演示:路通了" in main_of(refused)

    def test_hours_are_as_cheap_with_many(self, town) -> None:
        few_people = [some_volunteer(town) for _one in range(2)]
        many_people = [some_volunteer(town) for _one in range(8)]
        counted = []
        for people in (few_people, many_people):
            activity = held(town, *people)
            propose_hours(activity, by=town.people["community_worker"], now=after(town))
            counted.append(cost(signed_in(town, "community_secretary"), run_page(activity, "hours/")))
        assert counted[0] == counted[1]


def test_every_notice_leads_to_a_page_that_its_reader_may_see(town, led, monkeypatch) -> None:
    """What the notices of activities and hours ask for is done where they lead."""
    one, three = of(led, "one"), some_volunteer(town, "three")
    join(town, led, three)
    cancel_sign_up(one, by=town.people["one"], now=town.now)
    stop_clock(monkeypatch, after(town))
    while move_by_clock(now=after(town)):
        pass
    handed_in(town, some_volunteer(town, "four"))
    while fan_out_once(now=after(town)):
        pass
    told = Notice.objects.filter(key__startswith="volunteers.").select_related("recipient")
    links = {(each.recipient.username, each.key, each.link) for each in told}
    assert ("three", "volunteers.moved_up", page_of(led)) in links
    assert ("leader", "volunteers.to_hand_in", run_page(led)) in links
    assert {"volunteers.to_confirm"} <= {key for _name, key, _link in links}
    for name, key, link in links:
        assert signed_in(town, name).get(link).status_code == 200, (name, key, link)


def test_every_page_speaks_both_languages_and_needs_no_script(town, monkeypatch) -> None:
    """English pages are English but for what is named and written here; every step is a link or a button of a form."""
    leader, tomorrow = some_volunteer(town, "leader"), a_shift(town, timedelta(days=1), places=1)
    activity = opened(town, tomorrow, team=some_team(town, leader), title="Snow", what="Shovels")
    one = join(town, activity, leader)
    (record,) = handed_in(town, leader)
    stop_clock(monkeypatch, activity.starts_at - timedelta(minutes=30))
    place, team = f"{START}at/{town.community.code}/", f"{START}teams/{activity.team_id}/"
    pages = [place, f"{place}activities/", page_of(activity), team, f"{START}certificates/?code=V1"]
    own = [
        f"{START}activities/",
        page_of(activity, "check-in/"),
        f"{START}shifts/{first_shift(activity).pk}/",
    ]
    own += [f"{START}sign-ups/{one.pk}/cancel/", f"{team}activities/new/"]
    own += [f"{START}mine/{name}/" for name in ("shifts", "hours", "certificate")]
    own += [f"{START}hours/{record.pk}/", f"{START}hours/{record.pk}/correct/"]
    own += [run_page(activity, more) for more in PAGES]
    named = [unit.name for unit in town.units.values()] + ["演示:清雪", "演示leader", "演示队", MASKED]
    named += ["简体中文", "格治"]
    client = signed_in(town, "leader")
    for address in [*pages, *own]:
        english = text(client.get(address, headers={"accept-language": "en"}))
        chinese = text(client.get(address, headers={"accept-language": "zh-hans"}))
        assert 'lang="zh-hans"' in chinese and CHINESE.search(chinese), address
        for name in named:
            english = english.replace(name, "")
        assert not CHINESE.search(english), (address, CHINESE.search(english))
        main = english.partition("<main")[2].partition("</main>")[0]
        assert "<script" not in main and "onclick" not in main
        assert main.count("<form") == main.count("<button") - main.count('type="button"'), address
