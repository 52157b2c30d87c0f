"""Joint handling: whoever has a sub-task works on the issue without having it."""

import pytest

from grids.actions.policies import set_policy
from issues.actions.split import MOST_TASKS
from issues.models import Deadline, Issue, Note, Task
from issues.page import issue_page
from issues.timeline import timeline
from tests.builders import Town
from tests.issues.acting import Acting, last
from trail.refusals import NotAllowed


@pytest.fixture
def divided(town: Town, act: Acting) -> Issue:
    """A street has given parts to its office and to a grid."""
    issue = act.handling("road", "street_dispatcher")
    bodies = [town.office]
    return act("split", issue, "street_dispatcher", bodies=bodies, units=[town.other_grid])


def offered(issue: Issue, act: Acting, name: str) -> set[str]:
    """What the issue's page offers this person."""
    return {verb.key for verb in issue_page(issue, act.town.people[name], act.now).verbs}


class TestNotes:
    @pytest.mark.parametrize("name", ["office_officer", "other_worker"])
    def test_of_whoever_has_a_part(self, town: Town, act: Acting, divided: Issue, name: str) -> None:
        assert "note" in offered(divided, act, name)
        noted = act("note", divided, name, text="演示:材料已到")
        note = Note.objects.get(issue=divided, seq=noted.version)
        assert (note.text, note.internal, note.author) == ("演示:材料已到", False, town.people[name])
        assert (noted.owner, noted.due_at) == (town.street, divided.due_at)

    def test_the_resident_reads_from_whom_it_comes(self, town: Town, act: Acting, divided: Issue) -> None:
        noted = act("note", divided, "office_officer")
        assert town.office.name in timeline(noted, resident=True)[-1].words
        noted = act("note", divided, "street_leader")
        assert town.street.name in timeline(noted, resident=True)[-1].words

    def test_internal_ones_are_for_staff(self, act: Acting, divided: Issue) -> None:
        act("note", divided, "office_officer", internal=True)
        assert "note" not in {line.verb for line in timeline(divided, resident=True)}

    def test_not_once_the_part_is_over(self, town: Town, act: Acting, divided: Issue) -> None:
        task = Task.objects.get(body=town.office)
        act("take_task", task, "office_officer")
        issue = act("finish_task", task, "office_officer")
        assert last(issue).verb == "finish_task"
        assert "note" not in offered(issue, act, "office_officer")
        assert isinstance(act.refused("note", issue, "office_officer"), NotAllowed)
        act("note", issue, "other_worker")

    @pytest.mark.parametrize("name", ["far_officer", "body_officer", "owners_officer"])
    def test_of_nobody_else(self, act: Acting, divided: Issue, name: str) -> None:
        assert isinstance(act.refused("note", divided, name), NotAllowed)

    def test_nor_does_a_part_give_the_whole(self, act: Acting, divided: Issue) -> None:
        assert offered(divided, act, "office_officer") <= {"note"}


