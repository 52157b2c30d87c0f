"""Python in a process of its own, with exactly the variables that a test gives it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FERNET = "dGhpcnR5LXR3byBieXRlcyBmb3IgdGhlc2UgdGVzdHM="
# The least that production starts with.
PRODUCTION = {
    "GEZHI_ENV": "production",
    "SECRET_KEY": "x" * 50,
    "FIELD_KEYS": FERNET,
    "ALLOWED_HOSTS": "gezhi.example.org",
    "DATABASE_URL": "postgresql://app:c3@db.invalid:5432/gezhi",
    "REDIS_URL": "redis://:d4@broker.invalid:6379/0",
}


def run_python(*words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`python …` in the project's folder; nothing of this process's environment is inherited."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)} | dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def load_settings(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Import the settings, and nothing else."""
    return run_python("-c", "import governance.settings", env=env)
