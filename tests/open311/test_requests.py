"""Requests as everybody reads them: which there are, what is told of them, by which questions they are found."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.policies import set_policy
from grids.models import Unit
from issues.actions import PERFORM, Contact
from issues.models import Category, Issue
from tests.builders import Town
from tests.open311.conftest import HERE, Clock, Reader, errors, tree

Key = Callable[[str], str]
SECRET = "演示秘密：三单元四零一的张先生"
# Of one request, and of a page of them, whatever it holds.
ONE, LIST, WITH_EXTENSIONS = 4, 4, 5


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["service_request_id"] for row in rows]


class TestWhatIsTold:
    def test_everybody_reads_what_roughly_where_how_far_and_by_when(
        self, town: Town, clock: Clock, reader: Reader
    ) -> None:
        contact = Contact("张先生", "13800001234")
        issue = town.report(text=SECRET, spot="401室", lat=43.90123456, lon=125.30123456, contact=contact)
        (row,) = reader.rows("requests")
        assert row == {
            "service_request_id": issue.code,
            "status": "open",
            "status_notes": "Given to a handler",
            "service_name": "litter",
            "service_code": "litter",
            "description": None,
            "agency_responsible": "第一网格",
            "service_notice": None,
            "requested_datetime": "2026-03-10T10:00:00+08:00",
            "updated_datetime": "2026-03-10T10:00:00+08:00",
            "expected_datetime": "2026-03-11T17:30:00+08:00",
            "address": "新发街道 · 天光社区 · 第一网格",
            "address_id": town.grid.code,
            "zipcode": None,
            "lat": 43.901,
            "long": 125.301,
            "media_url": None,
        }
        whole = reader.get("requests.json", extensions="true").content.decode()
        for secret in ("秘密", "张先生", "401", "1号楼", "1234", town.building.code):
            assert secret not in whole

    def test_the_account_that_reported_it_reads_the_rest(
        self, town: Town, clock: Clock, reader: Reader, key: Key
    ) -> None:
        by = town.people["spotter"]
        issue = town.report(
            "lift", by=by, text=SECRET, spot="401室", source="api", answers={"trapped": False}
        )
        others = town.report("lift", text=SECRET)
        rows = {row["service_request_id"]: row for row in reader.rows("requests", api_key=key("spotter"))}
        own = rows[issue.code]
        assert (own["description"], own["address_id"]) == (SECRET, town.building.code)
        assert own["address"] == f"{issue.place_label} 401室"
        assert rows[others.code]["description"] is None
        (row,) = reader.rows(f"requests/{issue.code}", api_key=key("spotter"), extensions="true")
        assert row["attributes"] == [{"code": "trapped", "name": "Is somebody trapped?", "value": "no"}]
        page = urlsplit(row["extended_attributes"]["follow_url"]).path
        assert issue.number in reader.client.get(page).content.decode()
        # Another account's key opens no more than none.
        for other in ("grid_worker", "district_dispatcher"):
            (seen,) = reader.rows(f"requests/{issue.code}", api_key=key(other), extensions="true")
            assert seen == reader.rows(f"requests/{issue.code}", extensions="true")[0]
            assert (seen["description"], seen["attributes"]) == (None, [])
            assert "follow_url" not in seen["extended_attributes"]

    def test_who_asks_for_help_is_not_known_by_where_it_is(
        self, town: Town, clock: Clock, reader: Reader
    ) -> None:
        town.report("care", lat=43.9012, lon=125.3012)
        (row,) = reader.rows("requests")
        assert (row["address"], row["address_id"]) == ("新发街道 · 天光社区", town.community.code)
        assert (row["lat"], row["long"]) == (43.9, 125.3)

    @pytest.mark.parametrize("category", ["danger_person", "care", "care_at_home"])
    def test_nor_by_who_has_it(
        self, town: Town, clock: Clock, reader: Reader, key: Key, category: str
    ) -> None:
        """Dangers go to the grid by rule; a sort of care may, too."""
        care = town.categories["care"]
        care.handled_at = "grid"
        care.save()
        for name, more in (("danger_person", {"is_danger": True}), ("care_at_home", {"parent": care})):
            town.categories[name] = Category.objects.create(
                key=name, name=f"演示{name}", name_en=name, order=50, kind="help", handled_at="grid", **more
            )
        issue = town.report(category, by=town.people["spotter"], source="api")
        assert issue.owner_unit == town.grid
        rows = [*reader.rows("requests", extensions="true"), *reader.rows(f"requests/{issue.code}")]
        assert [row["agency_responsible"] for row in rows] == ["天光社区"] * 2
        others = reader.get("requests.xml", extensions="true", api_key=key("district_dispatcher"))
        shown = others.content.decode()
        assert issue.code in shown and town.grid.name not in shown and town.grid.code not in shown
        (own,) = reader.rows(f"requests/{issue.code}", api_key=key("spotter"))
        assert own["agency_responsible"] == town.grid.name

    def test_xml_says_the_same(self, town: Town, clock: Clock, reader: Reader) -> None:
        town.report()
        (row,) = reader.rows("requests")
        root = tree(reader.get("requests.xml"))
        assert root.tag == "service_requests" and [one.tag for one in root] == ["request"]
        assert {one.tag: one.text for one in root[0]} == {
            name: None if value is None else str(value) for name, value in row.items()
        }

    def test_what_xml_cannot_write_is_replaced(
        self, town: Town, clock: Clock, reader: Reader, key: Key
    ) -> None:
        issue = town.report(by=town.people["spotter"], text="a\x0b<b>&]]>\ufffe😀", source="api")
        root = tree(reader.get(f"requests/{issue.code}.xml", api_key=key("spotter")))
        assert root.findtext("request/description") == "a\ufffd<b>&]]>\ufffd😀"

    def test_it_ends_when_it_is_closed(self, town: Town, clock: Clock, reader: Reader) -> None:
        issue, worker = town.report(), town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=clock.forward(hours=1))
        PERFORM["submit_result"](issue, by=worker, now=clock.forward(hours=1), outcome="solved", text=SECRET)
        (row,) = reader.rows("requests")
        assert (row["status"], row["status_notes"]) == ("open", "Done, please confirm")
        PERFORM["rate"](
            issue, by=None, now=clock.forward(hours=1), answered=True, solved=True, satisfied=True
        )
        (row,) = reader.rows("requests")
        assert (row["status"], row["updated_datetime"]) == ("closed", "2026-03-10T13:00:00+08:00")
        assert SECRET not in reader.get("requests.json", extensions="true").content.decode()


class TestWhichThereAre:
    def test_no_dispute_no_complaint_about_somebody_nothing_of_the_staffs_own(
        self, town: Town, clock: Clock, reader: Reader, key: Key
    ) -> None:
        by = town.people["spotter"]
        hidden = [
            town.report("quarrel", by=by, source="api"),
            town.report("litter", kind="dispute", by=by, source="api"),
            town.report("noise", about=town.grid, by=by, source="api"),
            town.report("staff", about=town.community, by=by, source="api"),
        ]
        staffs = town.report("visit", by=town.people["grid_worker"], source="patrol")
        shown = town.report("noise")
        named = ",".join(one.code for one in [*hidden, staffs, shown])
        for more in ({}, {"api_key": key("spotter")}, {"api_key": key("district_dispatcher")}):
            assert ids(reader.rows("requests", **more)) == [shown.code]
            assert ids(reader.rows("requests", service_request_id=named, **more)) == [shown.code]
            for one in hidden:
                answer = reader.get(f"requests/{one.code}.json", **more)
                nobodys = reader.get("requests/0000000000000000.json", **more)
                assert (answer.status_code, answer.content) == (404, nobodys.content)
            updates = reader.rows("servicerequestupdates", **self.lately(), **more)
            assert set(ids(updates)) <= {shown.code}

    @staticmethod
    def lately() -> dict[str, str]:
        """Events carry the database's clock."""
        return {"start_date": "2026-11-01T00:00:00Z"}

    def test_one_that_is_found_to_be_a_complaint_is_gone(
        self, town: Town, clock: Clock, reader: Reader
    ) -> None:
        issue = town.report("noise")
        assert reader.get(f"requests/{issue.code}.json").status_code == 200
        secretary = town.people["street_dispatcher"]
        PERFORM["mark_complaint"](issue, by=secretary, now=town.now, unit=town.community)
        assert reader.get(f"requests/{issue.code}.json").status_code == 404
        assert reader.rows("requests") == []

    def test_a_foreign_one_is_like_one_that_there_is_not(
        self, town: Town, west: Unit, clock: Clock, reader: Reader, key: Key
    ) -> None:
        issue = town.report()
        here, there = {"jurisdiction_id": "220103"}, {"jurisdiction_id": "621002"}
        assert reader.get(f"requests/{issue.code}.json", **here).status_code == 200
        answer = reader.get(f"requests/{issue.code}.json", **there)
        none = reader.get("requests/0000000000000000.json", **there)
        assert (answer.status_code, answer.content) == (404, none.content)
        assert reader.rows("requests", service_request_id=issue.code, **there) == []
        assert reader.rows("requests", **there) == []
        assert reader.get(f"requests/{issue.code}.json", api_key=key("west_spotter")).status_code == 404

    @pytest.mark.parametrize("code", ["0" * 16, "x", "%00", "0" * 9000, "..", "é", "1e9", "'"])
    def test_what_is_no_id_is_a_404(self, town: Town, clock: Clock, reader: Reader, code: str) -> None:
        for suffix in (".xml", ".json", ""):
            answer = reader.client.get(f"{HERE}requests/{code}{suffix}")
            told = "There is no request with this service_request_id."
            assert (answer.status_code, errors(answer)) == (404, [(404, told)])

    def test_ids_are_read_in_capitals_too(self, town: Town, clock: Clock, reader: Reader) -> None:
        issue = town.report()
        assert ids(reader.rows(f"requests/{issue.code.upper()}")) == [issue.code]


