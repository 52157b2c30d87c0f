"""The loops without a broker: each in a lane of its own."""

import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from governance.celery import TICKS
from governance.management.commands import run_ticks
from governance.management.commands.run_ticks import LANES, Command, Lane, run_round


def test_a_slow_receiver_does_not_hold_up_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, swept, released = threading.Event(), threading.Event(), threading.Event()
    sweeps: list[int] = []

    def sweep() -> None:
        sweeps.append(1)
        if len(sweeps) == 3:
            swept.set()

    def deliver() -> None:
        released.wait(60)

    command = Command()
    command.lanes = (Lane("deliver", (deliver,)), Lane("sweep", (sweep,)))
    monkeypatch.setattr(run_ticks, "close_old_connections", lambda: None)
    loop = threading.Thread(target=command.run_lanes, args=(stop, 0.01))
    loop.start()
    try:
        assert swept.wait(30), "the sweep waits for the receiver"
    finally:
        stop.set()
        released.set()
        loop.join(30)
    assert not loop.is_alive()


def test_every_tick_has_a_lane_and_sweeping_shares_its_own_with_nobody_slow() -> None:
    ticks = {tick.__name__: lane.name for lane in LANES for tick in (*lane.ticks, *lane.hourly)}
    names = {task.rpartition(".")[2] for task, _seconds in TICKS.values()}
    hourly = {"check_owners", "purge", "count_figures", "digest_boards", "settle_points"}
    assert names | hourly == set(ticks)
    assert [name for name, lane in ticks.items() if lane == "sweep"] == ["sweep", "heartbeat"]


def test_the_hourly_ones_come_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, ran = threading.Event(), []

    def tick() -> None:
        ran.append("tick")
        if len(ran) > 6:
            stop.set()

    lane = Lane("x", (tick,), (lambda: ran.append("hourly"),))
    monkeypatch.setattr(run_ticks, "close_old_connections", lambda: None)
    monkeypatch.setattr(run_ticks, "HOUR", 0.003)
    run_ticks.keep_to(lane, stop, 0.001)
    assert ran[:7] == ["tick", "hourly", "tick", "tick", "tick", "hourly", "tick"]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, KeyError])
def test_one_that_fails_does_not_stop_the_others(error: type, caplog: Any) -> None:
    ran: list[str] = []

    def broken() -> None:
        raise error("the connection is gone")

    run_round((lambda: ran.append("first"), broken, lambda: ran.append("last")))
    assert ran == ["first", "last"]
    assert "broken failed" in caplog.text
    assert "the connection is gone" in caplog.text


def test_it_refuses_to_start_where_nothing_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise SystemExit("owner")

    monkeypatch.setattr(run_ticks, "refuse_unsafe_start", refuse)
    with pytest.raises(SystemExit):
        call_command("run_ticks", "--once")
