"""An emergency whistle: round the clock, the duty roster decides who is called, one after the other."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from grids.actions.bodies import add_body
from grids.actions.posts import end_post, record_leave, set_shift
from grids.models import DutyShift
from issues.forms import verb_form
from issues.kinds import PHONED
from issues.models import Deadline, Issue, Note
from issues.templatetags.phone import moment
from issues.timeline import timeline
from issues.whistles import BY_KEY
from issues.worktimes import worktime_of
from notices.models import Notice
from tests.builders import LONG_AGO, Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import at, callee_of, clocks, own_clocks
from trail.models import Event
from trail.refusals import NotAllowed

NIGHT = at("03-10 22:00")


def on_duty(town: Town, name: str, rank: int, *, until: datetime = NIGHT + timedelta(hours=12)) -> None:
    set_shift(town.posts[name], starts_at=NIGHT, ends_at=until, rank=rank, by=None, now=LONG_AGO)


@pytest.fixture
def blown(town: Town, act: Acting) -> Issue:
    """At night a grid worker whistles for the street, where two are on duty, and for a department."""
    town.appoint("second_leader", "street_leader", town.street)
    on_duty(town, "street_leader", 2)
    on_duty(town, "second_leader", 1)
    issue = act.handling("litter", "grid_worker")
    act.now = NIGHT
    act.sweep()
    act.heard()
    given = {"units": [town.street], "bodies": [town.department]}
    return act("whistle", issue, "grid_worker", kind="emergency", **given)


def page_of(client: Client, face: str, verb: str, issue: Issue, user: object) -> str:
    """The page on which this verb's form stands open."""
    user.is_staff = True
    user.language = "en"
    user.save()
    client.force_login(user)
    if face == "phone":
        return client.get(reverse("issues:act", args=[issue.code, verb])).content.decode()
    return client.get(reverse("admin:issues_issue_do", args=[issue.pk, verb])).content.decode()


def tick(act: Acting, minutes: int) -> None:
    act.later(minutes=minutes)
    act.sweep()


