"""Every verb by everybody in any order, with time, people, calendar and rules changing in between."""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from grids.actions.bodies import change_body
from issues.ladder import RUNGS
from issues.lifecycle import VERB
from tests.builders import Town
from tests.issues.any_order.machine import Workflow

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "40"))
STEPS = int(os.environ.get("SOAK_STEPS", "30"))
# With fewer than this, nobody asks whether every verb has happened.
ENOUGH = 100
# What has not happened by then is tried first in so many examples more, so many times at most.
MORE, MOST_ROUNDS = 6, 5
# Chance does not always come there: a hotline order that is not ours, a check on the spot, a roster of several.
# The tests of the lifecycle, of moving and of the emergency whistle hold these.
SELDOM = {"return_to_hotline", "verify", "call_next"}
OTHER_NAMES = {"expire": "close"}


def test_any_order_of_steps(town: Town) -> None:
    """40 examples of up to 30 steps; from 100 on (SOAK_EXAMPLES) also some more until nearly every verb and rung
    has happened. `make soak` does 10,000 of 50; SOAK_EXAMPLES and SOAK_STEPS set any size.
    """
    for body in (town.department, town.office):
        change_body(body, by=None, now=town.now, approves_replies=True)
    for name, place in (("office_head", town.office), ("posted_head", town.posted)):
        town.appoint(name, "body_head", place)
    machine = type("Workflow", (Workflow,), {"town": town, "seen": Counter(), "wanted": frozenset()})
    run(machine, EXAMPLES)
    for _round in range(MOST_ROUNDS):
        missing = frozenset(not_reached(machine.seen))
        if EXAMPLES >= ENOUGH and missing:
            machine.wanted = missing
            run(machine, MORE)
    if EXAMPLES >= ENOUGH:
        assert not set(not_reached(machine.seen)) - SELDOM, machine.seen


def run(machine: type[Workflow], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
            # A shorter run is other dice: nothing to be won by shrinking.
            phases=(Phase.explicit, Phase.generate),
        ),
    )


def not_reached(seen: Counter[str]) -> list[str]:
    """Verbs and rungs that have not happened."""
    return [key for key in (*VERB, *(rung.key for rung in RUNGS)) if not seen[OTHER_NAMES.get(key, key)]]
