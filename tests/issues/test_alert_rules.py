"""What an alert may be about; no database."""

import pytest

from issues.alerts import ABOUT_PERSONS, SEVERITIES, check_alert, is_worse
from trail.refusals import Refused


@pytest.mark.parametrize(
    ("severity", "kind", "danger", "keys", "code"),
    [
        ("minor", "help", False, {"road_light"}, None),
        ("major", "hazard", False, {"hazard_fire"}, None),
        ("critical", "hazard", True, {"danger_fire"}, None),
        ("critical", "hazard", False, {"hazard_fire"}, "severity"),
        ("major", "hazard", True, {"danger_fire"}, "severity"),
        ("info", "dispute", False, {"order_dispute"}, "person"),
        ("info", "complaint", False, {"voice_staff"}, "person"),
        ("info", "help", False, {"care_old", "care"}, "person"),
        ("critical", "hazard", True, {"danger_person", "danger"}, "person"),
    ],
)
def test_things_and_places_only_and_danger_for_the_worst_only(severity, kind, danger, keys, code):
    said = None
    try:
        check_alert(severity, kind=kind, danger=danger, keys=frozenset(keys))
    except Refused as refused:
        said = refused.code
    assert said == code


def test_severities_rise():
    keys = [one.key for one in SEVERITIES]
    assert keys == ["info", "minor", "major", "critical"]
    assert all(is_worse(keys[n + 1], keys[n]) and not is_worse(keys[n], keys[n]) for n in range(3))


def test_what_is_about_persons_names_rows_of_our_own_list():
    from pathlib import Path

    from calendars.rows import read_csv

    with (Path(__file__).parents[2] / "issues/data/categories.csv").open(encoding="utf-8") as file:
        assert {one["key"] for one in read_csv(file)} >= ABOUT_PERSONS
