"""Many reports in one request: each as it would be alone, and none hurts another."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.secrets import keyed_hash
from grids.actions.policies import set_policy
from grids.actions.posts import end_post
from grids.actions.tokens import issue_token
from grids.actions.tree import close_unit
from issues.models import Category, Concern, Deadline, Issue, Reporter
from tests.api.conftest import ISSUES
from tests.builders import Town
from tests.issues.invariants import check_invariants
from trail.models import Delivery, Event, IdempotencyKey

Api = Callable[[str], APIClient]
BATCH = f"{ISSUES}batch/"
PLACE = "22010300100100001"
ROW = {"place": PLACE, "category": "litter", "text": "演示:垃圾没有清运"}
ASKED = [{"key": "trapped", "label": "有人被困吗", "label_en": "Trapped?", "type": "bool", "required": True}]


@pytest.fixture
def busy(town: Town) -> Town:
    """A district with rules of its own, a vacancy, a closed building and a category of complaints."""
    admin = town.people["system_admin"]
    rules = {
        "noise": {"responsible": "body", "body": "department-1", "submit": [5, "hours"]},
        "permit": {"photo": "required"},
        "gone": {"active": "no"},
    }
    for key, about, asked in (("staff", True, []), ("gone", False, []), ("lift", False, ASKED)):
        Category.objects.create(
            key=key, name=f"演示{key}", name_en=key, kind="complaint", about_somebody=about, questions=asked
        )
    set_policy(town.district, "categories", rules, by=admin, now=town.now, reason="演示:试行")
    set_policy(
        town.district,
        "limits",
        {"street": {"answer": [30, "minutes"], "submit": [3, "hours"]}},
        by=admin,
        now=town.now,
        reason="演示:试行",
    )
    end_post(town.posts["far_worker"], by=None, now=town.now)
    close_unit(town.other_building, by=None, now=town.now)
    return town


def varied(town: Town) -> list[Any]:
    """Everything that a report may be, good and bad."""
    token = issue_token(town.building, by=None, now=town.now).token
    early = (town.now - timedelta(hours=30)).isoformat()
    return [
        ROW,
        ROW | {"spot": " 北门 ", "lon": 125.3, "lat": 43.9, "kind": "consult", "source": "phone"},
        ROW | {"contact_name": "演示居民", "contact_phone": "138 0000 1234", "on_behalf": True},
        ROW | {"contact_name": "演示居民"},
        ROW | {"contact_phone": "call me"},
        ROW | {"category": "noise"},
        ROW | {"category": "noise", "place": "220103002001"},
        ROW | {"category": "road", "occurred_at": early},
        ROW | {"category": "other"},
        ROW | {"category": "fire"},
        ROW | {"category": "fire", "place": "220103001"},
        ROW | {"category": "fire", "about": "220103001001"},
        ROW | {"category": "staff", "about": "220103001001001"},
        ROW | {"category": "staff", "about": "220103001001001", "about_person": "grid_worker"},
        ROW | {"category": "staff", "about_body": "office-1"},
        ROW | {"category": "staff", "about_person": "community_secretary"},
        ROW | {"category": "staff", "about_person": "far_worker"},
        ROW | {"category": "staff"},
        ROW | {"about": "220103001001", "about_body": "office-1"},
        ROW | {"about": "220103002001"},
        ROW | {"place": "220103002001001"},
        ROW | {"place": "220103", "category": "permit"},
        ROW | {"place": town.other_building.code},
        ROW | {"place": "220103999"},
        {"token": token, "category": "litter", "text": "演示"},
        {"token": "nonsense", "category": "litter", "text": "演示"},
        ROW | {"token": token},
        ROW | {"category": "lift", "answers": {"trapped": True}},
        ROW | {"category": "lift"},
        ROW | {"category": "gone"},
        ROW | {"category": "none"},
        ROW | {"category": "permit", "source": "patrol"},
        ROW | {"source": "hotline"},
        ROW | {"text": " "},
        ROW | {"text": "x" * 2001},
        ROW | {"occurred_at": (town.now + timedelta(days=3)).isoformat()},
        ROW | {"state": "closed", "id": 1, "code": "0" * 16, "owner": "220103"},
        {},
        ROW | {"place": None},
        ROW | {"answers": 3, "lat": "x"},
    ]


def values(row: Any, *without: str) -> dict[str, Any]:
    left_out = {"id", "issue_id", *without}
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in left_out
    }


def written(first: int) -> list[dict[str, Any]]:
    """Everything that stands of the issues from this id on, without ids and codes, in the order they came in."""
    found = []
    for issue in Issue.objects.filter(pk__gte=first).order_by("pk"):
        events = Event.objects.about("issue", issue.pk).order_by("seq")
        reporter = Reporter.objects.filter(issue=issue).first()
        found.append(
            {
                "issue": values(issue, "code"),
                "clocks": [values(row) for row in Deadline.objects.filter(issue=issue).order_by("pk")],
                "events": [values(row, "subject_id", "recorded_at", "xact_id") for row in events],
                "deliveries": [
                    values(row, "event_id") | {"seq": row.event.seq}
                    for row in Delivery.objects.filter(event__in=events).order_by("event__seq", "handler")
                ],
                "concerns": [values(row) for row in Concern.objects.filter(issue=issue).order_by("pk")],
                "reporter": reporter and values(reporter, "last_four_hash"),
                "found by its last four": reporter
                and reporter.last_four_hash
                == keyed_hash(
                    f"{issue.code}:{reporter.phone[-4:]}" if reporter.phone else "", purpose="last_four"
                ),
                "code": len(issue.code),
            }
        )
    return found


@pytest.mark.parametrize("person", ["district_dispatcher", "spotter"])
def test_each_row_is_written_and_refused_as_it_would_be_alone(busy: Town, api: Api, person: str) -> None:
    rows, client = varied(busy), api(person)
    before = transaction.savepoint()
    alone = [client.post(ISSUES, row) for row in rows]
    one_by_one = written(0)
    transaction.savepoint_rollback(before)
    assert not Issue.objects.exists()
    answer = client.post(BATCH, {"rows": rows})
    assert answer.status_code == 200, answer.content.decode()
    results = answer.json()["results"]
    assert written(0) == one_by_one and len(one_by_one) >= 15
    assert [one["status"] for one in results] == [one.status_code for one in alone]
    assert [one["problem"] for one in results] == [
        None if one.status_code == 201 else one.json() for one in alone
    ]
    made = list(Issue.objects.order_by("pk"))
    assert [(one["code"], one["number"]) for one in results if one["status"] == 201] == [
        (issue.code, issue.number) for issue in made
    ]
    assert (answer.json()["created"], answer.json()["refused"]) == (len(made), len(rows) - len(made))
    check_invariants(busy.now)


def test_the_rows_of_the_comparison_reach_all_that_there_is(busy: Town, api: Api) -> None:
    results = api("district_dispatcher").post(BATCH, {"rows": varied(busy)}).json()["results"]
    assert {one["status"] for one in results} == {201, 400, 409}
    assert Issue.objects.filter(is_danger=True).count() == 2
    assert Issue.objects.exclude(about_unit=None, about_body=None).count() >= 4
    assert Issue.objects.exclude(about_user=None).exists() and Issue.objects.exclude(owner_body=None).exists()
    assert Concern.objects.exists() and Reporter.objects.count() >= 2 and Delivery.objects.exists()
    assert Issue.objects.filter(answers={"trapped": True}).exists()
    assert set(Event.objects.filter(subject_type="issue").values_list("verb", flat=True)) == {
        *("report", "dispatch", "alarm")
    }


def test_contact_data_is_encrypted(town: Town, api: Api) -> None:
    rows = [ROW | {"contact_name": "演示居民", "contact_phone": "13800001234"}] * 5
    api("spotter").post(BATCH, {"rows": rows})
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(r::text, '') FROM issues_reporter r")
        text = cursor.fetchone()[0]
    assert Reporter.objects.count() == 5 and "13800001234" not in text and "演示居民" not in text


def test_a_hundred_cost_as_many_statements_as_five(busy: Town, api: Api) -> None:
    def cost(count: int) -> int:
        rows = [
            ROW
            | {"category": ("litter", "noise", "road", "fire")[number % 4], "contact_phone": "13800001234"}
            for number in range(count)
        ]
        with CaptureQueriesContext(connection) as found:
            answer = api("spotter").post(BATCH, {"rows": rows})
        assert answer.json()["created"] == count, answer.content.decode()
        return len(found)

    cost(5)
    assert cost(5) == cost(100) <= 18


def test_without_the_right_to_report_all_of_it_is_refused(town: Town, api: Api) -> None:
    for rows in ([ROW], [{}], [ROW | {"key": "one"}]):
        answer = api("audit_admin").post(BATCH, {"rows": rows})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert not Issue.objects.exists() and not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ([ROW], 400),
        ({"rows": []}, 400),
        ({"rows": {}}, 400),
        ({"rows": "x"}, 400),
        ({"rows": None}, 400),
        ({"rows": [ROW] * 501}, 413),
    ],
)
def test_what_is_no_batch_is_refused_whole(town: Town, api: Api, body: Any, status: int) -> None:
    answer = api("spotter").post(BATCH, body)
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"
    assert not Issue.objects.exists()


def test_too_many_rows_and_too_large_a_body_are_told_apart(town: Town, api: Api) -> None:
    """The one is sent again in halves, and so is the other: in smaller ones."""
    many = api("spotter").post(BATCH, {"rows": [ROW] * 501})
    large = api("spotter").post(BATCH, {"rows": [ROW | {"text": "演" * 2000}] * 450})
    told = [(one.status_code, one.json()["code"], one.json()["title"]) for one in (many, large)]
    assert told == [(413, "too_many_rows", "Too many rows"), (413, "too_large", "The body is too large")]
    assert many.json()["type"] == "/api/docs/problems/#code-too_many_rows" and not Issue.objects.exists()


@pytest.mark.parametrize("row", [None, 1, "x", [], [ROW], {"rows": [ROW]}, ROW | {"photos": []}])
def test_what_is_no_row_is_its_own_problem(town: Town, api: Api, row: Any) -> None:
    answer = api("spotter").post(BATCH, {"rows": [ROW, row, ROW]}).json()
    assert [one["status"] for one in answer["results"]] == [201, 400, 201]
    assert answer["results"][1]["problem"]["errors"] and Issue.objects.count() == 2


def test_five_hundred_are_taken(town: Town, api: Api) -> None:
    answer = api("spotter").post(BATCH, {"rows": [ROW] * 500}).json()
    assert (answer["created"], answer["refused"]) == (500, 0)
    codes = [one["code"] for one in answer["results"]]
    assert codes == list(Issue.objects.order_by("pk").values_list("code", flat=True))


# --- keys ---------------------------------------------------------------------------------------------------
def test_a_batch_sent_again_with_its_rows_keys_makes_nothing_twice(town: Town, api: Api) -> None:
    rows = [ROW | {"key": f"order-{number}"} for number in range(4)]
    first = api("spotter").post(BATCH, {"rows": rows[:3]}).json()
    again = api("spotter").post(BATCH, {"rows": [*rows, ROW]}).json()
    assert [one["replayed"] for one in again["results"]] == [True, True, True, False, False]
    assert [one["code"] for one in again["results"][:3]] == [one["code"] for one in first["results"]]
    assert [one["key"] for one in again["results"]] == [*(row["key"] for row in rows), None]
    assert again["created"] == 5 == Issue.objects.count()


def test_another_row_with_a_known_key_is_a_422_of_its_own(town: Town, api: Api) -> None:
    api("spotter").post(BATCH, {"rows": [ROW | {"key": "one"}]})
    rows = [
        ROW | {"key": "one", "text": "另一件事"},
        ROW | {"key": "two"},
        ROW | {"key": "two", "text": "再一件"},
    ]
    results = api("spotter").post(BATCH, {"rows": rows}).json()["results"]
    assert [one["status"] for one in results] == [422, 201, 422]
    assert results[0]["problem"]["code"] == results[2]["problem"]["code"] == "key_reused"
    assert Issue.objects.count() == 2


def test_the_same_row_twice_in_one_batch_is_one_issue(town: Town, api: Api) -> None:
    results = api("spotter").post(BATCH, {"rows": [ROW | {"key": "one"}] * 3 + [{"key": "bad"}] * 2}).json()
    told = [(one["status"], one["replayed"]) for one in results["results"]]
    assert told == [(201, False), (201, True), (201, True), (400, False), (400, False)]
    assert Issue.objects.count() == 1


def test_a_refused_row_may_be_tried_again_under_its_key(town: Town, api: Api) -> None:
    for text, status in (("", 400), ("演示", 201), ("演示", 201)):
        rows = [ROW | {"key": "one", "text": text}]
        assert api("spotter").post(BATCH, {"rows": rows}).json()["results"][0]["status"] == status
    assert Issue.objects.count() == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 121, "钥匙", [], {}, None, True])
def test_a_row_with_a_key_that_is_none(town: Town, api: Api, key: Any) -> None:
    results = api("spotter").post(BATCH, {"rows": [ROW | {"key": key}, ROW]}).json()["results"]
    assert [one["status"] for one in results] == [400, 201]
    assert "key" in results[0]["problem"]["errors"]


def test_a_key_that_is_a_number_is_that_text(town: Town, api: Api) -> None:
    for key in (7, "7", 7):
        api("spotter").post(BATCH, {"rows": [ROW | {"key": key}]})
    assert Issue.objects.count() == 1


def test_keys_of_rows_are_their_senders_and_no_keys_of_requests(town: Town, api: Api) -> None:
    for person in ("spotter", "grid_worker"):
        api(person).post(BATCH, {"rows": [ROW | {"key": "one"}]})
    api("spotter").post(ISSUES, ROW, headers={"Idempotency-Key": "one"})
    assert Issue.objects.count() == 3


def test_the_whole_request_once(town: Town, api: Api) -> None:
    body, headers = {"rows": [ROW, {}]}, {"Idempotency-Key": "one"}
    first, again = (api("spotter").post(BATCH, body, headers=headers) for _time in range(2))
    assert first.content == again.content and Issue.objects.count() == 1
    assert json.loads(first.content)["results"][1]["status"] == 400
    other = api("spotter").post(BATCH, {"rows": [ROW]}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
