"""Live web, workers, two beats, ticks, broker and database under load, each killed at random (`make chaos`).

Nothing that was acknowledged is lost, nothing is escalated twice, early or not at all, every message comes out.
Short by default; CHAOS_KILLS, CHAOS_BROKER_OFF and CHAOS_SEED (all in fire.py) make it longer or the same again.
"""

from collections.abc import Iterator

import pytest

from tests.live import LiveStack
from tests.live_stack.fire import Fire, Plan
from tests.live_stack.ledger import Ledger
from tests.live_stack.report import summary

pytestmark = [pytest.mark.live, pytest.mark.chaos]


@pytest.fixture(scope="module")
def fire() -> Iterator[Fire]:
    stack = LiveStack()
    fire = Fire(stack, Plan.from_environment())
    try:
        fire.burn()
        yield fire
    finally:
        stack.discard()


@pytest.fixture(scope="module")
def ledger(fire: Fire) -> Ledger:
    ledger = Ledger(fire.stack, fire.lives, fire.people, fire.units)
    print(summary(fire, ledger), flush=True)
    return ledger


def test_there_was_a_fire(fire: Fire, ledger: Ledger) -> None:
    assert sum(fire.killed.values()) >= fire.plan.kills
    assert any(life.did("rate") for life in ledger.lives)
    assert any(len(write.answers) > 1 for write in ledger.writes)
    assert ledger.lateness(*fire.phases["fire"])


def test_no_acknowledged_write_is_lost_and_none_is_done_twice(ledger: Ledger) -> None:
    assert ledger.lost_or_doubled_reports() == []
    assert ledger.lost_or_doubled_steps() == []
    assert ledger.not_ended() == []


def test_a_repeated_write_gets_the_same_answer(ledger: Ledger) -> None:
    assert ledger.answers_that_changed() == []
    assert ledger.answers_not_kept() == []
    assert any(one.replayed for write in ledger.writes for one in write.answers)


def test_history_has_no_gap_and_no_double(ledger: Ledger) -> None:
    assert ledger.gaps_in_history() == []


def test_no_escalation_is_missed_early_or_doubled(ledger: Ledger) -> None:
    assert ledger.missed() == []
    assert ledger.early() == []
    assert ledger.doubled() == []


def test_the_silent_climb_and_who_signed_is_chased(ledger: Ledger) -> None:
    assert ledger.climbed_wrongly() == []


def test_without_a_broker_writes_and_escalations_go_on(fire: Fire, ledger: Ledger) -> None:
    if not fire.plan.broker_off:
        pytest.skip("CHAOS_BROKER_OFF=0")
    assert ledger.writes_between(*fire.phases["broker off"]) > 0
    assert ledger.escalations_between(*fire.phases["broker off"]) > 0


def test_every_message_comes_out_at_least_once_under_a_key_of_its_own(fire: Fire, ledger: Ledger) -> None:
    assert ledger.not_told(fire.settled) == []
    assert ledger.not_received(fire.receiver.heard, fire.settled) == []
    assert any(len(bodies) > 1 for bodies in fire.receiver.heard.values())


def test_the_trail_can_still_be_sealed_and_verified(fire: Fire) -> None:
    fire.stack.manage("seal_trail", owner=True)
    assert "unbroken" in fire.stack.manage("verify_trail")
