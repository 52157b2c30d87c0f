"""How late rungs fire: in calm, and while processes are killed."""

import argparse

from bench.bare import pgbench
from tests.live import LiveStack
from tests.live_stack.fire import Fire, Plan
from tests.live_stack.ledger import Ledger
from tests.live_stack.report import summary

KILLS = {False: 100, True: 5}
CALM = {False: 120.0, True: 10.0}


def measure(options: argparse.Namespace) -> None:
    """The run of `make chaos`, for its figures."""
    small = options.small
    plan = Plan(kills=options.kills or KILLS[small], calm=CALM[small], broker_off=10 if small else 60)
    stack = LiveStack()
    fire = Fire(stack, plan)
    try:
        fire.burn()
        print(summary(fire, Ledger(stack, fire.lives, fire.people, fire.units)), flush=True)
        pgbench(stack, options.seconds, "before")
    finally:
        stack.discard()
