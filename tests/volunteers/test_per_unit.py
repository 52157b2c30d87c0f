"""Figures of places: wishes, members who have claimed one, offers, and what spotters' reports came to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.models import Unit
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
from volunteers.actions.joining import check_in_member, check_out, offer_resource
from volunteers.actions.wishes import (
    cancel_wish,
    claim_wish,
    confirm_wish,
    give_back_wish,
    refuse_wish,
    reopen_overdue,
)
from volunteers.figures import figure_rows
from volunteers.models import CheckIn, Claim, Volunteer
from volunteers.per_unit import (
    FEWEST_SPOTTERS,
    Spotted,
    checkins_per_unit,
    claimed_per_unit,
    few_spotters,
    spotted_per_unit,
    wishes_per_unit,
)


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


class TestEachMemberClaimsOne:
    """每名党员至少认领一个: of those who are checked in, how many have claimed."""

    def member(self, town: Town, name: str, at: Unit | None = None) -> Volunteer:
        who = volunteer(town, name)
        check_in_member(unit=at or town.community, volunteer=who, by=who.user, now=town.now)
        return who

    def found(self, town: Town, unit: Unit) -> dict[int | None, int]:
        """Of each part how many have claimed one."""
        found, _hidden = claimed_per_unit(unit, *period(town))
        return {pk: row["members_with_claim"] for pk, row in found.items()}

    def test_each_member_once_however_many_they_claim(self, town) -> None:
        members = [self.member(town, f"member{number}") for number in range(3)]
        for _again in range(2):
            claimed(town, members[0])
        claimed(town, members[1])
        assert self.found(town, town.district) == {town.street.pk: 2}
        assert self.found(town, town.street) == {town.community.pk: 2}
        assert self.found(town, town.community) == {town.community.pk: 2}
        assert checkins_per_unit(town.street, town.now.date())[town.community.pk]["members"] == 3

    def test_ten_claims_of_others_are_none_of_the_members(self, town) -> None:
        for number in range(3):
            self.member(town, f"member{number}")
        other, firm = (
            volunteer(town, "other"),
            organisation(town, speaker=(speaker := town.person("speaker"))),
        )
        for _again in range(10):
            claimed(town, other)
        claim_wish(waiting(town), claimer=firm, by=speaker, now=town.now)
        assert wishes_per_unit(town.street, *period(town))[town.community.pk]["claims"] == 11
        assert self.found(town, town.street) == {town.community.pk: 0}

    def test_not_what_was_given_back_or_ran_out(self, town) -> None:
        back, late, done = (self.member(town, name) for name in ("back", "late", "done"))
        give_back_wish(claimed(town, back), text=REASON, by=back.user, now=town.now)
        claimed(town, late)
        confirm_wish(fulfilled(town, done), by=town.people["community_worker"], now=town.now)
        assert self.found(town, town.community) == {town.community.pk: 2}
        reopen_overdue(now=later(town, days=20))
        assert self.found(town, town.community) == {town.community.pk: 1}

    def test_what_was_dropped_with_the_wish_was_claimed(self, town) -> None:
        wish = claimed(town, self.member(town, "member"))
        cancel_wish(wish, text=REASON, by=town.people["community_worker"], now=town.now)
        assert Claim.objects.get().outcome == "dropped"
        assert self.found(town, town.community) == {town.community.pk: 1}

    def test_who_checked_in_by_their_account_before_they_volunteered(self, town) -> None:
        account = town.person("account")
        check_in_member(unit=town.community, user=account, by=account, now=town.now)
        assert self.found(town, town.community) == {town.community.pk: 0}
        claimed(town, volunteer(town, "account"))
        assert CheckIn.objects.get().volunteer is None
        assert self.found(town, town.community) == {town.community.pk: 1}

    def test_of_the_period_and_of_those_who_are_there_now(self, town) -> None:
        members = [self.member(town, f"member{number}") for number in range(2)]
        for who in members:
            claimed(town, who)
        before, _hidden = claimed_per_unit(town.community, town.now - timedelta(days=9), town.now)
        assert before[town.community.pk]["members_with_claim"] == 0
        check_out(CheckIn.objects.get(volunteer=members[0]), by=members[0].user, now=town.now)
        assert self.found(town, town.community) == {town.community.pk: 1}

    def test_hidden_where_it_would_tell_of_one_or_two(self, town) -> None:
        def hidden(unit: Unit) -> frozenset[int | None]:
            return claimed_per_unit(unit, *period(town))[1]

        assert hidden(town.district) == frozenset()
        for number in range(2):
            self.member(town, f"member{number}")
        assert hidden(town.district) == {town.street.pk, town.district.pk}
        assert hidden(town.street) == {town.street.pk, town.community.pk}
        assert hidden(town.community) == {town.community.pk}
        self.member(town, "third")
        assert hidden(town.district) == hidden(town.community) == frozenset()
        # The one elsewhere is hidden, and so is whoever would say it together with the sum.
        self.member(town, "far", at=town.other_community)
        assert hidden(town.street) == {town.community.pk, town.other_community.pk}
        assert town.community.pk in hidden(town.community)
        assert hidden(town.district) == frozenset()


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

    def test_nor_what_is_left_of_the_others(self, town) -> None:
        """One rider in a street beside three in the other: their share less the district's would be the one's."""
        assert few_spotters(town.district, *period(town)) == frozenset()
        for number in range(3):
            self.report(town, f"rider{number}")
        assert few_spotters(town.district, *period(town)) == frozenset()
        town.appoint("rider3", "spotter", town.other_street)
        self.report(town, "rider3", place=town.far_building)
        both = {town.street.pk, town.other_street.pk}
        assert few_spotters(town.district, *period(town)) == both
        assert few_spotters(town.street, *period(town)) >= {town.street.pk, town.community.pk}
        rows = figure_rows(town.district, town.now.date(), town.now.date(), town.now)
        shown = {row.pk: row.values["accepted_percent"] for row in rows}
        assert shown[town.street.pk] is None and shown[town.other_street.pk] is None
        assert shown[town.district.pk] is not None

    def test_what_turned_out_to_be_nothing_was_not_accepted(self, town) -> None:
        """As for points."""
        issue, told = self.report(town, "rider0"), {"by": town.people["grid_worker"], "now": town.now}
        PERFORM["sign"](issue, **told)
        PERFORM["submit_result"](issue, outcome="not_substantiated", text="演示:现场没有", **told)
        found = spotted_per_unit(town.district, *period(town))[town.street.pk]
        assert (found.reported, found.accepted, found.waiting) == (1, 0, 0)

    def test_nothing_outside_the_period(self, town) -> None:
        self.report(town, "rider0")
        assert spotted_per_unit(town.district, town.now - timedelta(days=9), town.now) == {}


def test_as_many_queries_for_many(town) -> None:
    def asked() -> list[int]:
        found = []
        for ask in (
            lambda: wishes_per_unit(town.district, *period(town)),
            lambda: checkins_per_unit(town.district, town.now.date()),
            lambda: claimed_per_unit(town.district, *period(town)),
            lambda: spotted_per_unit(town.district, *period(town)),
        ):
            with CaptureQueriesContext(connection) as caught:
                ask()
            found.append(len(caught))
        return found

    waiting(town)
    organisation(town)
    assert asked() == [2, 2, 1, 1]
    for number in range(3):
        claimed(town, who := volunteer(town, f"helper{number}"))
        check_in_member(unit=town.community, volunteer=who, by=who.user, now=town.now)
        organisation(town, f"演示{number}")
    assert asked() == [2, 2, 1, 1]
