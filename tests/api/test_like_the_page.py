"""The list of issues over REST and that of the staff admin find the same, word by word and filter by filter."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.models import Issue
from tests.api.conftest import ISSUES, Clock
from tests.api.test_lists import codes
from tests.builders import Town
from tests.faces import signed_in
from tests.issues.acting import USUAL

Api = Callable[[str], APIClient]
PAGE = "/admin/issues/issue/"
PEOPLE = ("district_dispatcher", "street_leader", "street_dispatcher", "community_secretary", "grid_worker")
# What is typed into the field for searches, → the matters that have it.
SEARCHES = {
    "垃圾": {"heap", "bags"},
    "垃圾 天光": {"heap"},
    "天光　垃圾": {"heap"},
    "垃圾 黑水": {"bags"},
    "垃圾 天光 半夜": set(),
    '"成堆 在路口"': {"heap"},
    "成堆 '在路口'": {"heap"},
    '"天光 垃圾"': set(),
    "地下室": {"noise"},
    "夜里 地下室": {"noise"},
    "100%": {"bags"},
    "1_0": set(),
    "{heap.code}": {"heap"},
    "{heap.number}": {"heap"},
    " {heap.number} ": {"heap"},
    "{heap.number} 垃圾": set(),
    "20260309-000001": set(),
    '"': None,
    "'垃圾": set(),
}
# What the page is asked, and what a program asks for the same.
FILTERS = (
    ("due=open", {"open": "true"}),
    ("due=late", {"overdue": "true"}),
    ("due=letter", {"supervised": "true"}),
    ("due=ended", {"open": "false"}),
    ("today=reported", {"today": "reported"}),
    ("today=done", {"today": "done"}),
    ("today=rated", {"today": "rated"}),
    ("whose=mine", {"mine": "true"}),
    ("whose=called", {"called": "true"}),
    ("whose=asked", {"asked": "true"}),
    ("whose=led", {"led": "true"}),
    ("whose=registered", {"registered": "true"}),
    ("state__exact=closed", {"state": "closed"}),
    ("source__exact=phone", {"source": "phone"}),
    ("is_danger__exact=1", {"danger": "true"}),
    ("is_danger__exact=0", {"danger": "false"}),
    ("whose=led&due=open&q=演示", {"led": "true", "open": "true", "q": "演示"}),
    ("today=reported&q=垃圾 天光", {"today": "reported", "q": "垃圾 天光"}),
)


@pytest.fixture
def matters(town: Town, clock: Clock) -> dict[str, Issue]:
    """Each of another kind; one of the day before, rated today."""
    people, before = town.people, town.now - timedelta(days=1)
    made = {
        "heap": town.report("litter", text="演示:垃圾 成堆 在路口"),
        "bags": town.report("permit", place=town.far_building, text="演示:垃圾袋 100% 满了"),
        "noise": town.report(
            "noise", source="phone", by=people["community_secretary"], text="演示:夜里太吵", spot="地下室"
        ),
        "fire": town.report("fire", place=town.other_building, text="演示:楼道冒烟"),
        "rated": town.report("noise", now=before, text="演示:装修太吵"),
        "old": town.report("noise", now=before, text="演示:音响太吵"),
    }

    def do(name: str, verb: str, by: str, **more: Any) -> None:
        given = USUAL.get(verb, {}) | more
        PERFORM[verb](Issue.objects.get(pk=made[name].pk), by=people[by], now=town.now, **given)

    for name in ("noise", "rated", "old"):
        do(name, "sign", "community_secretary")
    do("rated", "answer", "community_secretary")
    rated = Issue.objects.get(pk=made["rated"].pk)
    PERFORM["rate"](rated, by=None, now=town.now, answered=True, solved=True, satisfied=True)
    do("old", "supervise", "supervisor")
    do("noise", "whistle", "community_secretary", kind="quick", bodies=[town.department])
    Issue.objects.filter(pk=made["heap"].pk).update(leader=people["street_leader"])
    clock.forward(minutes=30)
    return {name: Issue.objects.get(pk=issue.pk) for name, issue in made.items()}


@pytest.fixture
def on_page(town: Town) -> Callable[..., list[str]]:
    def listed(person: str, query: str) -> list[str]:
        town.people[person].is_staff = True
        town.people[person].save(update_fields=["is_staff"])
        answer = signed_in(town, person).get(f"{PAGE}?{query}")
        assert answer.status_code == 200, (query, answer.status_code)
        return [issue.code for issue in answer.context["cl"].result_list]

    return listed


@pytest.mark.parametrize("typed", SEARCHES)
def test_the_same_words_find_the_same(
    town: Town, api: Api, matters: dict[str, Issue], on_page: Callable[..., list[str]], typed: str
) -> None:
    words, names = typed.format(**matters), {issue.code: name for name, issue in matters.items()}
    shown = on_page("district_dispatcher", urlencode({"q": words}))
    found = codes(api("district_dispatcher"), ISSUES, q=words)
    assert sorted(shown) == sorted(found)
    if (wanted := SEARCHES[typed]) is not None:
        assert {names[code] for code in found} == wanted


@pytest.mark.parametrize(("asked", "query"), FILTERS)
def test_the_same_filter_finds_the_same(
    api: Api, matters: dict[str, Issue], on_page: Callable[..., list[str]], asked: str, query: dict[str, str]
) -> None:
    for person in PEOPLE:
        assert sorted(on_page(person, asked)) == sorted(codes(api(person), ISSUES, **query)), person


def test_filters_of_people_and_days_find_what_they_say(api: Api, matters: dict[str, Issue]) -> None:
    names = {issue.code: name for name, issue in matters.items()}

    def found(person: str = "district_dispatcher", **query: str) -> set[str]:
        return {names[code] for code in codes(api(person), ISSUES, **query)}

    assert found(supervised="true") == {"old"} and found(supervised="false") == set(names.values()) - {"old"}
    assert found(today="reported") == {"heap", "bags", "noise", "fire"}
    assert found(today="done") == found(today="rated") == {"rated"}
    assert found("street_leader", led="true") == {"heap"} and found(led="true") == set()
    assert found("community_secretary", registered="true") == {"noise"} and found(registered="true") == set()


def test_in_the_order_of_what_is_due_the_rows_are_the_same(
    api: Api, matters: dict[str, Issue], on_page: Callable[..., list[str]]
) -> None:
    for person in PEOPLE:
        assert on_page(person, "due=open") == codes(api(person), ISSUES, ordering="due"), person
        assert on_page(person, "due=open&q=演示") == codes(api(person), ISSUES, ordering="due", q="演示")


def test_an_unknown_day_is_a_400_that_names_it(api: Api) -> None:
    answer = api("grid_worker").get(ISSUES, {"today": "yesterday"})
    assert answer.status_code == 400 and list(answer.json()["errors"]) == ["today"]
