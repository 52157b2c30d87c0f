"""Every look at contact data stands in the trail."""

import pytest

from issues.actions.reveal import reveal_contact
from tests.builders import CONTACT
from trail.models import Event
from trail.refusals import NotAllowed, Refused


def looks(issue):
    return list(Event.objects.about("contact", issue.pk))


def test_a_look_is_recorded_and_moves_nothing(town):
    issue = town.report(contact=CONTACT)
    version, worker = issue.version, town.people["grid_worker"]
    for _look in range(2):
        shown = reveal_contact(issue, by=worker, now=town.now, occasion="visit")
    assert (shown.name, shown.phone) == (CONTACT.name, CONTACT.phone)
    events = looks(issue)
    assert [(one.verb, one.seq, one.actor, one.data) for one in events] == [
        ("reveal", number, worker, {"occasion": "visit"}) for number in (1, 2)
    ]
    assert events[0].actor_label.startswith("grid_worker@unit:")
    issue.refresh_from_db()
    assert issue.version == version


@pytest.mark.parametrize("name", ["other_worker", "far_dispatcher", "building_head", "supervisor", "spotter"])
def test_others_do_not_look(town, name):
    issue = town.report(contact=CONTACT)
    with pytest.raises(NotAllowed):
        reveal_contact(issue, by=town.people[name], now=town.now, occasion="visit")
    assert not looks(issue)


def test_nothing_left_nothing_shown(town):
    with pytest.raises(Refused) as refused:
        reveal_contact(town.report(), by=town.people["grid_worker"], now=town.now, occasion="visit")
    assert refused.value.code == "no_contact"


def test_an_occasion_of_the_table(town):
    with pytest.raises(Refused) as refused:
        reveal_contact(
            town.report(contact=CONTACT), by=town.people["grid_worker"], now=town.now, occasion="curious"
        )
    assert refused.value.code == "occasion"
