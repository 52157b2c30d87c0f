"""Blowing a whistle, and what those called do: acknowledge, report in, finish."""

from datetime import datetime, timedelta

import pytest

from grids.actions.bodies import close_body
from issues.models import Callee, Concern, Deadline, Decision, Issue, Note, Whistle
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from trail.refusals import NotAllowed


def callees(issue: Issue) -> dict[str, Callee]:
    return {one.party.name: one for one in Callee.objects.filter(issue=issue)}


def callee_of(issue: Issue, party: object) -> Callee:
    return callees(issue)[party.name]


def clocks(callee: Callee) -> dict[str, datetime]:
    return dict(Deadline.objects.open().filter(callee=callee).values_list("clock", "limit_at"))


@pytest.fixture
def called(town: Town, act: Acting) -> Issue:
    """A community has whistled for its street and the street's office, and the street has agreed."""
    issue = act.handling("noise", "community_worker")
    act.later(hours=1)
    act("whistle", issue, "community_worker", kind="tough", units=[town.street], bodies=[town.office])
    return act("grant", Decision.objects.get(kind="review"), "street_leader")


class TestBlow:
    def test_calls_each_with_clocks_of_its_own(self, town: Town, act: Acting, called: Issue) -> None:
        assert (called.state, called.owner, called.open_whistles) == ("handling", town.community, 1)
        whistle = Whistle.objects.get()
        assert (whistle.kind, whistle.caller_unit, whistle.called_by) == (
            "tough",
            town.community,
            town.people["community_worker"],
        )
        street, office = callee_of(called, town.street), callee_of(called, town.office)
        assert (street.is_lead, office.is_lead) == (True, False)
        for callee in (street, office):
            assert callee.state == "called"
            assert set(clocks(callee)) == {"acknowledge", "arrive", "done"} | (
                {"plan"} if callee.is_lead else set()
            )
            # Four working hours from 11:00.
            assert callee.due_at == clocks(callee)["acknowledge"] == act.now + timedelta(hours=5, minutes=30)
        assert called.due_at == street.due_at

    def test_the_event_names_kind_and_callees(self, town: Town, act: Acting, called: Issue) -> None:
        data = last(called).data
        assert data["kind"] == "tough"
        assert [{**one, "callee": None} for one in data["callees"]] == [
            {"callee": None, "unit": town.street.pk},
            {"callee": None, "body": town.office.pk},
        ]
        assert Note.objects.get(issue=called).text == "演示:请到场"

    def test_bodies_are_concerned_units_of_the_place_are_so_already(self, town: Town, called: Issue) -> None:
        assert list(Concern.objects.values_list("unit", "body")) == [(None, town.office.pk)]

    def test_who_leads(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        given = {"units": [town.street], "bodies": [town.office], "lead": town.office.code}
        issue = act("whistle", issue, "community_worker", kind="tough", **given)
        assert callee_of(issue, town.office).is_lead
        assert not callee_of(issue, town.street).is_lead

    def test_an_emergency_whistle_runs_round_the_clock_and_reaches_anyone(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("fire", "grid_worker")
        act.now = datetime.fromisoformat("2026-03-10T23:00+08:00")
        act.sweep()
        issue = act(
            "whistle",
            issue,
            "grid_worker",
            kind="emergency",
            units=[town.street],
            bodies=[town.department, town.utility],
        )
        for callee in callees(issue).values():
            assert clocks(callee) == {
                "acknowledge": act.now + timedelta(minutes=5),
                "arrive": act.now + timedelta(minutes=30),
                "report": act.now + timedelta(hours=2),
                "done": act.now + timedelta(hours=24),
            }

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"kind": "soft", "bodies": ["office"]}, "whistle_kind"),
            ({"kind": "quick"}, "no_callee"),
            ({"kind": "quick", "units": ["street"], "bodies": ["office"]}, "too_many_callees"),
            ({"kind": "tough", "bodies": ["office", "office"]}, "called_twice"),
            ({"kind": "tough", "bodies": ["department"]}, "not_callable"),
            ({"kind": "quick", "bodies": ["far_office"]}, "not_callable"),
            ({"kind": "quick", "units": ["other_street"]}, "not_callable"),
            ({"kind": "emergency", "units": ["building"]}, "not_callable"),
            ({"kind": "emergency", "units": ["community"]}, "not_callable"),
            ({"kind": "quick", "units": ["grid"]}, "not_callable"),
            ({"kind": "tough", "bodies": ["office", "posted"], "lead": "nobody"}, "lead"),
            ({"kind": "quick", "bodies": ["office"], "text": "x" * 2001}, "text"),
        ],
    )
    def test_refused(self, town: Town, act: Acting, given: dict, code: str) -> None:
        issue = act.handling("noise", "community_worker")
        named = {
            key: [getattr(town, name) for name in value] if key in {"units", "bodies"} else value
            for key, value in given.items()
        }
        assert act.refused("whistle", issue, "community_worker", **named).code == code

    def test_no_words_are_asked_and_none_are_kept(self, town: Town, act: Acting) -> None:
        """Whoever is called reads the matter itself."""
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office], text="")
        assert issue.open_whistles == 1 and not Note.objects.filter(issue=issue).exists()

    def test_not_for_whom_is_called_already_or_is_closed(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        again = {"kind": "quick", "bodies": [town.office]}
        assert act.refused("whistle", called, "community_worker", **again).code == "called_already"
        closed = close_body(town.posted, by=None, now=act.now)
        gone = {"kind": "quick", "bodies": [closed]}
        assert act.refused("whistle", called, "community_worker", **gone).code == "closed_callee"

    @pytest.mark.parametrize("name", ["grid_worker", "street_dispatcher", "body_officer", "spotter"])
    def test_only_the_owner_whistles(self, town: Town, act: Acting, name: str) -> None:
        issue = act.handling("noise", "community_worker")
        assert isinstance(act.refused("whistle", issue, name, kind="quick", bodies=[town.office]), NotAllowed)

    def test_only_what_is_signed_for(self, town: Town, act: Acting) -> None:
        refused = act.refused(
            "whistle", town.report("noise"), "community_worker", kind="quick", bodies=[town.office]
        )
        assert refused.code == "wrong_state"

    def test_the_district_whistles_for_departments(self, town: Town, act: Acting) -> None:
        issue = act.handling("permit", "district_dispatcher")
        issue = act("whistle", issue, "second_dispatcher", kind="quick", bodies=[town.department])
        assert issue.open_whistles == 1


class TestCallee:
    def test_the_whole_way(self, town: Town, act: Acting, called: Issue) -> None:
        callee = callee_of(called, town.office)
        act.later(minutes=30)
        issue = act("acknowledge", callee, "office_officer", text="演示:两点到")
        callee.refresh_from_db()
        assert (callee.state, callee.acknowledged_at) == ("acknowledged", act.now)
        assert set(clocks(callee)) == {"arrive", "done"}
        act.later(hours=3)
        issue = act(
            "report_in", callee, "office_officer", mode="on_spot", occurred_at=act.now - timedelta(minutes=10)
        )
        callee.refresh_from_db()
        assert (callee.state, callee.mode) == ("reported_in", "on_spot")
        assert callee.reported_in_at == act.now - timedelta(minutes=10)
        assert set(clocks(callee)) == {"done"}
        assert last(issue).data["mode"] == "on_spot"
        issue = act("done", callee, "office_officer")
        callee.refresh_from_db()
        assert (callee.state, callee.done_at, callee.due_at) == ("done", act.now, None)
        assert issue.open_whistles == 1  # the street has not even answered
        assert last(issue).data["whistle_over"] is False
        assert last(issue).actor_label == f"body_officer@body:{town.office.pk}"
        assert events(issue)[-4:] == ["grant", "acknowledge", "report_in", "done"]

    def test_words_belong_to_the_callee(self, town: Town, act: Acting, called: Issue) -> None:
        callee = callee_of(called, town.office)
        act("acknowledge", callee, "office_officer", text="演示:两点到")
        assert Note.objects.get(callee=callee).text == "演示:两点到"

    def test_who_comes_at_once_acknowledges_too(self, town: Town, act: Acting, called: Issue) -> None:
        callee = callee_of(called, town.street)
        act("report_in", callee, "street_dispatcher")
        callee.refresh_from_db()
        assert callee.acknowledged_at == callee.reported_in_at == act.now

    def test_nobody_came_before_they_were_called(self, town: Town, act: Acting, called: Issue) -> None:
        callee, blown = callee_of(called, town.office), act.now
        act.later(hours=1)
        issue = act("report_in", callee, "office_officer", occurred_at=act.now - timedelta(days=30))
        callee.refresh_from_db()
        assert callee.reported_in_at == last(issue).occurred_at == blown

    @pytest.mark.parametrize(
        ("verb", "given", "code"),
        [
            ("done", {}, "wrong_state"),
            ("report_in", {"mode": "telepathy"}, "word"),
        ],
    )
    def test_refused(self, town: Town, act: Acting, called: Issue, verb: str, given: dict, code: str) -> None:
        assert act.refused(verb, callee_of(called, town.office), "office_officer", **given).code == code

    @pytest.mark.parametrize(
        "name", ["posted_officer", "far_officer", "grid_worker", "community_worker", "spotter"]
    )
    def test_nobody_else_answers_for_it(self, town: Town, act: Acting, called: Issue, name: str) -> None:
        assert isinstance(act.refused("acknowledge", callee_of(called, town.office), name), NotAllowed)

    def test_what_is_due_next_is_shown(self, town: Town, act: Acting, called: Issue) -> None:
        issue = act("acknowledge", callee_of(called, town.office), "office_officer")
        assert issue.due_at == callee_of(called, town.street).due_at
        issue = act("acknowledge", callee_of(called, town.street), "street_leader")
        assert issue.due_at == clocks(callee_of(called, town.street))["arrive"]

    def test_while_anybody_is_called_the_issue_stays(self, town: Town, act: Acting, called: Issue) -> None:
        for verb in ("submit_result", "answer", "hand_up", "dispatch"):
            assert act.refused(verb, called, "community_worker").code == "no_open_whistle"


class TestTheCallersClock:
    def test_stands_still_and_runs_on_with_what_was_left(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")  # Tuesday 10:00, due Friday 17:30
        due = issue.due_at
        act.now = datetime.fromisoformat("2026-03-11T10:00+08:00")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        running = Deadline.objects.open().filter(issue=issue, callee=None)
        assert list(running.values_list("clock", flat=True)) == ["promise"]
        callee = callee_of(issue, town.office)
        # Two working days later, to the hour.
        act.now = datetime.fromisoformat("2026-03-13T10:00+08:00")
        act("report_in", callee, "office_officer")
        issue = act("done", callee, "office_officer")
        assert (issue.open_whistles, issue.submit_left) == (0, None)
        assert issue.due_at == datetime.fromisoformat("2026-03-17T17:30+08:00")
        assert issue.due_at > due
        clock = Deadline.objects.open().get(issue=issue)
        assert (clock.clock, clock.limit_at) == ("submit", issue.due_at)
        assert Whistle.objects.get().finished_at == act.now
        assert last(issue).data["whistle_over"] is True
        assert act("submit_result", issue, "community_secretary").state == "resolved"

    def test_the_promised_date_moves_with_the_whistle_and_the_event_says_so(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("noise", "community_worker")
        before = issue.promised_at
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        assert issue.promised_at > before
        assert last(issue).data["promised_at"] == issue.promised_at.isoformat()

    def test_who_is_done_in_time_keeps_what_was_promised(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        promised = issue.promised_at
        act.later(hours=1)
        act("report_in", callee_of(issue, town.office), "office_officer")
        issue = act("done", callee_of(issue, town.office), "office_officer")
        assert issue.promised_at == promised
        assert "promised_at" not in last(issue).data

    def test_a_second_whistle_does_not_wind_it_up(self, town: Town, act: Acting, called: Issue) -> None:
        left = called.submit_left
        act.later(hours=1)
        issue = act("whistle", called, "community_worker", kind="quick", bodies=[town.posted])
        assert (issue.open_whistles, issue.submit_left) == (2, left)
        for name, party in (
            ("posted_officer", town.posted),
            ("office_officer", town.office),
            ("street_leader", town.street),
        ):
            act("report_in", callee_of(issue, party), name)
            issue = act("done", callee_of(issue, party), name)
        assert issue.open_whistles == 0

    def test_what_was_late_is_late_again(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.now = issue.due_at + timedelta(hours=20)
        while act.sweep():
            act.later(seconds=1)
        issue = act("whistle", issue, "grid_worker", kind="quick", bodies=[town.property])
        assert issue.submit_left == 0
        act("report_in", callee_of(issue, town.property), "property_officer")
        issue = act("done", callee_of(issue, town.property), "property_officer")
        assert issue.due_at == act.now
        assert act.sweep() == 1
        assert events(issue)[-1] == "chase"
