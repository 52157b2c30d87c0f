"""What may be the same, asked over REST before a report: the rows of the page, and no window to more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from issues.models import Issue
from tests.api.conftest import ISSUES
from tests.builders import Town

Api = Callable[[str], APIClient]
ADDRESS = f"{ISSUES}likely/"
LAMP = "演示:楼道灯坏了,没人修"


def ask(town: Town, client: APIClient, **more: Any) -> Any:
    return client.get(ADDRESS, {"place": town.building.code, "category": "litter", "text": LAMP} | more)


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content.decode()
    return [one["code"] for one in answer.json()]


def test_what_is_alike_and_all_that_the_page_shows_of_it(town: Town, api: Api) -> None:
    known = town.report(text=LAMP)
    town.report("road", text="演示:电梯停运了")
    (one,) = ask(town, api("grid_worker")).json()
    assert (one["code"], one["number"], one["text"]) == (known.code, known.number, LAMP)
    assert (one["place"], one["open"], one["closed_at"]) == (known.place_label, True, None)
    assert one["state"]["key"] == known.state and one["category"]["key"] == "litter"


def test_never_a_dispute_or_a_complaint_about_somebody(town: Town, api: Api) -> None:
    town.report(text=LAMP, kind="dispute")
    complaint = town.report(text=LAMP)
    Issue.objects.filter(pk=complaint.pk).update(about_unit=town.grid)
    assert codes(ask(town, api("street_dispatcher"))) == []
    known = town.report(text=LAMP)
    assert codes(ask(town, api("street_dispatcher"))) == [known.code]
    assert codes(ask(town, api("street_dispatcher"), kind="dispute")) == []


def test_a_danger_does_not_wait(town: Town, api: Api) -> None:
    town.report(text=LAMP)
    assert codes(ask(town, api("grid_worker"), category="fire")) == []


def test_only_what_one_sees_and_only_for_who_reports(town: Town, api: Api) -> None:
    town.report(text=LAMP)
    assert ask(town, api("far_worker")).status_code == 400
    assert codes(ask(town, api("spotter"))) == []
    assert ask(town, api("body_officer")).status_code == 403
    assert ask(town, APIClient()).status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"place": "nowhere"}, {"category": "nothing"}, {"text": ""}, {"lon": "125.3"}, {"lat": "x"}]
)
def test_what_cannot_be_is_said(town: Town, api: Api, wrong: dict[str, str]) -> None:
    assert ask(town, api("grid_worker"), **wrong).status_code == 400


def test_three_cost_what_one_does(town: Town, api: Api) -> None:
    def cost() -> int:
        ask(town, api("grid_worker"))
        with CaptureQueriesContext(connection) as captured:
            ask(town, api("grid_worker"))
        return len(captured)

    town.report(text=LAMP)
    one = cost()
    town.report(text=LAMP), town.report(text=LAMP)
    assert len(codes(ask(town, api("grid_worker")))) == 3 and cost() == one