class TestFilters:
    @pytest.fixture
    def many(self, town: Town, clock: Clock) -> dict[str, Issue]:
        """Reported days ago, closed or open."""
        made = {}
        for name, days, category in (("old", 100, "litter"), ("mid", 60, "noise"), ("new", 1, "litter")):
            made[name] = town.report(category, now=town.now - timedelta(days=days))
        PERFORM["withdraw"](made["mid"], by=None, now=town.now - timedelta(days=2), text="")
        return made

    def names(self, many: dict[str, Issue], rows: list[dict[str, Any]]) -> list[str]:
        known = {issue.code: name for name, issue in many.items()}
        return [known[one] for one in ids(rows)]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, "new mid"),
            ({"status": "open"}, "new"),
            ({"status": "closed"}, "mid"),
            ({"status": "OPEN, Closed"}, "new mid"),
            ({"status": ["open", "closed"]}, "new mid"),
            ({"service_code": "noise"}, "mid"),
            ({"service_code": "noise,litter,nothing"}, "new mid"),
            ({"service_code": "nothing"}, ""),
            ({"start_date": "2026-03-01T00:00:00Z"}, "new"),
            ({"start_date": "2026-03-01"}, "new"),
            ({"start_date": "2025-11-25T00:00:00+08:00"}, "mid old"),
            ({"start_date": "2025-11-25T00:00:00 08:00"}, "mid old"),
            ({"end_date": "2026-01-31T00:00:00Z"}, "mid old"),
            ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-02-01T00:00:00Z"}, "mid"),
            ({"start_date": "", "end_date": "", "status": "", "service_code": ""}, "new mid"),
            ({"updated_after": "2026-03-07T00:00:00Z"}, "new mid"),
            ({"updated_after": "2026-03-08T12:00:00+08:00"}, "new"),
            ({"updated_before": "2026-03-08T12:00:00+08:00"}, "mid"),
            ({"page_size": "1"}, "new"),
            ({"page_size": "1", "page": "2"}, "mid"),
            ({"page_size": "1", "page": "3"}, ""),
            ({"page_size": "999999999"}, "new mid"),
            ({"unknown": "1", "jurisdiction_id": "220103"}, "new mid"),
        ],
    )
    def test_they_find(
        self, many: dict[str, Issue], reader: Reader, query: dict[str, str], found: str
    ) -> None:
        assert self.names(many, reader.rows("requests", **query)) == found.split()

    def test_what_was_merged_has_changed(self, town: Town, clock: Clock, reader: Reader) -> None:
        main, other = (town.report(now=town.now - timedelta(hours=6)) for _each in range(2))
        since = {"updated_after": f"{town.now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
        assert reader.rows("requests", **since) == []
        PERFORM["merge"](other, by=town.people["grid_worker"], main=main, now=town.now)
        (row,) = reader.rows("requests", **since)
        assert (row["service_request_id"], row["status"]) == (other.code, "closed")
        assert row["updated_datetime"] == "2026-03-10T10:00:00+08:00"

    def test_whoever_asks_for_changes_hears_of_old_ones_too(
        self, many: dict[str, Issue], town: Town, reader: Reader
    ) -> None:
        PERFORM["withdraw"](many["old"], by=None, now=town.now, text="")
        since = {"updated_after": f"{town.now - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"}
        assert self.names(many, reader.rows("requests", **since)) == ["new", "mid", "old"]
        window = since | {"start_date": "2026-01-01"}
        assert self.names(many, reader.rows("requests", **window)) == ["new", "mid"]

    def test_named_ones_are_found_whatever_else_is_asked(
        self, many: dict[str, Issue], reader: Reader
    ) -> None:
        named = f"{many['old'].code}, {many['new'].code},,nothing,{'0' * 16}"
        rows = reader.rows("requests", service_request_id=named, status="closed", start_date="2026-03-10")
        assert self.names(many, rows) == ["new", "old"]

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ({"status": "resolved"}, "status is open or closed."),
            (
                {"start_date": "2025-01-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
                "start_date and end_date may not span more than 90 days.",
            ),
            (
                {"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
                "start_date lies after end_date.",
            ),
            *(
                ({name: moment}, f"{name} is no date and time in ISO 8601, for example 2010-01-01T00:00:00Z.")
                for name in ("start_date", "end_date", "updated_after", "updated_before")
                for moment in (
                    "yesterday",
                    "2026-13-01",
                    "01-01-2026",
                    "0000-00-00T00:00:00Z",
                    "9999-12-31",
                    "1e9",
                )
            ),
            *(
                (query, "page and page_size are whole numbers from 1 on.")
                for query in (
                    *({"page": "0"}, {"page": "-1"}, {"page": "x"}, {"page": "1" * 400}, {"page": "1.5"}),
                    *({"page_size": "0"}, {"page_size": "²"}, {"page_size": "1e9"}, {"page_size": "9" * 11}),
                )
            ),
            (
                {"page": "999999999"},
                "There is nothing so far down; ask for a shorter span of time instead.",
            ),
            (
                {"service_request_id": ",".join(map(str, range(1001)))},
                "service_request_id names more than 1000.",
            ),
            ({"service_code": "a\0b"}, "service_code holds characters that are no text."),
            ({"jurisdiction_id": "\0"}, "jurisdiction_id holds characters that are no text."),
            ({"api_key": "\0"}, "api_key holds characters that are no text."),
        ],
    )
    def test_what_cannot_be_asked_is_told(
        self, town: Town, clock: Clock, reader: Reader, query: dict[str, str], told: str
    ) -> None:
        for suffix in ("json", "xml"):
            answer = reader.get(f"requests.{suffix}", **query)
            assert (answer.status_code, errors(answer)) == (400, [(400, told)])

    def test_a_thousand_and_one_parameters_are_too_many(
        self, town: Town, clock: Clock, reader: Reader
    ) -> None:
        for path in ("requests.xml", "requests.json", "requests", "services.xml"):
            answer = reader.client.get(f"{HERE}{path}?" + "a=1&" * 2000)
            assert (answer.status_code, errors(answer)[0][0]) == (400, 400)

    @pytest.mark.parametrize(
        "name", ["ordering", "q", "registered_by", "owner__password", "state", "lat", "\0"]
    )
    def test_other_names_reach_nothing(self, many: dict[str, Issue], reader: Reader, name: str) -> None:
        assert self.names(many, reader.rows("requests", **{name: "\0'; --"})) == ["new", "mid"]


class TestExtensions:
    def test_they_come_only_where_they_are_asked_for(self, town: Town, clock: Clock, reader: Reader) -> None:
        issue = town.report()
        extra = {"attributes", "extended_attributes", "notes"}
        for flag, comes in (("", False), ("false", False), ("true", True), ("TRUE", True), ("1", True)):
            (row,) = reader.rows(f"requests/{issue.code}", extensions=flag)
            assert (extra <= set(row)) is comes and (extra & set(row) == extra) is comes

    def test_notes_are_the_way_that_it_went(self, town: Town, clock: Clock, reader: Reader) -> None:
        issue, worker = town.report(), town.people["grid_worker"]
        PERFORM["sign"](issue, by=worker, now=town.now)
        PERFORM["note"](issue, by=worker, now=town.now, text=SECRET, internal=True)
        PERFORM["submit_result"](issue, by=worker, now=town.now, outcome="solved", text=SECRET)
        (row,) = reader.rows(f"requests/{issue.code}", extensions="true")
        assert [(one["type"], one["description"]) for one in row["notes"]] == [
            ("reported", "Received"),
            ("assigned", "Given to a handler"),
            ("handling", "In hand"),
            ("resolved", "Done, please confirm"),
        ]
        assert row["extended_attributes"] == {"state": "resolved", "is_danger": False}
        assert all(one["datetime"].endswith("+08:00") for one in row["notes"])
        root = tree(reader.get(f"requests/{issue.code}.xml", extensions="true"))
        assert len(root.findall("request/notes/note")) == 4
        assert root.findtext("request/extended_attributes/state") == "resolved"


class TestCosts:
    def statements(self, reader: Reader, path: str, **query: Any) -> int:
        with CaptureQueriesContext(connection) as found:
            assert reader.get(path, **query).status_code == 200
        return len(found)

    @pytest.mark.parametrize(
        ("path", "most"),
        [
            ("requests.json", LIST),
            ("requests.xml?extensions=true", WITH_EXTENSIONS),
            ("requests.json?status=closed&service_code=litter,noise&updated_after=2026-03-01", LIST),
            ("services.xml", LIST),
        ],
    )
    def test_three_rows_cost_what_one_does(
        self, town: Town, clock: Clock, reader: Reader, key: Key, path: str, most: int
    ) -> None:
        whose = {"api_key": key("spotter")} if "extensions" in path else {}
        trapped = {"category": "lift", "name": "有人吗？", "name_en": "Anybody?", "type": "bool"}
        value = {"lift:trapped": trapped}
        set_policy(town.district, "questions", value, by=None, now=town.now, reason="演示")
        address, _mark, query = path.partition("?")
        given = dict(part.split("=") for part in query.split("&") if part) | whose
        first = town.report(by=town.people["spotter"], source="api")
        if "closed" in query:
            PERFORM["withdraw"](first, by=None, now=town.now, text="")
        one = self.statements(reader, address, **given)
        for category in ("noise", "lift"):
            more = {"answers": {"trapped": True}} if category == "lift" else {}
            issue = town.report(category, by=town.people["spotter"], source="api", **more)
            PERFORM["withdraw"](issue, by=None, now=town.now, text="")
        assert self.statements(reader, address, **given) == one <= most + 2 * bool(whose)

    def test_the_other_resources(self, town: Town, clock: Clock, reader: Reader) -> None:
        code = town.report().code
        assert self.statements(reader, f"requests/{code}.json") <= ONE
        assert self.statements(reader, "services/lift.json") <= ONE
        assert self.statements(reader, "discovery.json") <= 2


def test_what_a_key_opens_is_kept_by_nobody_else(town: Town, clock: Clock, reader: Reader, key: Key) -> None:
    town.report()
    assert "Cache-Control" not in reader.get("requests.json").headers
    answer = reader.get("requests.json", api_key=key("spotter"))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "天光社区" in answer.content.decode() and json.loads(answer.content)


def test_a_page_of_another_host_may_read_it(town: Town, clock: Clock, reader: Reader, key: Key) -> None:
    town.report()
    for answer in (
        reader.get("requests.json"),
        reader.get("nothing.json"),
        reader.get("requests.json", api_key="x"),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("method", ["options", "put", "patch", "delete"])
def test_nothing_else_can_be_done(town: Town, clock: Clock, reader: Reader, method: str) -> None:
    code = town.report().code
    for path in ("requests.xml", f"requests/{code}.json", "services.xml", "tokens/x", "discovery.json"):
        answer = getattr(reader.client, method)(f"{HERE}{path}")
        assert (answer.status_code, errors(answer)[0][0]) == (405, 405)
    assert reader.client.head(f"{HERE}requests.xml").status_code == 200
