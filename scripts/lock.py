"""Make requirements/constraints.txt anew: install the requirements into a fresh environment and freeze it."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements/constraints.txt"
HEAD = "# The whole lock: every version that is installed, direct or not. Remade with: make lock"
# Needed only by some interpreters, so a freeze on another one does not show them.
CONDITIONAL = ['async-timeout==5.0.1 ; python_full_version < "3.11.3"']
# Django takes it whenever it is importable, whatever the settings say.
NEVER = re.compile(r"^psycopg(-binary|-c|-pool)?==", re.IGNORECASE)


def resolve(place: Path) -> list[str]:
    """The frozen lines of a fresh environment with all requirements."""
    (place / "requirements").mkdir()
    for name in (
        "requirements.txt",
        "requirements/demo.txt",
        "requirements/sso.txt",
        "requirements/channels.txt",
        "requirements/test.txt",
    ):
        lines = (ROOT / name).read_text().splitlines()
        (place / name).write_text("\n".join(line for line in lines if not line.startswith("-c ")) + "\n")
    subprocess.run([sys.executable, "-m", "venv", place / "venv"], check=True)
    pip = [str(place / "venv/bin/python"), "-m", "pip"]
    subprocess.run([*pip, "install", "-q", "-r", str(place / "requirements/test.txt")], check=True)
    return subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout.splitlines()


def main() -> None:
    """Write the lock, unless it would bring psycopg 3 along."""
    with tempfile.TemporaryDirectory() as place:
        lines = sorted({*resolve(Path(place)), *CONDITIONAL}, key=str.lower)
    if unwanted := [line for line in lines if NEVER.match(line)]:
        sys.exit(f"psycopg 3 would be installed ({unwanted[0]}); find out what asks for it.")
    LOCK.write_text("\n".join([HEAD, *lines]) + "\n")


if __name__ == "__main__":
    main()
