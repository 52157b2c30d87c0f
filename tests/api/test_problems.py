"""What a refusal is called: each code has one title, a type of its own, and a place on the page where that leads."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from rest_framework.test import APIClient

from issues.rules import GUARDS
from notices.webhooks import BAD_ADDRESS
from tests.api.conftest import ISSUES
from tests.architecture.house import FLOORS
from tests.builders import Town
from trail.problem_types import BLANK, PAGE, TITLES, call_problems, type_of
from trail.problems import document, document_of
from trail.refusals import Refused
from volunteers.actions.facts import LISTS
from volunteers.actions.stations import LONGEST
from volunteers.wishes import REASONS, problems_of

Api = Callable[[str], APIClient]
ROOT = Path(__file__).resolve().parents[2]
RAISES = {"Refused", "NotAllowed", "Stale", "hold_open", "__init__", "problem", "document", "TooLarge"}
# Where the code is no word in the source: which ones it may be there.
WORKED_OUT: dict[str, set[str]] = {
    "accounts/actions/people.py": {"username", "display_name"},
    "grids/actions/locks.py": {"closed_target"},
    "issues/rules.py": set(GUARDS),
    "notices/webhook_actions.py": set(BAD_ADDRESS),
    "trail/problems.py": {"refused", "throttled", "scope", "too_large"},
    "volunteers/actions/activities.py": {"title", "what", "place"},
    "volunteers/actions/days.py": {"day_full", "overlap"},
    "volunteers/actions/facts.py": set(LISTS),
    "volunteers/actions/people.py": {"active", "erased"},
    "volunteers/actions/stations.py": set(LONGEST),
    "volunteers/actions/wish_step.py": set(REASONS),
    "volunteers/actions/wishes.py": {code for code, _why in problems_of("", "", "", consent=False)}
    | {code for code, _why in problems_of("1" * 11, "", "", consent=True)},
    "volunteers/api/wishes.py": set(REASONS),
}


def raised() -> Iterator[tuple[str, str]]:
    """(module, code) of every refusal in the source; "" for a code that is worked out."""
    for path in sorted(path for app in FLOORS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _raises(node.func):
                for word in node.keywords:
                    if word.arg == "code":
                        said = word.value.value if isinstance(word.value, ast.Constant) else ""
                        yield str(path.relative_to(ROOT)), str(said)


def _raises(called: ast.expr) -> bool:
    name = getattr(called, "id", getattr(called, "attr", ""))
    return name in RAISES or name == "kind"  # of volunteers.actions.wish_step: NotAllowed or Refused


def home_of(code: str) -> str:
    """The app whose table names it."""
    for app in FLOORS:
        module = ROOT / app / ("problem_types.py" if app == "trail" else "problem_titles.py")
        if module.exists() and f'"{code}":' in module.read_text(encoding="utf-8"):
            return app
    return "issues" if code in GUARDS else "notices"


def test_every_code_that_can_be_raised_has_a_title() -> None:
    found = list(raised())
    assert len(found) > 400
    assert {module for module, code in found if not code} <= set(WORKED_OUT), (
        "say which codes it may be there"
    )
    codes = {code for _module, code in found if code}.union(*WORKED_OUT.values())
    assert sorted(codes - set(TITLES)) == []
    assert sorted(set(TITLES) - codes) == [], "nobody says this any more"


def test_a_code_is_named_on_its_own_floor_or_below() -> None:
    wrong = [
        (module, code)
        for module, code in raised()
        if code and home_of(code) != (app := module.split("/")[0]) and FLOORS[home_of(code)] >= FLOORS[app]
    ]
    assert wrong == []


def test_no_two_are_called_the_same_and_none_is_named_twice() -> None:
    with translation.override("en"):
        named = [str(title) for title in TITLES.values()]
    assert len(set(named)) == len(named) and all(named)
    with pytest.raises(ValueError, match="stale"):
        call_problems({"stale": "x"})


def test_each_type_leads_to_its_place_on_a_page_in_both_languages(db: None) -> None:
    for language in ("zh-hans", "en"):
        with translation.override(language):
            page = Client().get(PAGE, headers={"Accept-Language": language})
            text = page.content.decode()
            assert page.status_code == 200
            for code, title in TITLES.items():
                assert text.count(f'id="code-{code}"') == 1
                assert type_of(code) == f"{PAGE}#code-{code}"
                assert f"<dd>{escape(title)}</dd>" in text
    assert "<script>" not in text and "style=" not in text and 'src="http' not in text


def test_what_only_the_status_says_is_blank(town: Town, api: Api) -> None:
    client = api("spotter")
    missing, wrong = client.get(f"{ISSUES}{'z' * 16}/"), client.post(ISSUES, {})
    unsigned = APIClient().get(ISSUES)
    for answer, status in ((missing, 404), (wrong, 400), (unsigned, 401)):
        told = answer.json()
        assert (answer.status_code, told["type"]) == (status, BLANK) and "code" not in told
    told = document_of(Refused("because", code="of a later version"))
    assert told["type"] == BLANK and told["title"]


def test_a_refusal_is_told_by_its_type(town: Town, api: Api) -> None:
    address = f"{ISSUES}{town.report().code}/submit_result/"
    told = api("grid_worker").post(address, {"outcome": "solved", "text": "演示"}).json()
    assert (told["status"], told["code"], told["type"]) == (409, "wrong_state", f"{PAGE}#code-wrong_state")
    assert told["title"] == "Not possible in this state" and told["detail"] and told["allowed"]


def test_what_stands_within_an_answer_has_its_type_too(town: Town, api: Api) -> None:
    row = {"key": "order-1", "place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}
    answer = api("spotter").post(f"{ISSUES}batch/", {"rows": [row, row | {"text": "演示:另一件事,没有清运"}]})
    problem = answer.json()["results"][1]["problem"]
    assert (problem["status"], problem["type"]) == (422, f"{PAGE}#code-key_reused")
    assert document(503, "x", code="busy")["title"] != "x"


def test_a_blank_of_a_template_is_named(town: Town, api: Api) -> None:
    issue = town.report()
    api("grid_worker").post(f"{ISSUES}{issue.code}/sign/", {})
    words = {"outcome": "solved", "text": "我们于（日期）到现场办理。"}
    answer = api("grid_worker").post(f"{ISSUES}{issue.code}/submit_result/", words)
    told = answer.json()
    assert (answer.status_code, told["code"], told["title"]) == (
        409, "unfilled", "Something of a template is not filled in",
    )  # fmt: skip
    assert told["detail"] == "Fill in what the template leaves open, or take it out: （日期）."