class TestTheRoster:
    def test_first_the_first_on_duty_without_a_roster_everybody(
        self, town: Town, act: Acting, blown: Issue
    ) -> None:
        assert act.heard() == {
            ("second_leader", "whistle.callees"),
            ("body_officer", "whistle.callees"),
            ("body_head", "whistle.callees"),
        }

    def test_silence_calls_the_next_with_the_same_time_then_the_level_above(
        self, town: Town, act: Acting, blown: Issue
    ) -> None:
        act.heard()
        tick(act, 5)
        street, department = callee_of(blown, town.street), callee_of(blown, town.department)
        assert (street.rank, street.raised_to) == (1, None)
        assert clocks(street)["acknowledge"] == street.due_at == act.now + timedelta(minutes=5)
        assert department.raised_to == town.district  # nobody on duty there: the level above at once
        heard = act.heard()
        assert ("street_leader", "call_next.owner") in heard
        assert ("second_leader", "call_next.owner") not in heard
        assert ("grid_worker", "call_next.caller") in heard
        tick(act, 5)
        street.refresh_from_db()
        assert (street.rank, street.raised_to) == (0, town.district)
        assert events(blown).count("call_next") == 1
        climbed = [
            event.data["callee"] for event in Event.objects.about("issue", blown.pk).filter(verb="climb")
        ]
        assert sorted(climbed) == sorted([street.pk, department.pk])

    def test_the_level_above_is_called_by_its_own_roster(self, town: Town, act: Acting, blown: Issue) -> None:
        for name, rank in (("district_dispatcher", 1), ("second_dispatcher", 2)):
            on_duty(town, name, rank)
        act.heard()
        tick(act, 5)
        department = callee_of(blown, town.department)
        assert (department.rank, department.raised_to) == (0, town.district)
        heard = act.heard()
        assert ("district_dispatcher", "climb.owner") in heard
        assert ("second_dispatcher", "climb.owner") not in heard
        tick(act, 5)
        department.refresh_from_db()
        assert department.rank == 1
        assert ("second_dispatcher", "call_next.owner") in act.heard()
        tick(act, 5)
        assert last(blown).verb == "board"

    def test_who_cannot_acknowledge_has_no_rank(self, town: Town, act: Acting, blown: Issue) -> None:
        """Silence is answered by the next who can act, not by a supervisor who only reads."""
        until = NIGHT + timedelta(hours=12)
        DutyShift.objects.create(post=town.posts["supervisor"], starts_at=NIGHT, ends_at=until, rank=1)
        DutyShift.objects.filter(post=town.posts["second_leader"]).update(rank=2)
        DutyShift.objects.filter(post=town.posts["street_leader"]).update(rank=3)
        act.heard()
        tick(act, 5)
        assert callee_of(blown, town.street).rank == 1
        assert ("street_leader", "call_next.owner") in act.heard()
        tick(act, 5)
        assert callee_of(blown, town.street).raised_to == town.district

    def test_who_is_on_leave_is_not_called(self, town: Town, act: Acting, blown: Issue) -> None:
        record_leave(
            town.posts["street_leader"],
            starts_at=NIGHT - timedelta(days=1),
            ends_at=NIGHT + timedelta(days=1),
            by=None,
            now=LONG_AGO,
        )
        tick(act, 5)
        assert callee_of(blown, town.street).raised_to == town.district
        assert "call_next" not in events(blown)

    def test_whoever_answers_stops_it(self, town: Town, act: Acting, blown: Issue) -> None:
        tick(act, 5)
        act("acknowledge", callee_of(blown, town.street), "street_leader")
        tick(act, 5)
        assert callee_of(blown, town.street).raised_to is None
        assert "acknowledge" not in clocks(callee_of(blown, town.street))

    def test_the_fired_rung_says_what_was_done(self, town: Town, act: Acting, blown: Issue) -> None:
        tick(act, 5)
        fired = Deadline.objects.exclude(fired_at=None).filter(issue=blown, clock="acknowledge")
        assert dict(fired.values_list("callee", "rung")) == {
            callee_of(blown, town.street).pk: "call_next",
            callee_of(blown, town.department).pk: "climb",
        }

    def test_sweeping_twice_is_sweeping_once(self, town: Town, act: Acting, blown: Issue) -> None:
        tick(act, 5)
        before = events(blown)
        act.sweep()
        assert events(blown) == before

    def test_the_rosters_of_many_are_read_at_once(self, town: Town, act: Acting, blown: Issue) -> None:
        def queries() -> int:
            act.later(minutes=5)
            with CaptureQueriesContext(
                connection,
            ) as found:
                act.sweep()
            return len([one for one in found if "grids_dutyshift" in one["sql"]])

        other = act("sign", town.report("noise", now=act.now), "community_worker")
        act("whistle", other, "community_worker", kind="emergency", units=[town.street])
        assert queries() == 1

    def test_the_timeline_says_it_to_staff_alone(self, town: Town, act: Acting, blown: Issue) -> None:
        tick(act, 5)
        assert "call_next" in {line.verb for line in timeline(blown)}
        assert "call_next" not in {line.verb for line in timeline(blown, resident=True)}


