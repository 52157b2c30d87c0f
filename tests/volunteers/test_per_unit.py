"""Figures of places: wishes, claims for each member who checked in, offers, and what spotters' reports came to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.actions import PERFORM
from tests.builders import Town
from tests.towns import put_town
from tests.volunteers.wishes_builders import (
    REASON,
    claimed,
    fulfilled,
    later,
    organisation,
    proposed,
    volunteer,
    waiting,
)
from volunteers.actions.joining import check_in_member, offer_resource
from volunteers.actions.wishes import confirm_wish, refuse_wish, reopen_overdue
from volunteers.models import CheckIn
from volunteers.per_unit import FEWEST_SPOTTERS, Spotted, checkins_per_unit, spotted_per_unit, wishes_per_unit


@pytest.fixture
def town(db: None) -> Town:
    return put_town()


def period(town: Town) -> tuple[datetime, datetime]:
    return town.now - timedelta(days=30), later(town, days=30)


class TestWishes:
    def test_by_street_by_community_and_of_one(self, town) -> None:
        worker = town.people["community_worker"]
        confirm_wish(fulfilled(town, volunteer(town)), by=worker, now=town.now)
        claimed(town, volunteer(town, "late"))
        refuse_wish(proposed(town), text=REASON, by=worker, now=town.now)
        waiting(town)
        proposed(town, unit=town.far_grid)
        reopen_overdue(now=later(town, days=20))
        here = {"made": 4, "refused": 1, "granted": 1, "waiting": 2, "claims": 2, "overdue": 1}
        nothing = {"refused": 0, "granted": 0, "waiting": 0, "claims": 0, "overdue": 0}
        far = {"made": 1} | nothing
        given = period(town)
        assert wishes_per_unit(town.district, *given) == {town.street.pk: here, town.other_street.pk: far}
        assert wishes_per_unit(town.street, *given) == {town.community.pk: here}
        assert wishes_per_unit(town.community, *given) == {town.community.pk: here}
        before = (town.now - timedelta(days=60), town.now)
        assert wishes_per_unit(town.community, *before)[town.community.pk]["made"] == 0

    def test_claims_beside_members_are_figures_and_no_names(self, town) -> None:
        """每名党员至少认领一个: two numbers of a community."""
        for number in range(3):
            who = volunteer(town, f"member{number}")
            check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now)
            if number:
                claimed(town, who)
        found = wishes_per_unit(town.street, *period(town))[town.community.pk]["claims"]
        members = checkins_per_unit(town.street, town.now.date())[town.community.pk]["members"]
        assert (found, members) == (2, 3)


def test_check_ins_and_offers(town) -> None:
    firm = organisation(town, speaker=(speaker := town.person("speaker")))
    checkin = CheckIn.objects.get(organisation=firm)
    for minutes in (None, 120, 60):
        offer_resource(checkin, kind="people", words="演示:五个人", minutes=minutes, by=speaker, now=town.now)
    organisation(town, "演示二", at=town.community)
    assert checkins_per_unit(town.district, town.now.date()) == {
        town.street.pk: {"organisations": 2, "members": 0, "offers": 3, "offered_minutes": 180}
    }


class TestSpotters:
    def report(self, town: Town, name: str, **more: Any) -> Any:
        if name not in town.people:
            town.appoint(name, "spotter", town.street)
        return town.report(by=town.people[name], source="spotter", **more)

    def test_accepted_of_what_was_looked_at(self, town) -> None:
        for number in range(FEWEST_SPOTTERS):
            self.report(town, f"rider{number}")
        rejected = self.report(town, "rider0", category="other")
        PERFORM["reject"](
            rejected,
            by=town.people["community_worker"],
            now=town.now,
            channel="12345",
            text="演示:不属本平台",
        )
        self.report(town, "rider1", category="other")
        town.report(by=None)
        found = spotted_per_unit(town.district, *period(town))
        assert found == {town.street.pk: Spotted(reported=5, accepted=3, waiting=1, people=3)}
        assert found[town.street.pk].share == 3 / 4

    def test_no_share_that_would_be_a_mark_of_one_of_them(self, town) -> None:
        self.report(town, "rider0")
        self.report(town, "rider1")
        found = spotted_per_unit(town.street, *period(town))[town.community.pk]
        assert (found.reported, found.people, found.share) == (2, 2, None)
        assert Spotted(3, 0, 3, 5).share is None

    def test_nothing_outside_the_period(self, town) -> None:
        self.report(town, "rider0")
        assert spotted_per_unit(town.district, town.now - timedelta(days=9), town.now) == {}


def test_as_many_queries_for_many(town) -> None:
    def asked() -> list[int]:
        found = []
        for ask in (
            lambda: wishes_per_unit(town.district, *period(town)),
            lambda: checkins_per_unit(town.district, town.now.date()),
            lambda: spotted_per_unit(town.district, *period(town)),
        ):
            with CaptureQueriesContext(connection) as caught:
                ask()
            found.append(len(caught))
        return found

    waiting(town)
    organisation(town)
    assert asked() == [2, 2, 1]
    for number in range(3):
        claimed(town, volunteer(town, f"helper{number}"))
        organisation(town, f"演示{number}")
    assert asked() == [2, 2, 1]
