"""Whistles, parts, clocks, ratings, reasons and notices over REST: what the pages show that reader, and no more."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from issues.models import Callee, Deadline, Decision, Issue, Task
from issues.sights import parts_in_sight, sight_of
from notices.actions import fan_out_once
from notices.models import Notice
from tests.api.conftest import ISSUES, Clock, photo
from tests.api.test_posts import rows
from tests.api.test_queries import statements
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting

Api = Callable[[str], APIClient]
V1 = "/api/v1/"
WHISTLES, TASKS, DEADLINES, RATINGS = f"{V1}whistles/", f"{V1}tasks/", f"{V1}deadlines/", f"{V1}ratings/"
LISTS = ["whistles", "callees", "tasks", "decisions", "deadlines", "ratings"]
READERS = ("grid_worker", "community_secretary", "office_officer", "body_officer", "property_officer",
           "building_head", "far_dispatcher", "district_dispatcher", "supervisor", "system_admin")  # fmt: skip


@pytest.fixture
def act(town: Town, clock: Clock) -> Acting:
    return Acting(town, town.now)


@pytest.fixture
def called(town: Town, act: Acting) -> Issue:
    """One of street A: a department and a firm were called by an emergency whistle."""
    bodies = [town.department, town.property]
    issue = act.handling("noise", "community_worker")
    return act("whistle", issue, "community_worker", kind="emergency", bodies=bodies)


@pytest.fixture
def shared(town: Town, act: Acting) -> Issue:
    """One with a sub-task for each of two grids."""
    issue = act.handling("noise", "community_worker")
    return act("split", issue, "community_worker", units=[town.grid, town.other_grid])


@pytest.fixture
def rated(act: Acting) -> Issue:
    issue = act("submit_result", act.handling(), "grid_worker")
    return act("rate", issue, None, answered=True, solved=False, satisfied=False, reasons=["rude"])


def one(client: APIClient, address: str, **query: Any) -> dict[str, Any]:
    (found,) = rows(client, address, **query)
    return found


class TestWhistles:
    def test_who_called_whom_and_how_far_they_are(self, api: Api, act: Acting, called: Issue) -> None:
        act("acknowledge", called.callees.get(body__code="department-1"), "body_officer")
        row = one(api("community_secretary"), WHISTLES)
        assert (row["issue"]["code"], row["kind"]["key"], row["finished_at"]) == (
            called.code, "emergency", None,
        )  # fmt: skip
        assert row["caller"]["code"] == "220103001001"
        assert [(each["party"]["code"], each["state"]["key"]) for each in row["callees"]] == [
            ("department-1", "acknowledged"),
            ("property-1", "called"),
        ]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"kind": "emergency"}, True),
            ({"kind": "quick"}, False),
            ({"open": "true"}, True),
            ({"open": "false"}, False),
            ({"body": "department-1"}, True),
            ({"body": "utility-1"}, False),
            ({"unit": "220103001"}, False),
            ({"state": "called", "body": "department-1"}, True),
            ({"state": "acknowledged"}, False),
            ({"overdue": "true"}, False),
            ({"overdue": "false"}, True),
            ({"caller_unit": "220103001001"}, True),
            ({"caller_body": "office-1"}, False),
            ({"within": "220103001"}, True),
            ({"within": "220103001001002"}, False),
            ({"called_after": "2026-03-10T00:00:00Z"}, True),
            ({"called_before": "2026-03-10T00:00:00Z"}, False),
        ],
    )
    def test_filters(self, api: Api, called: Issue, query: dict, found: bool) -> None:
        assert bool(rows(api("community_secretary"), WHISTLES, **query)) is found

    def test_late_ones(self, api: Api, clock: Clock, called: Issue) -> None:
        clock.forward(days=3)
        row = one(api("community_secretary"), WHISTLES, overdue="true")
        assert any(each["is_overdue"] for each in row["callees"])
        assert rows(api("community_secretary"), WHISTLES, overdue="false") == []

    def test_a_firm_sees_itself_and_who_leads(self, api: Api, called: Issue) -> None:
        (first,) = [row for row in called.callees.all() if row.is_lead]
        row = one(api("property_officer"), WHISTLES)
        seen = {each["id"] for each in row["callees"]}
        assert seen == {called.callees.get(body__code="property-1").pk, first.pk}
        # Filters find nobody whom the reader does not see.
        other = "department-1"
        assert rows(api("property_officer"), WHISTLES, body=other) == []

    def test_one_by_its_number(self, api: Api, called: Issue) -> None:
        row = one(api("community_secretary"), WHISTLES)
        whole = api("community_secretary").get(f"{WHISTLES}{row['id']}/").json()
        assert whole["issue"] == row["issue"]
        assert all(each["clocks"] for each in whole["callees"]) and whole["stages"] == []


class TestParts:
    def test_sub_tasks(self, town: Town, api: Api, shared: Issue) -> None:
        found = rows(api("community_worker"), TASKS)
        assert {row["party"]["code"] for row in found} == {town.grid.code, town.other_grid.code}
        mine = one(api("other_worker"), TASKS, mine="true")
        assert mine["party"]["code"] == town.other_grid.code
        whole = api("other_worker").get(f"{TASKS}{mine['id']}/").json()
        assert "take_task" in whole["allowed"] and whole["issue"]["code"] == shared.code

    @pytest.mark.parametrize(
        ("query", "n"),
        [
            ({"state": "given"}, 2),
            ({"state": "finished"}, 0),
            ({"open": "true"}, 2),
            ({"open": "false"}, 0),
            ({"overdue": "true"}, 0),
            ({"overdue": "false"}, 2),
            ({"unit": "220103001001001"}, 1),
            ({"body": "office-1"}, 0),
            ({"mine": "false"}, 2),
            ({"due_before": "2027-01-01T00:00:00Z"}, 2),
            ({"ordering": "due"}, 2),
        ],
    )
    def test_filters(self, api: Api, shared: Issue, query: dict, n: int) -> None:
        assert len(rows(api("community_worker"), TASKS, **query)) == n

    def test_decisions_and_those_called(self, api: Api, act: Acting, called: Issue) -> None:
        act("ask_extension", act.handling(), "grid_worker")
        decision = one(api("community_secretary"), f"{V1}decisions/", kind="extension")
        assert decision["party"]["code"] == "220103001001"
        found = rows(api("community_secretary"), f"{V1}callees/", issue=called.code)
        assert {row["party"]["code"] for row in found} == {"department-1", "property-1"}
        assert api("community_secretary").get(f"{V1}decisions/{decision['id']}/").json()["clocks"]

    def test_pages_by_due(self, api: Api, shared: Issue) -> None:
        first = api("community_worker").get(f"{TASKS}?ordering=due&page_size=1").json()
        second = api("community_worker").get(first["next"]).json()
        assert second["next"] is None
        assert len({row["id"] for page in (first, second) for row in page["results"]}) == 2


class TestDeadlines:
    def test_what_is_due_whose_and_which_rung(self, town: Town, api: Api) -> None:
        issue = town.report()
        row = one(api("grid_worker"), DEADLINES)
        assert (row["issue"]["code"], row["part"], row["part_id"]) == (issue.code, "issue", None)
        assert (row["whose"]["code"], row["clock"]["key"], row["rung"]["key"]) == (
            town.grid.code, "sign", "call_deputy",
        )  # fmt: skip
        assert row["fires_at"] <= row["due_at"] and not row["is_overdue"]

    @pytest.mark.parametrize(
        ("query", "parts"),
        [
            ({"part": "callee"}, {"callee"}),
            ({"part": "issue"}, {"issue"}),
            ({"clock": "acknowledge"}, {"callee"}),
            ({"body": "department-1"}, {"callee"}),
            ({"unit": "220103001"}, {"issue"}),
            ({"unit": "220103001001002"}, set()),
            ({"due_before": "2026-03-10T02:00:00Z"}, set()),
            ({"fires_before": "2026-03-10T02:00:00Z"}, set()),
            ({"overdue": "true"}, set()),
            ({"overdue": "false"}, {"callee", "issue"}),
            ({"within": "220103002"}, set()),
        ],
    )
    def test_filters(self, town: Town, api: Api, called: Issue, query: dict, parts: set) -> None:
        town.report("litter")
        found = rows(api("community_secretary"), DEADLINES, **query)
        assert {row["part"] for row in found} == parts

    def test_late(self, town: Town, api: Api, clock: Clock) -> None:
        town.report()
        clock.forward(days=4)
        assert one(api("grid_worker"), DEADLINES, overdue="true")["is_overdue"]

    def test_a_firm_reads_its_own_clocks(self, api: Api, called: Issue) -> None:
        found = rows(api("property_officer"), DEADLINES, part="callee")
        assert {row["whose"]["code"] for row in found} == {"property-1"}


class TestRatings:
    def test_a_verdict(self, api: Api, rated: Issue) -> None:
        row = one(api("grid_worker"), RATINGS)
        assert (row["issue"]["code"], row["answered"], row["solved"]) == (rated.code, True, False)
        assert (row["reasons"], row["category"]["key"], row["place"]) == (
            ["rude"], "litter", "22010300100100001",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"solved": "false"}, True),
            ({"satisfied": "true"}, False),
            ({"answered": "true"}, True),
            ({"source": "call"}, False),
            ({"holding": "true"}, True),
            ({"holding": "false"}, False),
            ({"category": "litter"}, True),
            ({"category": "noise"}, False),
            ({"within": "220103001"}, True),
            ({"within": "220103002"}, False),
            ({"rated_after": "2026-03-10T00:00:00Z"}, True),
            ({"rated_before": "2026-03-10T00:00:00Z"}, False),
        ],
    )
    def test_filters(self, api: Api, rated: Issue, query: dict, found: bool) -> None:
        assert bool(rows(api("community_secretary"), RATINGS, **query)) is found

    def test_not_beyond_ones_area(self, api: Api, rated: Issue) -> None:
        assert rows(api("far_dispatcher"), RATINGS) == []
        assert rows(api("far_dispatcher"), RATINGS, within="220103001") == []


class TestSight:
    """Lists hold what the page of each issue shows the same reader."""

    @pytest.mark.parametrize("person", READERS)
    def test_parts_in_sight_are_those_of_the_pages(
        self, town: Town, api: Api, act: Acting, called: Issue, shared: Issue, person: str
    ) -> None:
        act("ask_extension", act.handling(), "grid_worker")
        user, now = town.people[person], town.now
        for model in (Callee, Task, Decision):
            found = set(parts_in_sight(model.objects, user, now))
            for part in model.objects.visible_to(user, now):
                sight = sight_of(part.issue, user, now)
                party = ("unit", part.unit_id) if part.unit_id else ("body", part.body_id)
                assert (part in found) == (sight.inside or party in sight.parties), (person, part)
            assert found <= set(model.objects.visible_to(user, now))

    @pytest.mark.parametrize("person", READERS)
    def test_each_row_can_be_opened(
        self, town: Town, api: Api, act: Acting, called: Issue, shared: Issue, person: str
    ) -> None:
        act("ask_extension", act.handling(), "grid_worker")
        for name in LISTS[:4]:
            for row in rows(api(person), f"{V1}{name}/"):
                assert api(person).get(f"{V1}{name}/{row['id']}/").status_code == 200, (person, name)

    @pytest.mark.parametrize("name", LISTS)
    def test_street_b_reads_nothing_of_street_a(
        self, api: Api, called: Issue, shared: Issue, rated: Issue, name: str
    ) -> None:
        for person in ("far_dispatcher", "far_officer", "system_admin", "spotter"):
            assert rows(api(person), f"{V1}{name}/") == [], person
        assert rows(api("district_dispatcher"), f"{V1}{name}/") or name == "decisions"

    @pytest.mark.parametrize("name", LISTS)
    def test_no_more_statements_for_more_rows(self, town: Town, api: Api, act: Acting, name: str) -> None:
        def add() -> None:
            issue = act.handling("noise", "community_worker")
            act("whistle", issue, "community_worker", kind="quick", bodies=[town.department])
            parts = act.handling("noise", "community_worker")
            act("split", parts, "community_worker", units=[town.grid, town.other_grid])
            act("ask_extension", act.handling(), "grid_worker")
            done = act("submit_result", act.handling(), "grid_worker")
            act("rate", done, None, answered=True, solved=True, satisfied=True)

        def cost(person: str) -> int:
            return statements(lambda: api(person).get(f"{V1}{name}/"))

        add()
        for person in ("district_dispatcher", "body_officer"):
            api(person).get(f"{V1}{name}/")
        before = {person: cost(person) for person in ("district_dispatcher", "body_officer")}
        add()
        add()
        assert {person: cost(person) for person in before} == before
        assert max(before.values()) <= 14

    @pytest.mark.parametrize("name", LISTS)
    @pytest.mark.parametrize("query", ["open=maybe", "ordering=text", "state=x", "within=%00", "page_size=0",
                                       "due_before=0001-01-01T00:00:00Z", "cursor=x", "overdue=2", "kind=x"])  # fmt: skip
    def test_nonsense_is_refused_or_finds_nothing(
        self, api: Api, called: Issue, name: str, query: str
    ) -> None:
        answer = api("community_secretary").get(f"{V1}{name}/?{query}")
        assert answer.status_code in (200, 400), answer.content


class TestWhy:
    def test_the_rule_that_decided(self, town: Town, api: Api) -> None:
        issue = town.report("litter")
        told = api("grid_worker").get(f"{ISSUES}{issue.code}/why/").json()
        assert (told["reason"], told["policy"], told["moved"]) == ("category", None, False)
        assert town.grid.name in told["sentence"]

    def test_for_staff_only(self, town: Town, api: Api) -> None:
        issue = town.report("litter")
        told = api("building_head").get(f"{ISSUES}{issue.code}/why/").json()
        assert told == {"reason": None, "sentence": "", "policy": None, "moved": False}
        assert api("far_worker").get(f"{ISSUES}{issue.code}/why/").status_code == 404


class TestAtOnce:
    BODY = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾", "result": "已清运"}

    def test_it_is_closed_at_once(self, api: Api) -> None:
        key = {"Idempotency-Key": "one"}
        first, again = (
            api("grid_worker").post(f"{ISSUES}at-once/", self.BODY, headers=key) for _time in range(2)
        )
        assert (first.status_code, first.json()["state"]["key"]) == (201, "closed")
        assert again.content == first.content and Issue.objects.count() == 1
        assert api("grid_worker").get(first.headers["Location"]).json()["outcome"]["key"] == "solved"

    def test_with_photos(self, api: Api) -> None:
        body = self.BODY | {"photos": [photo()], "result_photos": [photo()]}
        answer = api("grid_worker").post(f"{ISSUES}at-once/", body, format="multipart")
        assert answer.status_code == 201, answer.content
        assert Issue.objects.get().attachments.count() == 2

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"category": "fire"}, "settle_danger"),
            ({"category": "noise"}, "settle_not_own"),
            ({"on_behalf": True}, "settle_on_behalf"),
            ({"source": "phone"}, "settle_on_behalf"),
        ],
    )
    def test_what_others_must_see_is_refused(self, api: Api, more: dict, code: str) -> None:
        answer = api("grid_worker").post(f"{ISSUES}at-once/", self.BODY | more)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert not Issue.objects.exists()


class TestNotices:
    @pytest.fixture(autouse=True)
    def told(self, town: Town, clock: Clock) -> None:
        for _number in range(3):
            town.report(contact=CONTACT)
        fan_out_once(now=town.now)

    def test_ones_own_inbox(self, town: Town, api: Api) -> None:
        found = rows(api("grid_worker"), f"{V1}notices/")
        assert len(found) == Notice.objects.inbox(town.people["grid_worker"]).count() >= 3
        assert all(row["words"] and row["urgency"]["label"] for row in found)
        assert "13800001234" not in str(found)
        mine = {row["id"] for row in found}
        assert not mine & {row["id"] for row in rows(api("grid_chief"), f"{V1}notices/")}

    def test_reading_one_and_all(self, api: Api) -> None:
        def unread() -> int:
            return api("grid_worker").get(f"{V1}notices/unread/").json()["unread"]

        newest, *_others = rows(api("grid_worker"), f"{V1}notices/")
        n = unread()
        read = api("grid_worker").post(f"{V1}notices/{newest['id']}/read/")
        assert read.json()["read_at"] is not None and unread() == n - 1
        assert one(api("grid_worker"), f"{V1}notices/", unread="false")["id"] == newest["id"]
        rest = rows(api("grid_worker"), f"{V1}notices/", unread="true")
        up_to = api("grid_worker").post(f"{V1}notices/read/", {"up_to": rest[-1]["id"]})
        assert up_to.json() == {"marked": 1} and unread() == n - 2
        assert api("grid_worker").post(f"{V1}notices/read/").json() == {"marked": n - 2}
        assert unread() == 0

    def test_nobody_elses(self, town: Town, api: Api) -> None:
        foreign = Notice.objects.inbox(town.people["grid_worker"]).first()
        assert foreign is not None
        answers = [
            api("grid_chief").post(f"{V1}notices/{pk}/read/") for pk in (foreign.pk, foreign.pk + 10**6)
        ]
        assert answers[0].content == answers[1].content and answers[0].status_code == 404
        foreign.refresh_from_db()
        assert foreign.read_at is None

    def test_statements(self, api: Api) -> None:
        def cost(size: int) -> int:
            return statements(lambda: api("grid_worker").get(f"{V1}notices/?page_size={size}"))

        cost(1)
        assert cost(1) == cost(3) <= 3


def test_clocks_listed_are_all_that_run(town: Town, api: Api, called: Issue, shared: Issue) -> None:
    """Who dispatches the whole district finds every clock of it."""
    found = rows(api("district_dispatcher"), f"{DEADLINES}?page_size=100")
    listed = Counter((row["issue"]["code"], row["clock"]["key"], row["rung"]["key"]) for row in found)
    running = Deadline.objects.open().values_list("issue__code", "clock", "rung")
    assert listed == Counter(running) and len(found) > 2