class TestDeclined:
    """An emergency never ends in silence: whoever does not come, the level above is called in their place."""

    def test_the_level_above_is_called_at_once(self, town: Town, act: Acting, blown: Issue) -> None:
        act.heard()
        issue = act("decline", callee_of(blown, town.department), "body_officer", text="演示:抢修队全部外出")
        called = callee_of(issue, town.district)
        assert (called.state, called.whistle) == ("called", callee_of(blown, town.department).whistle)
        assert clocks(called) == {
            "acknowledge": act.now + timedelta(minutes=5),
            "arrive": act.now + timedelta(minutes=30),
            "report": act.now + timedelta(hours=2),
            "done": act.now + timedelta(hours=24),
        }
        assert issue.open_whistles == 1
        told = act.heard()
        assert {("district_dispatcher", "decline.instead"), ("grid_worker", "decline.raised")} <= told
        notice = Notice.objects.get(key="issues.decline.instead", recipient__username="district_dispatcher")
        assert notice.urgency == "danger"
        with override("en"):
            assert f"{town.department.name} has declined, {town.district.name} is called" in notice.words
            assert timeline(issue)[-1].words.endswith(f"{town.district.name} is called instead")

    def test_whoever_has_it_is_passed_over(self, town: Town, act: Acting) -> None:
        """The street whistles for its own squad: not the street is called then but the district."""
        issue = act.handling("road", "street_dispatcher")
        issue = act("whistle", issue, "street_dispatcher", kind="emergency", bodies=[town.posted])
        issue = act("decline", callee_of(issue, town.posted), "posted_officer")
        assert callee_of(issue, town.district).state == "called"
        assert callee_of(issue, town.district).is_lead
        assert not issue.callees.filter(unit=town.street).exists()

    def test_who_is_called_already_is_not_called_twice(self, town: Town, act: Acting, blown: Issue) -> None:
        issue = act("join", blown, "grid_worker", bodies=[town.office])
        issue = act("decline", callee_of(issue, town.office), "office_officer")
        assert issue.callees.filter(unit=town.street).count() == 1
        assert "what" not in last(issue).data

    def test_nobody_left_above_the_caller_is_told_loudly(self, town: Town, act: Acting, blown: Issue) -> None:
        act("decline", callee_of(blown, town.street), "street_leader")
        act("decline", callee_of(blown, town.department), "body_officer")
        act.heard()
        issue = act("decline", callee_of(blown, town.district), "district_dispatcher")
        assert (issue.open_whistles, set(own_clocks(issue))) == (0, {"submit"})
        assert ("grid_worker", "decline.alone") in act.heard()
        notice = Notice.objects.filter(key="issues.decline.alone").latest("pk")
        assert notice.urgency == "danger"
        with override("en"):
            assert "119" in notice.words

    def test_of_another_whistle_the_caller_alone_hears(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        issue = act("decline", callee_of(issue, town.office), "office_officer")
        assert (issue.callees.count(), issue.open_whistles) == (1, 0)


class TestPhoned:
    @pytest.mark.parametrize("word", PHONED, ids=lambda word: word.key)
    def test_an_event_names_the_service_and_nobody(self, town: Town, act: Acting, word: object) -> None:
        issue = act("phoned", act.handling(), "grid_worker", whom=word.key, text="演示:说明了情况")
        event = last(issue)
        assert (event.verb, event.data["whom"], event.actor) == (
            "phoned", word.key, town.people["grid_worker"],
        )  # fmt: skip
        assert Note.objects.get(issue=issue, text="演示:说明了情况").internal
        assert str(word.label) in timeline(issue, resident=True)[-1].words

    @pytest.mark.parametrize(
        "name",
        ["grid_worker", "community_worker", "street_leader", "property_officer", "district_dispatcher"],
    )
    def test_whoever_has_it_stands_above_or_is_called(self, town: Town, act: Acting, name: str) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="emergency", bodies=[town.property])
        assert last(act("phoned", issue, name)).verb == "phoned"

    @pytest.mark.parametrize("name", ["spotter", "other_worker", "far_dispatcher", "posted_officer"])
    def test_nobody_else(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("phoned", act.handling(), name), NotAllowed)

    def test_it_changes_nothing_and_the_owner_hears_of_it(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        after = act("phoned", issue, "street_leader")
        assert (after.state, after.due_at, after.owner) == (issue.state, issue.due_at, issue.owner)
        assert {word for _name, word in act.heard()} == {"phoned.owner"}

    def test_only_what_is_offered(self, town: Town, act: Acting) -> None:
        assert act.refused("phoned", act.handling(), "grid_worker", whom="13800001234").code == "word"


class TestBeforeItIsBlown:
    """The caller sees who will come and by when."""

    def choices(self, town: Town, act: Acting, issue: Issue, who: str) -> dict[str, object]:
        form = verb_form("whistle", issue, town.people[who], act.now)
        found = form.callees()
        return {one.code: one.coming for one in (*found.usual, *found.urgent)}

    def test_role_name_and_place_of_whoever_is_addressed(self, town: Town, act: Acting) -> None:
        record_leave(
            town.posts["street_dispatcher"],
            starts_at=act.now - timedelta(hours=1),
            ends_at=act.now + timedelta(days=2),
            by=None,
            now=LONG_AGO,
        )
        end_post(town.posts["posted_officer"], on=date(2026, 3, 10), by=None, now=act.now)
        with override("en"):
            found = self.choices(town, act, act.handling("noise", "community_worker"), "community_worker")
        office, street, posted = found["office-1"], found[town.street.code], found["posted-1"]
        assert (office.usual, office.on_duty) == ("Body's officer office_officer", "")
        assert "street_dispatcher_deputy for the Street dispatcher, who is on leave" in street.usual
        assert town.street.name in posted.usual
        assert "since nobody is there" in posted.usual

    def test_in_an_emergency_the_first_on_the_roster(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        on_duty(town, "street_leader", 1)
        act.now = NIGHT
        with override("en"):
            found = self.choices(town, act, issue, "community_worker")
        assert found[town.street.code].on_duty == "Street leader in charge street_leader"
        assert found["office-1"].on_duty == ""

    @pytest.mark.parametrize("verb", ["whistle", "join"])
    @pytest.mark.parametrize("kind", ["quick", "tough", "emergency"])
    @pytest.mark.parametrize("face", ["phone", "admin"])
    def test_who_and_by_when_stand_on_the_page(
        self, town: Town, act: Acting, client: Client, face: str, kind: str, verb: str
    ) -> None:
        if (kind, verb) == ("quick", "join"):
            return  # a quick whistle calls one alone
        issue = act.handling("road", "street_dispatcher")
        if verb == "join":
            act("whistle", issue, "street_dispatcher", kind=kind, bodies=[town.posted])
        with override("en"):
            found = page_of(client, face, verb, issue, town.people["street_dispatcher"])
        now, times = timezone.now(), BY_KEY[kind]
        worktime = worktime_of(issue.district_id)
        for span in filter(None, (times.acknowledge, times.arrive, times.report, times.done)):
            # The page was made within the last minute.
            with override("en"):
                near = {moment(worktime.due(now - timedelta(minutes=ago), span).at) for ago in (0, 1, 2)}
            assert any(words in found for words in near), span
        assert "Body&#x27;s officer office_officer" in found
        with override("en"):
            assert str(times.label) in found

    def test_what_the_page_says(self, town: Town, act: Acting, client: Client) -> None:
        issue = act.handling("noise", "community_worker")
        town.people["office_officer"].phone = "13800001234"
        town.people["office_officer"].save()
        client.force_login(town.people["community_worker"])
        page = client.get(reverse("issues:act", args=[issue.code, "whistle"])).content.decode()
        assert "office_officer" in page
        assert "13800001234" not in page

    def test_as_many_queries_for_many_as_for_few(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")

        def count() -> int:
            form = verb_form("whistle", issue, town.people["community_worker"], act.now)
            with CaptureQueriesContext(connection) as found:
                form.callees()
            return len(found)

        before = count()
        for number in range(4):
            body = add_body(town.street, kind="office", code=f"more-{number}", name=f"科室{number}", by=None,
                            now=LONG_AGO)  # fmt: skip
            town.appoint(f"more_{number}", "body_officer", body)
        assert count() == before
