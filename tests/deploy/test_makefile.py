"""The commands of the Makefile: what they are, and what `make demo` makes of PORT= and RESET=."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()


def would_run(*words: str) -> str:
    """The lines that make would hand to the shell; nothing is run."""
    env = {"PATH": os.environ["PATH"]}  # nothing of the make that runs these tests
    answer = subprocess.run(["make", "-n", *words], cwd=ROOT, env=env, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_no_command_is_taken_for_a_file() -> None:
    """A file or folder of that name would make it "up to date"."""
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony and targets == set(phony[1].split())


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), "-m demo --port 8000"),
        (("PORT=8123",), "-m demo --port 8123"),
        (("RESET=1",), "-m demo --port 8000 --reset"),
        (("RESET=0",), "-m demo --port 8000"),
        (("PORT=0", "RESET=yes"), "-m demo --port 0 --reset"),
    ],
)
def test_demo_passes_on_what_it_is_given(words: tuple[str, ...], wanted: str) -> None:
    lines = [line.strip() for line in would_run("demo", *words).splitlines() if "-m demo" in line]
    assert [line.partition(" ")[2].partition(" ")[2] for line in lines] == [wanted]


def test_demo_prepares_its_own_ground() -> None:
    """On a bare clone: the virtual environment first, then the words, then the district."""
    text = would_run("demo")
    places = [text.index(word) for word in ("scripts/bootstrap.py", "scripts/compile_messages.py", "-m demo")]
    assert places == sorted(places)
