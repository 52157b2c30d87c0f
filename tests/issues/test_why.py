"""Why did this go there: the rule, the category, the place and the version that decided."""

import pytest
from django.utils import translation

from grids.actions.policies import set_policy
from issues.why import REASONS, why
from tests.builders import Town
from tests.issues.acting import Acting, events


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def decide(town: Town, key: str, value: dict, **more) -> int:
    usual = {"by": town.people["system_admin"], "now": town.now, "reason": "演示:试行"} | more
    return set_policy(usual.pop("unit", town.district), key, value, **usual).pk


def test_by_the_category(town, django_assert_max_num_queries) -> None:
    issue = town.report("litter")
    with django_assert_max_num_queries(4):
        found = why(issue)
    assert (found.reason, found.policy, found.moved) == ("category", None, False)
    assert town.grid.name in found.sentence
    assert "litter" in found.sentence


def test_by_a_version_of_the_streets_rule(town, django_assert_max_num_queries) -> None:
    version = decide(town, "categories", {"litter": {"responsible": "community"}}, unit=town.street)
    issue = town.report("litter")
    with django_assert_max_num_queries(4):
        found = why(issue)
    assert (found.reason, found.policy) == ("policy", version)
    for part in (town.street.name, town.community.name, str(version), "litter"):
        assert part in found.sentence


def test_the_version_that_decided_not_the_one_of_today(town) -> None:
    first = decide(town, "categories", {"litter": {"responsible": "community"}})
    issue = town.report("litter")
    decide(town, "categories", {"litter": {"responsible": "street"}})
    assert why(issue).policy == first


def test_outside_the_duty_list(town) -> None:
    item = {"group": "组", "name": "项", "state": "banned", "categories": ["litter"]}
    version = decide(town, "duty_list", {"a": item})
    found = why(town.report("litter"))
    assert (found.reason, found.policy) == ("duty_list", version)


@pytest.mark.parametrize(("category", "reason"), [("fire", "danger"), ("other", "community_screens")])
def test_danger_and_screening(town, category, reason) -> None:
    assert why(town.report(category)).reason == reason


def test_screening_decides_anew(town, act: Acting) -> None:
    issue = act("screen", town.report("other"), "community_worker", category=town.categories["noise"])
    assert why(issue).reason == "category"
    assert "noise" in why(issue).sentence


def test_moved_on_by_people(town, act: Acting) -> None:
    issue = act("hand_up", act.handling("litter"), "grid_worker")
    assert why(issue).moved


def test_every_reason_of_a_route_has_its_sentence() -> None:
    import ast
    from pathlib import Path

    import issues.routing

    tree = ast.parse(Path(issues.routing.__file__).read_text())
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Route"
    ]
    said = {call.args[2].value for call in calls if isinstance(call.args[2], ast.Constant)}
    assert said | {"policy", "category"} == set(REASONS)


def test_a_whistle_that_climbs_moves_nothing_on(town, act: Acting) -> None:
    issue = act.handling("noise", "community_worker")
    act("whistle", issue, "community_worker", kind="emergency", bodies=[town.office])
    act.later(minutes=5)
    act.sweep()
    assert events(issue)[-1] == "climb"
    assert not why(issue).moved
