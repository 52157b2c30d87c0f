"""Make the virtual environment and install a locked set of requirements; only what changed.

    python3 scripts/bootstrap.py VENV demo|test

Runs on the system's interpreter, so it uses nothing but the standard library.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "demo": ("requirements.txt", "requirements/demo.txt", "requirements/constraints.txt"),
    "test": (
        "requirements.txt",
        "requirements/demo.txt",
        "requirements/sso.txt",
        "requirements/channels.txt",
        "requirements/test.txt",
        "requirements/constraints.txt",
    ),
}
# What else a set brings along: after `test`, `demo` needs nothing.
INCLUDES = {"demo": ("demo",), "test": ("demo", "test")}
NO_VENV = (
    "This Python cannot make a virtual environment. On Debian: apt-get install python3-venv "
    "(or name another: make PYTHON=/path/to/python3.11)"
)


def digest(kind: str) -> str:
    """What the installed set must match: the requirement files and the interpreter."""
    text = b"".join((ROOT / name).read_bytes() for name in FILES[kind])
    return hashlib.sha256(text + sys.version.encode()).hexdigest()


def make_venv(venv: Path) -> None:
    """A new environment, unless there is one that still runs."""
    python = venv / "bin/python"
    if (
        python.exists()
        and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    ):
        return
    try:
        import ensurepip  # noqa: F401  (Debian ships it apart, in python3-venv)
    except ImportError:
        sys.exit(NO_VENV)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", venv]).returncode:
        sys.exit(NO_VENV)


def main() -> None:
    """Install the set named on the command line if its stamp does not match."""
    if sys.version_info < (3, 11):  # noqa: UP036  (any python3 may run this file)
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. make PYTHON=python3.11")
    venv, kind = Path(sys.argv[1]), sys.argv[2]
    stamp = venv / f".installed-{kind}"
    if stamp.exists() and stamp.read_text() == digest(kind):
        return
    began = time.monotonic()
    print(f"  … 安装依赖 / installing requirements ({kind}) into {venv}", flush=True)
    make_venv(venv)
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", str(ROOT / FILES[kind][-2])]).returncode:
        sys.exit("Installing the requirements failed; the lines above say why.")
    for name in INCLUDES[kind]:
        (venv / f".installed-{name}").write_text(digest(name))
    print(f"  ✓ 依赖 / requirements  {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
