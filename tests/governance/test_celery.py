"""The life that a worker or a beat shows of itself, and the check that a container asks."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from governance.celery import app
from tests.starting import run_python
from trail.tasks import heartbeat


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.HEARTBEAT_FILE = str(tmp_path / "heartbeat")
    return tmp_path / "heartbeat"


@pytest.mark.django_db
def test_a_worker_shows_life_with_each_task(file: Path) -> None:
    heartbeat.apply()
    assert file.exists()


def test_a_beat_shows_life_with_each_tick_that_the_broker_took(file: Path) -> None:
    app.send_task("trail.tasks.heartbeat", queue="of-a-test", expires=1)
    assert file.exists()


@pytest.mark.django_db
def test_elsewhere_nothing_is_written(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings.HEARTBEAT_FILE = ""
    heartbeat.apply()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("age", "code", "told"),
    [(0, 0, ""), (100, 0, ""), (150, 1, "silent for 15"), (None, 1, "not a single task")],
)
def test_the_check(tmp_path: Path, age: int | None, code: int, told: str) -> None:
    file = tmp_path / "heartbeat"
    if age is not None:
        file.touch()
        os.utime(file, (time.time() - age,) * 2)
    answer = run_python("scripts/check_process.py", env={"HEARTBEAT_FILE": str(file)})
    assert answer.returncode == code and told in answer.stderr
