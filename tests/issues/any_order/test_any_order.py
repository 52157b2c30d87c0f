"""Every verb by everybody in any order, with time, people, calendar and rules changing in between."""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from grids.actions.bodies import change_body
from issues.ladder import RUNGS
from tests.builders import Town
from tests.issues.any_order.machine import Workflow, not_reached

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "50"))
STEPS = int(os.environ.get("SOAK_STEPS", "30"))
# With fewer steps than this chance decides whether every verb has happened.
ENOUGH = 2500


def test_any_order_of_steps(town: Town) -> None:
    """50 examples of 30 steps: what two quiet cores do in about a minute and a half. `make soak` does 10,000 of
    50; SOAK_EXAMPLES and SOAK_STEPS set any other size. Whether every verb has happened is asked of runs that
    are long enough for it."""
    for body in (town.department, town.office):
        change_body(body, by=None, now=town.now, approves_replies=True)
    for name, place in (("office_head", town.office), ("posted_head", town.posted)):
        town.appoint(name, "body_head", place)
    machine = type("Workflow", (Workflow,), {"town": town, "seen": Counter()})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
            # A shorter run is other dice: nothing to be won by shrinking.
            phases=(Phase.explicit, Phase.generate),
        ),
    )
    print(sorted(machine.seen.items(), key=lambda item: item[1]))
    if EXAMPLES * STEPS >= ENOUGH:
        assert not not_reached(machine.seen)
        assert not [rung.key for rung in RUNGS if rung.key != "expire" and not machine.seen[rung.key]]