class TestRefusals:
    def test_nobody_is_chosen(self, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        assert act.refused("split", issue, "street_dispatcher").code == "no_task"

    def test_more_than_anybody_keeps_in_view(self, town: Town, act: Acting, divided: Issue) -> None:
        """Those that run count too; one fewer is refused for what else is wrong with it."""
        left = MOST_TASKS - divided.open_tasks
        many = {"units": [town.community] * (left + 1)}
        assert act.refused("split", divided, "street_dispatcher", **many).code == "too_many_tasks"
        many = {"units": [town.community] * left}
        assert act.refused("split", divided, "street_dispatcher", **many).code == "twice"

    def test_what_has_ended_is_not_counted(self, town: Town, act: Acting, divided: Issue) -> None:
        act("call_off", Task.objects.get(body=town.office), "street_dispatcher")
        many = {"units": [town.community] * (MOST_TASKS - 1)}
        assert act.refused("split", divided, "street_dispatcher", **many).code == "twice"

    def test_the_same_one_twice(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        named = {"bodies": [town.office, town.office]}
        refused = act.refused("split", issue, "street_dispatcher", **named)
        assert refused.code == "twice"
        assert town.office.name in str(refused)
        assert not Task.objects.filter(issue=issue).exists()

    @pytest.mark.parametrize("taken", [False, True])
    def test_one_that_has_a_part_already(self, town: Town, act: Acting, divided: Issue, taken: bool) -> None:
        if taken:
            act("take_task", Task.objects.get(body=town.office), "office_officer")
        named = {"bodies": [town.office], "units": [town.community]}
        assert act.refused("split", divided, "street_dispatcher", **named).code == "twice"
        assert Task.objects.filter(issue=divided).count() == 2

    def test_once_a_part_has_ended_there_may_be_another(
        self, town: Town, act: Acting, divided: Issue
    ) -> None:
        act("give_back", Task.objects.get(body=town.office), "office_officer")
        issue = act("split", divided, "street_dispatcher", bodies=[town.office])
        assert issue.open_tasks == 2
        assert Task.objects.filter(issue=issue, body=town.office, state="given").count() == 1


class TestDutyList:
    """A part is work too: what is kept from a grid is kept from it as a sub-task (S4:9)."""

    @pytest.fixture(autouse=True)
    def _banned(self, town: Town) -> None:
        item = {"group": "演示组", "name": "演示项", "state": "banned", "categories": ["road", "fire"]}
        by = town.people["system_admin"]
        set_policy(town.district, "duty_list", {"no": item}, by=by, now=town.now, reason="演示:试行")

    def test_no_part_for_a_grid(self, town: Town, act: Acting) -> None:
        """Nor for anybody beside it: nothing is given by halves."""
        issue = act.handling("road", "street_dispatcher")
        named = {"units": [town.other_grid], "bodies": [town.office]}
        assert act.refused("split", issue, "street_dispatcher", **named).code == "not_on_duty_list"
        assert not Task.objects.filter(issue=issue).exists()

    def test_the_others_may_have_theirs(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        named = {"units": [town.community], "bodies": [town.office]}
        assert act("split", issue, "street_dispatcher", **named).open_tasks == 2

    def test_a_danger_is_everybodys(self, town: Town, act: Acting) -> None:
        issue = act("lift", town.report("fire"), "street_leader")
        assert act("split", issue, "street_dispatcher", units=[town.grid]).open_tasks == 1


@pytest.mark.parametrize(
    ("verb", "who", "state"),
    [("give_back", "office_officer", "given_back"), ("call_off", "street_dispatcher", "called_off")],
)
class TestEndedBeforeItIsDone:
    """Given back by whoever has it, or called off by whoever gave it."""

    @pytest.mark.parametrize("taken", [False, True])
    def test_its_clocks_stop_and_the_others_run_on(
        self, town: Town, act: Acting, divided: Issue, verb: str, who: str, state: str, taken: bool
    ) -> None:
        task, other = Task.objects.get(body=town.office), Task.objects.get(unit=town.other_grid)
        if taken:
            act("take_task", task, "office_officer")
        act.later(hours=1)
        issue = act(verb, task, who)
        task.refresh_from_db()
        assert (task.state, task.due_at, task.ended_at) == (state, None, act.now)
        assert not Deadline.objects.open().filter(task=task).exists()
        assert set(Deadline.objects.open().filter(task=other).values_list("clock", flat=True)) == {
            "take",
            "finish",
        }
        assert (issue.state, issue.owner, issue.open_tasks) == ("handling", town.street, 1)
        assert (issue.due_at, issue.promised_at) == (divided.due_at, divided.promised_at)
        # The matter waits for the other one still.
        assert "submit_result" not in offered(issue, act, "street_dispatcher")

    def test_after_the_last_one_the_result_can_be_submitted(
        self, town: Town, act: Acting, divided: Issue, verb: str, who: str, state: str
    ) -> None:
        act("call_off", Task.objects.get(unit=town.other_grid), "street_dispatcher")
        issue = act(verb, Task.objects.get(body=town.office), who)
        assert issue.open_tasks == 0
        assert "submit_result" in offered(issue, act, "street_dispatcher")

    def test_nothing_of_it_can_be_done_any_more(
        self, town: Town, act: Acting, divided: Issue, verb: str, who: str, state: str
    ) -> None:
        task = Task.objects.get(body=town.office)
        act(verb, task, who)
        for again, name in (("take_task", "office_officer"), ("give_back", "office_officer")):
            assert act.refused(again, task, name).code in {"wrong_state", "not_yours"}
        assert act.refused("call_off", task, "street_dispatcher").code == "wrong_state"

    def test_what_is_missing_is_a_reason(
        self, town: Town, act: Acting, divided: Issue, verb: str, who: str, state: str
    ) -> None:
        task = Task.objects.get(body=town.office)
        assert act.refused(verb, task, who, text=" ").code == "text"

    def test_staff_read_it_and_the_resident_does_not(
        self, town: Town, act: Acting, divided: Issue, verb: str, who: str, state: str
    ) -> None:
        issue = act(verb, Task.objects.get(body=town.office), who, text="演示:另有安排")
        line = timeline(issue)[-1]
        assert (line.verb, [note.text for note in line.notes]) == (verb, ["演示:另有安排"])
        assert town.office.name in line.words
        assert verb not in {one.verb for one in timeline(issue, resident=True)}
        note = Note.objects.get(issue=issue, seq=issue.version)
        assert (note.internal, note.author) == (True, town.people[who])


class TestWhoHears:
    def test_of_what_is_given_back(self, town: Town, act: Acting, divided: Issue) -> None:
        """Whoever has the matter has to decide who does it now; the others with a part do not care."""
        act.heard()
        act("give_back", Task.objects.get(body=town.office), "office_officer")
        assert act.heard() == {("street_dispatcher", "give_back.owner"), ("street_leader", "give_back.owner")}

    def test_of_what_is_called_off(self, town: Town, act: Acting, divided: Issue) -> None:
        """Whoever had the part, and nobody else."""
        act.heard()
        act("call_off", Task.objects.get(body=town.office), "street_dispatcher")
        assert act.heard() == {("office_officer", "call_off.tasks")}
