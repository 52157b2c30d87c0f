"""Joint handling: whoever has a sub-task works on the issue without having it."""

import pytest

from issues.models import Issue, Note, Task
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
