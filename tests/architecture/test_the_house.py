"""The house itself against its tables. Red? Each entry says where, what is wrong, and where it should go.

The rules are explained in docs/architecture.md; their tables (floors, rooms, budgets, waivers) are house.py.
A new module with a name that house.py does not know counts as a pure rule: name its room there if it is none.
A false alarm gets a Waiver there, with its reason. The other tests here plant violations to prove the checks.
"""

from pathlib import Path

import pytest

from tests.architecture.checks import CHECKS, report, waived
from tests.architecture.house import FLOORS, KNOWN_PURE, ROOF, SPECIAL, WAIVERS, Room
from tests.architecture.source import House

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def house() -> House:
    return House(ROOT)


@pytest.mark.parametrize("name", CHECKS)
def test_the_house_keeps_its_rules(house: House, name: str) -> None:
    red = report(name, CHECKS[name](house))
    if red:
        pytest.fail(red, pytrace=False)


def test_the_checker_sees_the_house(house: House) -> None:
    """A checker that looks into the wrong folder would find nothing wrong."""
    seen = {module.name for module in house.modules}
    assert {"trail.actions", "trail.models", "governance.settings", "manage"} <= seen
    assert not [name for name in seen if ".migrations" in name or name.startswith("tests")]
    assert {"trail", "governance"} <= set(house.apps) <= set(FLOORS)


@pytest.mark.parametrize("name", [*SPECIAL, *KNOWN_PURE])
def test_the_tables_name_what_exists(house: House, name: str) -> None:
    """A module that was renamed would silently fall into another room."""
    assert name in house.by_name, f"{name} stands in a table of house.py but not in the house"


@pytest.mark.parametrize("name", KNOWN_PURE)
def test_the_rules_stand_in_pure_modules(house: House, name: str) -> None:
    assert house.by_name[name].room is Room.PURE, f"{name} carries rules and must stay pure"


def test_every_waiver_still_applies_and_says_why(house: House) -> None:
    used = {
        waived(name, each) for name in {waiver.check for waiver in WAIVERS} for each in CHECKS[name](house)
    }
    for waiver in WAIVERS:
        assert waiver in used, f"nothing needs the waiver {waiver} any more: delete it"
        assert len(waiver.why) > 20


def test_installed_apps_and_floors_are_the_same(house: House) -> None:
    from django.conf import settings

    installed = {name for name in settings.INSTALLED_APPS if (house.root / name).is_dir()}
    assert installed - {ROOF} == set(house.apps) - {ROOF}
