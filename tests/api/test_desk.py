"""Statistics, lists and snapshots over REST: the numbers and rows of the pages, for the same readers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import override
from rest_framework.test import APIClient

from accounts.models import User
from desk.lists import Asked
from desk.models import Snapshot
from desk.reading import READINGS, found_by
from desk.tables import TABLE
from issues.models import Issue
from tests.api.conftest import Clock
from tests.api.test_posts import rows
from tests.api.test_queries import statements
from tests.builders import CONTACT, Town
from tests.faces import signed_in
from tests.issues.acting import Acting

Api = Callable[[str], APIClient]
V1 = "/api/v1/"
OUTSIDERS = ("spotter", "building_head", "property_officer", "system_admin")


@pytest.fixture
def act(town: Town, clock: Clock) -> Acting:
    return Acting(town, town.now)


@pytest.fixture
def busy(town: Town, act: Acting) -> Town:
    """Something in every list, of street A, and one issue of street B."""
    issue = act.handling("noise", "community_worker")
    act("whistle", issue, "community_worker", kind="emergency", bodies=[town.office, town.posted])
    act("split", act.handling("noise", "community_worker"), "community_worker", units=[town.grid])
    act("ask_extension", act.handling(), "grid_worker")
    act("submit_result", act.handling("litter", "grid_worker", contact=CONTACT), "grid_worker")
    act("supervise", town.report("road"), "supervisor")
    town.report("litter", place=town.far_building)
    User.objects.update(is_staff=True)
    return town


def get(client: APIClient, address: str, **query: Any) -> Any:
    answer = client.get(f"{V1}{address}", query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


class TestStatistics:
    def test_my_day_is_what_the_start_page_says(self, busy: Town, api: Api) -> None:
        for person in ("community_worker", "grid_worker", "office_officer", "street_dispatcher"):
            page = signed_in(busy, person).get("/admin/")
            told = get(api(person), "statistics/day/")
            figures = [number for _label, number, _link in page.context["figures"]]
            assert [
                told[name] for name in ("mine", "called", "asked", "overdue", "supervised", "open")
            ] == figures
            today = [number for _label, number, _link in page.context["today"]]
            assert [told[name] for name in ("reported", "done", "rated")] == today
            assert told["unread"] == page.context["unread"]
            waits = [number for _label, number, _link in page.context["volunteering"]]
            assert list((told["volunteering"] or {}).values()) == waits
            assert bool(waits) == (person in {"community_worker", "street_dispatcher"})

    def test_issues_by_state(self, busy: Town, api: Api) -> None:
        found = get(api("street_dispatcher"), "statistics/issues/")
        counted = {row["key"]: row["n"] for row in found["rows"]}
        seen = Issue.objects.visible_to(busy.people["street_dispatcher"], busy.now).open()
        assert sum(counted.values()) == found["total"]["n"] == seen.count() == 5
        assert counted == {key: seen.filter(state=key).count() for key in counted}
        assert (found["of"], found["first"], found["total"]["with_whistles"]) == ("open", None, 1)

    def test_by_the_parts_of_a_unit(self, busy: Town, api: Api) -> None:
        found = get(api("district_dispatcher"), "statistics/issues/", by="unit")
        assert {row["key"]: row["n"] for row in found["rows"]} == {
            busy.street.code: 5,
            busy.other_street.code: 1,
        }
        below = get(api("district_dispatcher"), "statistics/issues/", by="unit", unit=busy.street.code)
        assert {row["key"] for row in below["rows"]} == {busy.community.code}

    @pytest.mark.parametrize("by", ["state", "source", "kind", "category", "unit", "owner_body"])
    def test_every_way_of_counting_adds_up(self, busy: Town, api: Api, by: str) -> None:
        for of in ("open", "reported"):
            found = get(api("district_dispatcher"), "statistics/issues/", by=by, of=of)
            assert sum(row["n"] for row in found["rows"]) == found["total"]["n"] == 6

    def test_of_a_period(self, busy: Town, api: Api) -> None:
        query = {"of": "reported", "period": "free", "first": "2026-01-01", "last": "2026-02-28"}
        found = get(api("district_dispatcher"), "statistics/issues/", **query)
        assert (found["rows"], found["total"]["n"], found["first"]) == ([], 0, "2026-01-01")

    def test_late_ones(self, busy: Town, api: Api, clock: Clock) -> None:
        clock.forward(days=30)
        found = get(api("district_dispatcher"), "statistics/issues/")["total"]
        assert found["overdue"] == found["open"] == found["n"]

    @pytest.mark.parametrize("by", ["kind", "unit", "body", "caller_unit", "caller_body"])
    def test_whistles(self, busy: Town, api: Api, by: str) -> None:
        found = get(api("street_dispatcher"), "statistics/whistles/", by=by)
        total = {"whistles": 1, "called": 2, "waiting": 2, "overdue": 0, "reported_in": 0, "done": 0}
        assert found["total"] == total
        assert sum(row["called"] for row in found["rows"]) == 2
        if by == "body":
            assert [row["key"] for row in found["rows"]] == ["office-1", "posted-1"]

    def test_two_way_assessment(self, busy: Town, api: Api, act: Acting) -> None:
        issue = Issue.objects.get(open_whistles=1)
        callee = issue.callees.get(body=busy.office)
        for verb in ("acknowledge", "report_in", "done", "judge"):
            act(verb, callee, "office_officer")
        found = get(api("street_dispatcher"), "statistics/assessment/")["rows"]
        office = next(row for row in found if row["code"] == "office-1")
        given = {row["key"]: row["count"] for row in office["validities"]}
        assert (office["called"], office["judged"], given["valid"]) == (1, 1, 1)
        assert (found[-1]["code"], found[-1]["called"]) == ("", 2)

    @pytest.mark.parametrize("name", ["issues", "whistles", "assessment"])
    def test_for_whom_and_what_cannot_be_asked(self, busy: Town, api: Api, name: str) -> None:
        for person in OUTSIDERS:
            assert api(person).get(f"{V1}statistics/{name}/").status_code == 403, person
        assert get(api("far_dispatcher"), f"statistics/{name}/")["by"]
        for query in (
            "by=king",
            "unit=220103001",
            "category=x",
            "period=free&first=2020-01-01&last=2026-01-01",
        ):
            assert api("far_dispatcher").get(f"{V1}statistics/{name}/?{query}").status_code == 400, query

    @pytest.mark.parametrize("query", ["issues/?by=unit", "issues/?by=state", "whistles/?by=body", "day/"])
    def test_no_more_statements_for_more_rows(self, town: Town, api: Api, act: Acting, query: str) -> None:
        def add(place: Any) -> None:
            issue = act.handling("noise", "community_worker", place=place)
            act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])

        def cost() -> int:
            return statements(lambda: api("street_dispatcher").get(f"{V1}statistics/{query}"))

        add(town.building)
        cost()
        first = cost()
        add(town.building)
        add(town.other_building)
        assert cost() == first <= 16


class TestLists:
    def test_which_there_are(self, busy: Town, api: Api) -> None:
        found = get(api("street_dispatcher"), "lists/")
        assert [one["key"] for one in found] == list(TABLE)
        assert all(one["columns"] and one["filters"] for one in found)

    @pytest.mark.parametrize("key", TABLE)
    def test_the_rows_of_the_page(self, busy: Town, api: Api, clock: Clock, key: str) -> None:
        now = clock.forward(days=9) if key == "board" else busy.now
        for person in ("street_dispatcher", "community_secretary", "far_dispatcher"):
            asked = Asked(busy.people[person], now)
            with override("en"):
                shown = READINGS[key].show(found_by(TABLE[key], asked), asked)
            found = rows(api(person), f"{V1}lists/{key}/", page_size=1)
            assert [tuple(row["cells"].values()) for row in found] == [row.cells for row in shown], person
            assert [row["late"] for row in found] == [row.late for row in shown]
        assert rows(api("street_dispatcher"), f"{V1}lists/{key}/")

    @pytest.mark.parametrize(
        ("key", "query", "n"),
        [
            ("issues", {"state": "assigned"}, 1),
            ("issues", {"unit": "220103001001"}, 5),
            ("issues", {"category": "road"}, 1),
            ("issues", {"first": "2026-03-11"}, 0),
            ("issues", {"late": "true"}, 0),
            ("issues", {"late": "false"}, 5),
            ("issues", {"rated": "rated"}, 0),
            ("issues", {"nature": "主办"}, 0),
            ("duties", {"body": "office-1"}, 0),
            ("tasks", {"part": "callee"}, 2),
            ("tasks", {"part": "task"}, 1),
            ("board", {"why": "letter"}, 1),
            ("board", {"why": "late"}, 0),
        ],
    )
    def test_filters(self, busy: Town, api: Api, key: str, query: dict, n: int) -> None:
        assert len(rows(api("street_dispatcher"), f"{V1}lists/{key}/", **query)) == n

    @pytest.mark.parametrize("query", ["unit=220103002", "state=x", "first=x", "late=perhaps", "cursor=x",
                                       "first=2026-03-02&last=2026-03-01", "unit=%00", "page_size=0"])  # fmt: skip
    def test_what_cannot_be_asked(self, busy: Town, api: Api, query: str) -> None:
        answer = api("street_dispatcher").get(f"{V1}lists/issues/?{query}")
        assert answer.status_code == 400 and answer.json()["errors"]

    def test_for_whom(self, busy: Town, api: Api) -> None:
        for person in OUTSIDERS:
            for address in ("lists/", "lists/issues/", "snapshots/"):
                assert api(person).get(f"{V1}{address}").status_code == 403, person
            assert api(person).post(f"{V1}lists/issues/snapshots/").status_code == 403
        assert not Snapshot.objects.exists()

    @pytest.mark.parametrize("key", TABLE)
    def test_statements(self, town: Town, api: Api, act: Acting, key: str) -> None:
        def add() -> None:
            issue = act.handling("noise", "community_worker")
            act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
            act("split", act.handling("noise", "community_worker"), "community_worker", units=[town.grid])
            act("ask_extension", act.handling(), "grid_worker")
            act("submit_result", act.handling(contact=CONTACT), "grid_worker")
            act("supervise", town.report("road"), "supervisor")

        def cost() -> int:
            return statements(lambda: api("street_dispatcher").get(f"{V1}lists/{key}/"))

        add()
        cost()
        first = cost()
        add()
        assert cost() == first <= 16


class TestSnapshots:
    def take(self, api: Api, key: str = "issues", **body: Any) -> Any:
        answer = api("supervisor").post(f"{V1}lists/{key}/snapshots/", body)
        assert answer.status_code == 201, answer.content.decode()
        return answer

    @pytest.mark.parametrize("key", TABLE)
    def test_it_keeps_the_rows_as_they_were(self, busy: Town, api: Api, clock: Clock, key: str) -> None:
        before = rows(api("supervisor"), f"{V1}lists/{key}/")
        answer = self.take(api, key)
        clock.forward(days=1)
        busy.report("litter")
        kept = rows(api("supervisor"), f"{answer.headers['Location']}rows/")
        assert [row["cells"] for row in kept] == [list(row["cells"].values()) for row in before]
        assert [row["issue"] for row in kept] == [row["issue"] for row in before]
        assert answer.json()["count"] == len(before)

    def test_under_a_filter_and_as_the_page_takes_it(self, busy: Town, api: Api) -> None:
        told = self.take(api, unit=busy.community.code, late=False, first="2026-03-01").json()
        assert told["filter"] == {"unit": busy.community.code, "first": "2026-03-01"}
        assert told["unit"] == busy.community.code and busy.community.name in told["filter_label"]
        kept = Snapshot.objects.get(pk=told["id"])
        assert (told["digest"], told["count"]) == (kept.digest, kept.count)
        page = signed_in(busy, "supervisor").get(f"/admin/lists/snapshots/{kept.pk}/")
        assert page.context["digest"] == told["digest"]

    def test_once_only(self, busy: Town, api: Api) -> None:
        key = {"Idempotency-Key": "one"}
        answers = [
            api("supervisor").post(f"{V1}lists/issues/snapshots/", {}, headers=key) for _time in range(2)
        ]
        assert answers[0].content == answers[1].content and Snapshot.objects.count() == 1
        other = api("supervisor").post(f"{V1}lists/issues/snapshots/", {"late": True}, headers=key)
        assert other.status_code == 422

    def test_who_reads_it(self, busy: Town, api: Api) -> None:
        pk = self.take(api).json()["id"]
        assert [row["id"] for row in rows(api("street_dispatcher"), f"{V1}snapshots/")] == [pk]
        for person in ("far_dispatcher", "community_secretary"):
            assert rows(api(person), f"{V1}snapshots/") == []
            for tail in ("", "rows/"):
                foreign, none = (api(person).get(f"{V1}snapshots/{one}/{tail}") for one in (pk, pk + 1000))
                assert foreign.status_code == 404 and foreign.content == none.content

    def test_complaints_about_the_reader_are_left_out(self, busy: Town, api: Api) -> None:
        issue = Issue.objects.filter(category=busy.categories["road"]).get()
        taken = self.take(api).json()
        Issue.objects.filter(pk=issue.pk).update(about_unit=busy.street)
        told = get(api("street_dispatcher"), f"snapshots/{taken['id']}/")
        assert told["count"] == taken["count"] - 1 and told["digest"] != taken["digest"]
        kept = rows(api("street_dispatcher"), f"{V1}snapshots/{taken['id']}/rows/")
        assert len(kept) == told["count"] and issue.code not in {row["issue"] for row in kept}

    def test_statements(self, busy: Town, api: Api) -> None:
        pk = self.take(api).json()["id"]
        self.take(api)
        for address in ("snapshots/", f"snapshots/{pk}/rows/"):

            def cost(size: int, address: str = address) -> int:
                return statements(lambda: api("supervisor").get(f"{V1}{address}?page_size={size}"))

            cost(1)
            assert cost(1) == cost(2) <= 8
