"""The demo's team leader: signs in without any post, and has something to do today, at whatever hour the demo is made."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from demo.seed.activities import TODAY, seed_activities, seed_today
from demo.seed.people import Home
from demo.seed.volunteers import LEADER, seed_leader, seed_volunteers
from tests.builders import LONG_AGO, Town
from tests.issues.calling import at
from tests.towns import put_town
from volunteers.actions.attendance import check_in
from volunteers.models import Activity, SignUp, Volunteer

PASSWORD = "Only-for-show-77"


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


def shown(town: Town, now: datetime) -> tuple[Volunteer, Activity]:
    """What the seed makes of volunteers; the leader, and what is under way."""
    home = Home(town.district, town.street, town.community, town.grid, town.building, town.department)
    secretary = town.people["community_secretary"]
    seed_volunteers(home, secretary, now=LONG_AGO)
    leader = seed_leader(home, LEADER, PASSWORD, secretary, now=LONG_AGO)
    seed_activities(home, secretary, town.people["street_dispatcher"], now=now)
    return leader, seed_today(home, leader, secretary, now=now)


@pytest.mark.parametrize("hour", ["03-10 00:00", "03-10 10:20", "03-10 23:59"])
def test_somebody_is_to_be_ticked_today(town: Town, hour: str) -> None:
    now = at(hour)
    leader, activity = shown(town, now)
    assert (activity.state, activity.team.leader) == ("under_way", leader)
    shift = activity.shifts.get()
    assert (
        timezone.localdate(shift.starts_at) == timezone.localdate(now)
        and shift.starts_at <= now < shift.ends_at
    )
    signed = SignUp.objects.filter(activity=activity)
    assert signed.unaccounted().count() == TODAY.places - 1
    assert (signed.came().count(), signed.queue().count()) == (1, TODAY.people - TODAY.places)
    check_in(signed.unaccounted()[0], by=leader.user, now=now)


def test_everything_of_it_says_that_it_is_made_up(town: Town) -> None:
    leader, activity = shown(town, town.now)
    for words in (leader.name, leader.alias, leader.user.display_name, activity.title, activity.team.name):
        assert words.startswith("演示·")
    assert leader.phone.startswith("000"), "nobody's number"


def test_the_leader_signs_in_and_ticks_who_has_come(town: Town) -> None:
    _leader, activity = shown(town, timezone.now().replace(microsecond=0))
    client = Client()
    signed_in = client.post(
        reverse("accounts:login"), {"username": LEADER, "password": PASSWORD}, follow=True
    )
    assert signed_in.status_code == 200 and signed_in.context["user"].username == LEADER
    address = reverse("volunteers:run", args=[activity.pk])
    assert address in client.get(reverse("volunteers:team", args=[activity.team_id])).content.decode()
    text = client.get(address).content.decode()
    signed = SignUp.objects.filter(activity=activity)
    ticks = {one: reverse("volunteers:tick", args=[one.pk, "check_in"]) in text for one in signed}
    assert all(ticks[one] for one in signed.unaccounted()) and not any(ticks[one] for one in signed.came())
