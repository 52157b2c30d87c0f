"""The supervisor with real processes: what dies comes back, and nothing outlives it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo import processes
from demo.supervisor import answer
from tests.live import ROOT, LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.chaos]
SERVICES = ("web", "worker-sweep", "worker-fanout", "worker-deliver", "worker-jobs", "beat")


@pytest.fixture(scope="module")
def stack(stack_factory):
    return stack_factory()


def all_pids(stack):
    """Leaders and everything in their groups."""
    groups = set(stack.ready["pids"].values())
    return {pid for pid in processes._pids() if processes.is_running(pid) and os.getpgid(pid) in groups}


def is_ready(stack):
    port = int(stack.base_url.rpartition(":")[2])
    return answer(port, "/readyz")[0] == 200


def test_everything_runs_as_app_and_apart(stack):
    pids = stack.ready["pids"]
    assert set(pids) == {"postgres", "broker", *SERVICES}
    assert len({os.getpgid(pid) for pid in pids.values()}) == len(pids)
    for name in SERVICES:
        environ = Path(f"/proc/{pids[name]}/environ").read_text()
        assert "gezhi_app:" in environ
        assert "gezhi_owner" not in environ


@pytest.mark.parametrize("name", ["web", "worker-sweep", "beat", "broker", "postgres"])
def test_what_dies_comes_back(stack, name):
    wait_for(lambda: is_ready(stack), "ready before")
    old = stack.kill(name)
    assert stack.wait_restarted(name, old) != old
    wait_for(lambda: is_ready(stack), "ready again")


def test_held_ones_stay_down_until_released(stack):
    stack.hold("worker-fanout")
    old = stack.kill("worker-fanout")
    beat = stack.kill("beat")
    stack.wait_restarted("beat", beat)
    assert stack.pid("worker-fanout") is None
    stack.hold()
    stack.wait_restarted("worker-fanout", old)


def test_second_start_is_refused_clearly(stack):
    command = [sys.executable, "-m", "demo", "--stack-only", "--port", "0", "--dir", str(stack.directory)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "running already" in answer.stderr and stack.base_url in answer.stderr
    assert "Traceback" not in answer.stderr
    assert is_ready(stack)


def test_taken_port_is_named(stack, tmp_path):
    port = stack.base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "demo", "--stack-only", "--port", port, "--dir", str(tmp_path / "other")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 2
    assert port in answer.stderr and "make demo PORT=" in answer.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda s: s.name)
def test_nothing_outlives_the_supervisor(stack, number):
    pids = all_pids(stack)
    assert len(pids) > len(SERVICES) + 2
    stack.stop(number)
    wait_for(lambda: not any(map(processes.is_running, pids)), "all processes gone", 30)
    stack.start()  # data and addresses are still there
    assert is_ready(stack)


@pytest.mark.parametrize("seconds", [0.2, 1.0, 2.5, 5.0])
def test_a_start_that_is_stopped_halfway_leaves_nothing(seconds):
    directory = LiveStack().directory
    command = [
        sys.executable,
        "-m",
        "demo",
        "--stack-only",
        "--no-seed",
        "--port",
        "0",
        "--dir",
        str(directory),
    ]
    start = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(seconds)
    start.terminate()
    start.communicate(timeout=60)
    assert processes.leftovers(directory, [directory / "postgres", directory / "broker"]) == []
    shutil.rmtree(directory.parent)


def test_rows_survive_a_killed_supervisor(stack):
    stack.query("CREATE TABLE kept AS SELECT 7 AS n", owner=True)
    stack.stop(signal.SIGKILL)
    stack.start()
    assert stack.query("SELECT n FROM kept", owner=True) == [(7,)]


def test_a_foreign_directory_is_refused_even_for_a_reset(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    command = [sys.executable, "-m", "demo", "--stack-only", "--port", "0", "--reset", "--dir", str(tmp_path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "not a demo's directory" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]
