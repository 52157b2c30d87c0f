"""What is installed: pinned, explained, locked, and never psycopg 3."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("requirements/sso.txt", "requirements/channels.txt")
FILES = ("requirements.txt", "requirements/demo.txt", *EXTRAS, "requirements/test.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[\w,]+\])?==([\w.]+)(.*)$")


def lines(name):
    return [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]


def lock():
    """Normalised name → version."""
    pins = [PIN.match(line) for line in lines("requirements/constraints.txt")]
    assert all(pins)
    return {re.sub("[-_.]+", "-", pin[1]).lower(): pin[3] for pin in pins}


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_pinned_as_locked_and_says_what_it_is_for(name):
    locked = lock()
    for line in lines(name):
        pin = PIN.match(line)
        assert pin, line
        assert re.search(r"  # \w", pin[4]), f"no reason given: {line}"
        assert locked[re.sub("[-_.]+", "-", pin[1]).lower()] == pin[3]


def test_psycopg_3_stays_out():
    """Django takes it whenever it is importable, whatever else is installed."""
    assert not {name for name in lock() if re.fullmatch(r"psycopg(-binary|-c|-pool)?", name)}
    with pytest.raises(ImportError):
        import psycopg  # noqa: F401


def test_requirements_name_no_index():
    for path in [ROOT / name for name in (*FILES, "requirements/constraints.txt")]:
        assert "://" not in path.read_text()


# Imported by nobody: started, or found by another package.
STARTED = {"granian", "psycopg2-binary", "requests"}


def sources(*, demo):
    """Our own modules; the demo's may use more."""
    apps = {path.parent for path in ROOT.glob("*/apps.py")} | {ROOT / "governance"}
    places = {ROOT / "demo", ROOT / "scripts"} if demo else apps - {ROOT / "demo"}
    return [path for place in places for path in place.rglob("*.py")]


def required(*names):
    """Modules that the requirement files bring by name: distribution → module names."""
    wanted = {re.sub("[-_.]+", "-", PIN.match(line)[1]).lower() for name in names for line in lines(name)}
    modules = {name: set() for name in wanted}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules.get(re.sub("[-_.]+", "-", distribution).lower(), set()).add(module)
    return modules


def test_every_requirement_is_used():
    code = "\n".join(path.read_text() for demo in (True, False) for path in sources(demo=demo))
    for distribution, modules in required("requirements.txt", "requirements/demo.txt", *EXTRAS).items():
        used = any(re.search(rf"\b{module}\b", code) for module in modules)
        assert used or distribution in STARTED, f"{distribution} is installed for nothing"


def running(tree):
    """All nodes but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


@pytest.mark.parametrize("demo", [False, True], ids=["apps", "demo and scripts"])
def test_every_import_is_required_by_name(demo):
    """What comes along with something else today may stay away tomorrow."""
    files = FILES if demo else ("requirements.txt", *EXTRAS)
    known = set().union(*required(*files).values()) | sys.stdlib_module_names
    known |= {path.name for path in ROOT.iterdir() if path.is_dir()}
    for path in sources(demo=demo):
        for node in running(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in names:
                assert name.partition(".")[0] in known, f"{path.relative_to(ROOT)} imports {name}"
