"""Does somebody who had a form open still see the issue as it is?"""

from datetime import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.standing import standing_of
from issues.actions import PERFORM
from issues.contacts import sees_contact
from issues.ladder import BY_KEY, ONLY_TELLS
from issues.models import Deadline, Issue, Task
from issues.sights import overtaken, parts_in_sight, reads_inside
from tests.builders import Town
from tests.issues.acting import Acting, events
from trail.models import Event
from trail.refusals import Stale


def due(issue: Issue) -> datetime:
    """When its next rung fires."""
    return Deadline.objects.open().get(issue=issue).due_at


def test_a_form_that_was_open_while_reminders_fired_is_accepted(town: Town, act: Acting) -> None:
    """What only tells somebody raises the version too, but changes nothing that the form was about."""
    issue = act.handling()
    while not {"remind", "chase"} <= set(events(issue)):
        act.now = due(issue)
        act.sweep()
    noted = act("note", issue, "grid_worker", version=issue.version)
    assert noted.version > issue.version + 2
    for version in (issue.version, noted.version + 1):
        assert isinstance(act.refused("note", issue, "grid_worker", version=version), Stale)


def test_one_that_was_open_while_the_deputy_was_called_too(town: Town, act: Acting) -> None:
    issue = town.report(now=act.now)
    while "call_deputy" not in events(issue):
        act.now = due(issue)
        act.sweep()
    assert act("sign", issue, "grid_worker", version=issue.version).state == "handling"


def test_one_that_was_open_while_it_climbed_is_stale(town: Town, act: Acting) -> None:
    issue = town.report("fire", now=act.now)
    seen = Issue.objects.get(pk=issue.pk).version
    act.now = due(issue)
    act.sweep()
    assert events(issue)[-1] == "climb"
    assert isinstance(act.refused("sign", issue, "community_worker", version=seen), Stale)


def test_what_was_due_and_fires_first_counts_as_well(town: Town, act: Acting) -> None:
    """Nobody has swept: the action itself fires the reminder, and is accepted all the same."""
    issue = act.handling()
    act.now = due(issue)
    assert act("note", issue, "grid_worker", version=issue.version).version == issue.version + 2
    assert events(issue)[-2:] == ["remind", "note"]


def test_a_centre_reads_what_its_unit_reads_and_no_telephones(town: Town) -> None:
    """Inside, as the district's dispatchers do; contact data only of what the centre itself handles."""
    issue, who = town.report(), town.people["centre_dispatcher"]
    assert reads_inside(issue, who, town.now)
    assert not sees_contact(standing_of(who, town.now), issue, [])
    given = PERFORM["dispatch"](
        town.report("permit"), by=town.people["district_dispatcher"], now=town.now, body=town.centre
    )
    assert sees_contact(standing_of(who, town.now), given, [])


def test_a_centre_sees_the_parts_of_its_units_matters(town: Town, act: Acting) -> None:
    issue = act.handling("road", "street_leader")
    act("split", issue, "street_leader", bodies=[town.office])
    found = parts_in_sight(Task.objects.all(), town.people["centre_dispatcher"], act.now)
    assert [one.body for one in found] == [town.office]


def test_nothing_is_asked_while_nothing_has_happened(town: Town) -> None:
    issue = town.report()
    with CaptureQueriesContext(connection) as captured:
        assert not overtaken(issue, issue.version)
        assert overtaken(issue, issue.version + 1)
    assert not captured.captured_queries


@pytest.mark.parametrize("rung", sorted(BY_KEY))
def test_a_rung_that_moves_or_ends_an_issue_is_not_overlooked(rung: str) -> None:
    assert (rung in ONLY_TELLS) is (rung not in {"climb", "expire"})


def test_ones_own_steps_are_no_news_to_oneself(town: Town, act: Acting) -> None:
    """To a client that names a version they are: If-Match says nothing of who it was (test_conditions.py)."""
    issue, me = act.handling(), town.people["grid_worker"]
    act("note", issue, "grid_worker")
    noted = Issue.objects.get(pk=issue.pk)
    assert overtaken(noted, issue.version) and overtaken(noted, issue.version, by=AnonymousUser())
    assert not overtaken(noted, issue.version, by=me) and overtaken(noted, noted.version + 1, by=me)
    assert overtaken(noted, issue.version, by=town.people["grid_chief"])
    act("note", issue, "grid_chief")
    assert overtaken(Issue.objects.get(pk=issue.pk), issue.version, by=me)


def test_what_nobody_did_is_news_to_everybody(town: Town, act: Acting) -> None:
    issue, me = town.report("fire", now=act.now), town.people["grid_worker"]
    seen = Issue.objects.get(pk=issue.pk).version
    act.now = due(issue)
    act.sweep()
    assert overtaken(Issue.objects.get(pk=issue.pk), seen, by=me)


def test_verbs_of_people_are_never_overlooked(town: Town, act: Acting) -> None:
    issue = act.handling()
    act("note", issue, "grid_chief")
    assert overtaken(Issue.objects.get(pk=issue.pk), issue.version)
    assert Event.objects.about("issue", issue.pk).last().verb not in ONLY_TELLS
