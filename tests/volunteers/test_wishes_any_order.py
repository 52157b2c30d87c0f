"""Wishes in any order: every verb by everybody, the sweep, time; after each step the events explain the rows."""

import os
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from grids.standing import forget_standings
from tests.builders import Town
from tests.towns import put_town
from tests.volunteers.wishes_builders import (
    REASON,
    claimed,
    fulfilled,
    organisation,
    proposed,
    volunteer,
    waiting,
)
from trail.models import Event
from trail.refusals import Refused
from volunteers.actions.wishes import PERFORM, reopen_overdue
from volunteers.models import Claim, Wish, WishWords
from volunteers.wish_ties import claim_of, facts_of
from volunteers.wishes import ENDED, REOPEN_FROM, REOPEN_TO, VERB, VERBS, allowed

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "100")) // 4
STEPS = int(os.environ.get("SOAK_STEPS", "30"))
MOST_OPEN = 4
# With fewer examples chance may leave something out.
ENOUGH = 50
# Nothing can be done with it any more.
GONE = frozenset({"refused", "cancelled", "withdrawn"})


class Wishing(RuleBasedStateMachine):
    town: Town
    people: dict[str, Any]
    helpers: dict[str, Any]
    seen: Counter[str]
    # Shared by the examples: what was seldom tried is tried first.
    tried: Counter[str]

    @initialize(far=st.integers(0, 3))
    def begin(self, far: int) -> None:
        """With one wish that has come so far; else no example would see much of how one ends."""
        self.mark, self.now, self.count = transaction.savepoint(), self.town.now, 0
        forget_standings()
        helper = () if far < 2 else (self.helpers["helper"],)
        (proposed, waiting, claimed, fulfilled)[far](self.town, *helper)

    def teardown(self) -> None:
        if hasattr(self, "mark"):
            self.seen.update(Event.objects.filter(subject_type="wish").values_list("verb", flat=True))
            transaction.savepoint_rollback(self.mark)

    @rule(dice=st.integers(0, 2**32))
    def step(self, dice: int) -> None:
        self.count += 1
        rng = Random(f"{dice} {self.count}")
        (what,) = rng.choices([self.make, self.do, self.time_passes, self.sweep], [2, 12, 2, 1])
        note(f"{self.count}. {self.now:%m-%d} {what.__name__}: {what(rng)}")

    def make(self, rng: Random) -> str:
        if Wish.objects.exclude(state__in=ENDED).count() >= MOST_OPEN:
            return "enough"
        by = rng.choice([None, self.people["wisher"]])
        return f"{proposed(self.town, by=by, now=self.now, unit=rng.choice([self.town.grid, self.town.other_grid])).pk}"

    def do(self, rng: Random) -> str:
        """A verb by somebody; mostly one that is offered, the seldom ones first; sometimes any, of any wish."""
        anything = rng.random() < 0.2
        wishes = list((Wish.objects if anything else Wish.objects.exclude(state__in=GONE)).order_by("pk"))
        if not wishes:
            return "nothing there"
        wish = rng.choice(wishes)
        link = wish.wisher_id is None and rng.random() < 0.2
        claim, offered = claim_of(wish), list[str]()
        for _try in range(1 if anything else 8):
            name = rng.choice(sorted(self.people))
            person, helping = self.people[name], self.helpers[rng.choice(sorted(self.helpers))]
            claimer = claim.claimer if claim else None
            offered = allowed(facts_of(wish, claimer, person, self.now, helping=helping, holds_link=link))
            if offered:
                break
        choices = [one.key for one in VERBS] if anything or not offered else offered
        (verb,) = rng.choices(choices, [1 / (1 + self.tried[one]) for one in choices])
        self.tried[verb] += 1
        asked: dict[str, Any] = {"text": REASON} if VERB[verb].words else {}
        asked |= {"claimer": helping} if verb == "claim" else {}
        asked |= {"holds_link": True} if link and "wisher" in VERB[verb].who else {}
        try:
            PERFORM[verb](wish, by=person, now=self.now, **asked)
        except Refused as refused:
            return f"{wish.pk} {verb} by {name}: {refused.code}"
        return f"{wish.pk} {verb} by {name}"

    def time_passes(self, rng: Random) -> str:
        self.now += timedelta(days=rng.choice([1, 5, 16]))
        return ""

    def sweep(self, rng: Random) -> str:
        done = reopen_overdue(now=self.now, limit=rng.choice([1, 10]))
        return f"{done} and {reopen_overdue(now=self.now)}"

    @invariant()
    def the_events_explain_the_rows(self) -> None:
        if not hasattr(self, "now"):
            return
        for wish in Wish.objects.all():
            events = list(Event.objects.about("wish", wish.pk).order_by("seq"))
            assert [event.seq for event in events] == list(range(1, wish.version + 1))
            assert replayed(events) == wish.state
            running = list(Claim.objects.current().filter(wish=wish))
            assert len(running) == (wish.state in {"claimed", "fulfilled"})
            assert Claim.objects.filter(wish=wish).count() == sum(event.verb == "claim" for event in events)
            assert (wish.due_at is not None) == (wish.state == "claimed")
            assert wish.said_by_id is None or wish.said_by_id != confirmer(events)
            if wish.state == "confirmed":
                assert Claim.objects.get(wish=wish, outcome="kept").volunteer_id == told_volunteer(events)
            said = set(WishWords.objects.filter(wish=wish).values_list("seq", flat=True))
            assert said <= {event.seq for event in events if event.verb != "make"}


def replayed(events: list[Event]) -> str:
    """Follow the table from the making on."""
    assert events[0].verb == "make"
    state = "proposed"
    for event in events[1:]:
        if event.verb == "reopen":
            assert event.actor_id is None and state == REOPEN_FROM
            state = REOPEN_TO
        else:
            assert state in VERB[event.verb].from_states, (event.verb, state)
            state = VERB[event.verb].to
    return state


def confirmer(events: list[Event]) -> int | None:
    return next((event.actor_id for event in events if event.verb == "confirm"), None)


def told_volunteer(events: list[Event]) -> int | None:
    return next(event.data["volunteer"] for event in events if event.verb == "confirm")


@pytest.mark.django_db
def test_wishes_in_any_order() -> None:
    """25 examples of up to 30 steps; SOAK_EXAMPLES and SOAK_STEPS set any size. From ENOUGH on every verb happens."""
    town = put_town()
    helper, kept = volunteer(town), volunteer(town, "kept", account=False)
    firm = organisation(town, speaker=town.person("speaker"))
    names = (
        "community_worker",
        "community_secretary",
        "far_secretary",
        "office_officer",
        "street_dispatcher",
    )
    people = {name: town.person(name) for name in (*names, "helper", "wisher", "speaker")}
    own = volunteer(town, "wisher")
    seen: Counter[str] = Counter()
    helpers = {"helper": helper, "kept": kept, "firm": firm, "office": town.office, "own": own}
    given = {"town": town, "people": people, "helpers": helpers, "seen": seen, "tried": Counter()}
    machine = type("Wishing", (Wishing,), given)
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(machine, settings=chosen)
    missing = ({verb.key for verb in VERBS} | {"make", "reopen"}) - set(seen)
    assert not missing or EXAMPLES < ENOUGH, (missing, seen)
