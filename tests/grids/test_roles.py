"""The table of roles: every row complete, and the rules of the domain that it must keep."""

import pytest

from grids.levels import LEVELS
from grids.roles import ANY, BODY, CAPABILITIES, ROLES, STANDS_BEHIND, role_choices, roles_that


@pytest.mark.parametrize("row", ROLES.values(), ids=lambda row: row.key)
def test_every_role_is_complete(row) -> None:
    assert str(row.label)
    assert row.at and row.at <= {*LEVELS, ANY, BODY}
    assert row.can and row.can <= set(CAPABILITIES)
    assert len(row.key) <= 30


def test_every_capability_is_somebodys_and_has_a_label() -> None:
    assert set().union(*(row.can for row in ROLES.values())) == set(CAPABILITIES)
    assert all(str(label) for label in CAPABILITIES.values())
    assert [key for key, _ in role_choices()] == list(ROLES)


@pytest.mark.parametrize("key", ["part_time_grid_worker", "spotter"])
def test_who_only_reports_never_sees_contact_data(key: str) -> None:
    assert ROLES[key].can == {"report"}
    assert ROLES[key].external and not ROLES[key].sees_contact


@pytest.mark.parametrize("key", ["system_admin", "security_admin", "audit_admin"])
def test_administrators_are_separate_and_handle_no_issues(key: str) -> None:
    row = ROLES[key]
    assert not row.can & {"screen", "dispatch", "handle", "whistle", "verify", "supervise", "lift"}
    assert not row.sees_contact
    others = [ROLES[name] for name in ("system_admin", "security_admin", "audit_admin") if name != key]
    assert not any(row.can & other.can for other in others)


def test_building_heads_see_their_own_building_and_no_contact_data() -> None:
    for key in ("building_head", "building_party_leader"):
        assert ROLES[key].can == {"report", "own_building"} and not ROLES[key].sees_contact


def test_only_the_full_time_worker_is_sole() -> None:
    assert [row.key for row in ROLES.values() if row.sole] == ["grid_worker"]


def test_somebody_of_a_district_can_stand_behind_everything() -> None:
    assert any(row.fits("district") and row.can & STANDS_BEHIND for row in ROLES.values())
    assert roles_that(*STANDS_BEHIND) >= {"district_dispatcher", "street_dispatcher", "grid_worker"}


def test_fits() -> None:
    assert ROLES["spotter"].fits("street") and ROLES["spotter"].fits(BODY)
    assert ROLES["grid_worker"].fits("grid") and not ROLES["grid_worker"].fits("community")
