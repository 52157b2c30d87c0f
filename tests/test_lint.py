"""The code is as `make lint` wants it: nothing that ruff finds, formatted, types of rules, actions and the demo sound."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.typed_modules import typed_modules

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy", *typed_modules()),
}


@pytest.mark.parametrize("name", CHECKS)
def test_lint(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *CHECKS[name]],
        cwd=ROOT,
        env={**os.environ, "GEZHI_ENV": "development"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
