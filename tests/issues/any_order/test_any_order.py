"""Every verb by everybody in any order, with time, people, calendar and rules changing in between."""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from grids.actions.bodies import change_body
from issues.ladder import RUNGS
from issues.lifecycle import VERB
from tests.builders import Town
from tests.issues.any_order.machine import Workflow

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "100"))
STEPS = int(os.environ.get("SOAK_STEPS", "30"))
# The examples are shared out, so that several workers can run them at once; SOAK_SEED draws others.
SHARES = 4
SEED = int(os.environ.get("SOAK_SEED", "0"))
# What has not happened by then is tried first in so many examples more, so many times at most.
MORE, MOST_ROUNDS = 6, 5
# Chance does not always come there: a roster of several. The tests of the emergency whistle hold it.
SELDOM = {"call_next"}
OTHER_NAMES = {"expire": "close"}


@pytest.mark.parametrize("share", range(SHARES))
def test_any_order_of_steps(town: Town, share: int) -> None:
    """100 examples of up to 30 steps in four shares, and some more until nearly every verb and rung has happened:
    each share sees to a quarter of them. `make soak` does 10,000 of 50; SOAK_EXAMPLES, SOAK_STEPS and SOAK_SEED
    set any size and other dice.
    """
    for body in (town.department, town.office):
        change_body(body, by=None, now=town.now, approves_replies=True)
    for name, place in (("office_head", town.office), ("posted_head", town.posted)):
        town.appoint(name, "body_head", place)
    machine = type("Workflow", (Workflow,), {"town": town, "seen": Counter(), "wanted": frozenset()})
    run(machine, max(EXAMPLES // SHARES, 1), SEED + share)
    for round_ in range(MOST_ROUNDS):
        machine.wanted = not_reached(machine.seen, share)
        if machine.wanted:
            run(machine, MORE, SEED + share + SHARES * (round_ + 1))
    assert not not_reached(machine.seen, share), machine.seen


def run(machine: type[Workflow], examples: int, dice: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        # A shorter run is other dice: nothing to be won by shrinking.
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(seed(dice)(machine), settings=chosen)


def not_reached(seen: Counter[str], share: int) -> frozenset[str]:
    """Verbs and rungs of this share that have not happened."""
    every = [key for key in (*VERB, *(rung.key for rung in RUNGS)) if key not in SELDOM]
    return frozenset(key for key in every[share::SHARES] if not seen[OTHER_NAMES.get(key, key)])
