"""Several at the same moment, with real transactions: one claim wins, and nothing is taken away twice."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from notices.actions import fan_out_once
from tests.builders import Town
from tests.parallel import at_once, meet
from tests.towns import put_town
from tests.volunteers.wishes_builders import REASON, claimed, later, verbs, volunteer, waiting
from trail.models import Event
from trail.refusals import Refused
from volunteers.actions.people import leave
from volunteers.actions.wishes import (
    claim_wish,
    confirm_wish,
    drop_claims,
    fulfil_wish,
    give_back_wish,
    reopen_overdue,
    withdraw_wish,
)
from volunteers.models import Claim, Volunteer, Wish
from volunteers.wishes import CLAIM_DAYS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town() -> Town:
    return put_town()


def test_of_twenty_who_claim_one_wins_and_the_others_hear_why(town: Town) -> None:
    wish = waiting(town)
    people = [volunteer(town, f"helper{number}") for number in range(19)]
    calls = [partial(claim_wish, wish, claimer=who, by=who.user, now=town.now) for who in people]
    officer = town.people["office_officer"]
    calls.append(partial(claim_wish, wish, claimer=town.office, by=officer, now=town.now))
    results = at_once(calls)
    won = [result for result in results if isinstance(result, Wish)]
    lost = [result for result in results if isinstance(result, Refused)]
    assert (len(won), len(lost)) == (1, 19), results
    assert {refused.code for refused in lost} == {"taken"}
    assert Claim.objects.count() == 1
    assert verbs(wish) == ["make", "accept", "claim"]
    wish.refresh_from_db()
    assert wish.due_at == later(town, days=CLAIM_DAYS)


def test_sweepers_at_the_same_moment_reopen_each_once(town: Town) -> None:
    wishes = [claimed(town, volunteer(town, f"helper{number}")) for number in range(20)]
    now = later(town, days=CLAIM_DAYS)
    found = at_once([partial(reopen_overdue, now=now, limit=3)] * 4)
    while more := reopen_overdue(now=now):
        found.append(more)
    assert sum(found) == 20, found
    for wish in wishes:
        assert verbs(wish) == ["make", "accept", "claim", "reopen"]
    assert set(Claim.objects.values_list("outcome", flat=True)) == {"overdue"}
    numbers = Counter(Event.objects.filter(subject_type="wish").values_list("subject_id", "seq"))
    assert set(numbers.values()) == {1}


def test_whoever_fulfils_meets_the_sweep(town: Town) -> None:
    """Either it was fulfilled in time to count, or it is open again; never both, never neither."""
    people = [volunteer(town, f"helper{number}") for number in range(8)]
    wishes = [claimed(town, who) for who in people]
    now = later(town, days=CLAIM_DAYS) + timedelta(seconds=1)
    calls = [
        partial(fulfil_wish, wish, by=who.user, now=now) for wish, who in zip(wishes, people, strict=True)
    ]
    at_once([*calls, *[partial(reopen_overdue, now=now, limit=2)] * 4])
    while reopen_overdue(now=now):
        pass
    for wish in wishes:
        wish.refresh_from_db()
        assert (wish.state, verbs(wish)[-1]) in {("fulfilled", "fulfil"), ("open", "reopen")}
        assert verbs(wish)[:-1] == ["make", "accept", "claim"]
        assert Claim.objects.current().filter(wish=wish).exists() == (wish.state == "fulfilled")


def test_a_claim_meets_the_withdrawal(town: Town) -> None:
    wisher, who = town.person("wisher"), volunteer(town)
    for _round in range(5):
        wish = waiting(town, by=wisher)
        at_once(
            [
                partial(claim_wish, wish, claimer=who, by=who.user, now=town.now),
                partial(withdraw_wish, wish, by=wisher, now=town.now),
            ]
        )
        wish.refresh_from_db()
        assert wish.state == "withdrawn"
        assert not Claim.objects.current().filter(wish=wish).exists()


def test_what_somebody_else_claims_meanwhile_is_not_taken_from_them(town: Town) -> None:
    """The claim of who has left is given back and another one made, when theirs are about to be dropped."""
    gone, second = volunteer(town), volunteer(town, "second")
    wish = claimed(town, gone)
    Volunteer.objects.filter(pk=gone.pk).update(state="left", left_at=town.now)

    def change_hands() -> Wish:
        free = give_back_wish(wish, text=REASON, by=town.people["community_worker"], now=town.now)
        return claim_wish(free, claimer=second, by=second.user, now=town.now)

    met = meet(change_hands, partial(drop_claims, gone, now=town.now))
    assert (met.waited, met.second) == (True, 0) and isinstance(met.first, Wish)
    assert Claim.objects.current().get(wish=wish).volunteer == second
    assert verbs(wish) == ["make", "accept", "claim", "give_back", "claim"]


def test_a_claim_of_somebody_who_is_leaving_does_not_stay(town: Town) -> None:
    who, wish = volunteer(town), waiting(town)

    def leaves() -> None:
        leave(who, by=who.user, now=town.now)
        while fan_out_once(now=town.now):
            pass

    met = meet(partial(claim_wish, wish, claimer=who, by=who.user, now=town.now), leaves)
    assert met.waited and (isinstance(met.first, Wish), met.second) == (True, None)
    wish.refresh_from_db()
    assert wish.state == "open" and not Claim.objects.current().exists()


def test_who_is_leaving_claims_no_more(town: Town) -> None:
    who, wish = volunteer(town), waiting(town)
    claims = partial(claim_wish, wish, claimer=who, by=who.user, now=town.now)
    met = meet(partial(leave, who, by=who.user, now=town.now), claims)
    assert met.waited and isinstance(met.second, Refused) and met.second.code == "claimer"


def test_two_who_confirm_confirm_once(town: Town) -> None:
    who, wisher = volunteer(town), town.person("wisher")
    wish = fulfil_wish(claimed(town, who, by=wisher), by=who.user, now=town.now)
    people = [wisher, town.people["community_worker"], town.people["community_secretary"]] * 3
    results = at_once([partial(confirm_wish, wish, by=person, now=town.now) for person in people])
    assert sum(isinstance(result, Wish) for result in results) == 1
    assert verbs(wish).count("confirm") == 1
