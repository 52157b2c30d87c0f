"""The three lists and the board: rows, filters, files, snapshots; nothing foreign, nothing typed, no more queries
for more rows."""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from desk.actions import forget_filter, save_filter, take_snapshot
from desk.models import SavedFilter, Snapshot, SnapshotRow
from desk.tables import COLUMN, TABLE, TABLES
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.actions.rates import count_rates
from issues.models import Callee, Category, Issue
from tests.builders import CONTACT, Town
from tests.faces import ENGLISH, send, stop_clock, take
from trail.models import Event
from trail.refusals import NotAllowed, Refused

TYPED = "演示:楼道灯坏了,电话13800001234"
KEYS = [table.key for table in TABLES]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def enter(town: Town, name: str) -> Client:
    user = town.people[name]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    client = Client(headers=ENGLISH)
    client.force_login(user, backend="grids.backends.PostBackend")
    return client


def at(key: str, **query: str) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return reverse("desk:list", args=[key]) + (f"?{pairs}" if pairs else "")


def numbers(response: Any) -> set[int]:
    assert response.status_code == 200, response.content.decode()[:2000]
    return {row.issue_id for row, _cells in response.context["rows"]}


def cells(response: Any) -> dict[str, list[str]]:
    """Column → its cells."""
    keys = [column.key for column in response.context["table"].columns]
    found = [row.cells for row, _cells in response.context["rows"]]
    return {key: [row[place] for row in found] for place, key in enumerate(keys)}


def do(town: Town, verb: str, subject: Any, who: str, **inputs: Any) -> Any:
    return PERFORM[verb](subject, by=town.people[who], now=inputs.pop("now", town.now), **inputs)


@pytest.fixture
def busy(town: Town) -> dict[str, Issue]:
    """A matter of every kind that a list tells apart."""
    long_ago = town.now - timedelta(days=20)
    made = {
        "fresh": town.report(text=TYPED, contact=CONTACT),
        "late": town.report(now=long_ago),
        "called": town.report("noise"),
        "split": town.report("road"),
        "letter": town.report("road"),
        "far": town.report(place=town.far_building),
    }
    do(town, "sign", made["called"], "community_secretary")
    do(
        town,
        "whistle",
        made["called"],
        "community_secretary",
        kind="quick",
        text="演示",
        bodies=[town.department],
    )
    do(town, "sign", made["split"], "street_dispatcher")
    do(town, "split", made["split"], "street_dispatcher", bodies=[town.office], text="演示")
    do(town, "sign", made["letter"], "street_dispatcher")
    do(town, "supervise", made["letter"], "district_dispatcher", until=date(2026, 3, 20), text="演示")
    return made


def to_call(town: Town, **given: Any) -> Issue:
    """A result that nobody has rated, and a telephone."""
    issue = town.report(contact=CONTACT, **given)
    do(town, "sign", issue, "grid_worker")
    do(town, "submit_result", issue, "grid_worker", outcome="solved", text="演示")
    return issue


def pks(made: dict[str, Issue], *names: str) -> set[int]:
    return {made[name].pk for name in names}


class TestRows:
    def test_the_problem_list_is_what_happened_in_my_area(self, town: Town, busy: dict[str, Issue]) -> None:
        found = enter(town, "street_dispatcher").get(at("issues"))
        assert numbers(found) == {one.pk for name, one in busy.items() if name != "far"}
        assert numbers(enter(town, "far_dispatcher").get(at("issues"))) == pks(busy, "far")

    def test_newest_first(self, town: Town, busy: dict[str, Issue]) -> None:
        rows = enter(town, "district_dispatcher").get(at("issues")).context["rows"]
        assert rows[-1][0].issue_id == busy["late"].pk

    def test_who_has_what_and_who_is_in_post(self, town: Town, busy: dict[str, Issue]) -> None:
        found = cells(enter(town, "street_dispatcher").get(at("duties", unit=town.grid.code)))
        assert set(found["holder"]) == {"第一网格"}
        assert all("grid_worker" in people for people in found["person"])
        bodies = cells(enter(town, "street_dispatcher").get(at("duties", unit=town.street.code)))
        assert len(bodies["holder"]) == 5

    def test_what_others_must_do(self, town: Town, busy: dict[str, Issue]) -> None:
        found = cells(enter(town, "district_dispatcher").get(at("tasks")))
        assert sorted(zip(found["what"], found["holder"], strict=True)) == [
            ("Quick whistle (lead)", "区城管局"),
            ("Sub-task", "平安办"),
            ("Supervision letter", "新发街道"),
        ]

    @pytest.mark.parametrize(
        ("part", "name"), [("callee", "called"), ("task", "split"), ("decision", "letter")]
    )
    def test_one_kind_of_task(self, town: Town, busy: dict[str, Issue], part: str, name: str) -> None:
        assert numbers(enter(town, "district_dispatcher").get(at("tasks", part=part))) == pks(busy, name)

    def test_a_body_sees_what_it_is_asked(self, town: Town, busy: dict[str, Issue]) -> None:
        assert numbers(enter(town, "office_officer").get(at("tasks"))) == pks(busy, "split")

    def test_the_board_says_why_and_what_it_waits_for(self, town: Town, busy: dict[str, Issue]) -> None:
        found = enter(town, "street_dispatcher").get(at("board"))
        assert numbers(found) == pks(busy, "late", "letter")
        rows = {
            row.issue_id: dict(zip(KEYS_OF_BOARD, row.cells, strict=True)) for row, _ in found.context["rows"]
        }
        assert rows[busy["late"].pk]["why"] == "late; promised to the reporter for 2026-02-24 17:30"
        assert rows[busy["late"].pk]["late"].endswith("working days")
        assert rows[busy["letter"].pk]["why"].startswith("letter ")
        assert rows[busy["late"].pk]["waits"] == ""

    def test_a_late_part_puts_it_on_the_board(
        self, town: Town, busy: dict[str, Issue], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A sub-task and an extension that nobody answers: the issue's own date is still to come."""
        road = town.report("road")
        do(town, "sign", road, "street_dispatcher")
        do(town, "ask_extension", road, "street_dispatcher", until=date(2026, 3, 25), text="演示")
        stop_clock(monkeypatch, town.now + timedelta(days=4))
        found = enter(town, "district_dispatcher").get(at("board"))
        why = dict(zip(cells(found)["number"], cells(found)["why"], strict=True))
        assert why[busy["split"].number] == "平安办 late since 2026-03-10 15:30 (Sub-task)"
        assert why[road.number] == "宽城区 late since 2026-03-10 15:30 (Extension)"
        assert pks(busy, "split") | {road.pk} <= numbers(
            enter(town, "district_dispatcher").get(at("board", why="late"))
        )
        only = enter(town, "district_dispatcher").get(at("board", why="letter"))
        assert numbers(only) == pks(busy, "letter")

    def test_what_the_ladder_says_of_a_part_stands_there(
        self, town: Town, busy: dict[str, Issue], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The district does not answer the street's question: "On the supervision board", says the ladder."""
        road = town.report("road")
        do(town, "sign", road, "street_dispatcher")
        do(town, "ask_extension", road, "street_dispatcher", until=date(2026, 3, 25), text="演示")
        fired = Event.objects.about("issue", road.pk).filter(verb="board")
        while not fired.exists():
            town.now += timedelta(hours=6)
            sweep_once(now=town.now)
        road.refresh_from_db()
        assert road.due_at is not None and road.due_at > town.now
        stop_clock(monkeypatch, town.now)
        found = enter(town, "district_dispatcher").get(at("board", why="rung"))
        assert road.pk in numbers(found)
        assert "on the ladder's last rung since" in "".join(cells(found)["why"])

    def test_the_board_names_whoever_holds_it_up(self, town: Town, busy: dict[str, Issue]) -> None:
        late = busy["called"]
        Issue.objects.filter(pk=late.pk).update(due_at=town.now - timedelta(days=1))
        do(town, "ask_info", busy["letter"], "street_dispatcher", text="演示")
        found = enter(town, "street_dispatcher").get(at("board"))
        waits = dict(zip(cells(found)["number"], cells(found)["waits"], strict=True))
        assert waits[late.number].startswith("区城管局 (Quick whistle, due ")
        assert waits[busy["letter"].number].startswith("information, asked for 2026-03-10")

    def test_a_suspension_is_named_with_cause_and_date(self, town: Town, busy: dict[str, Issue]) -> None:
        chosen = busy["letter"]
        more = {"cause": "funds", "until": date(2026, 6, 1), "text": "演示"}
        asked = do(town, "ask_suspension", chosen, "street_dispatcher", **more)
        do(town, "grant", asked, "district_dispatcher")
        found = cells(enter(town, "street_dispatcher").get(at("board", why="letter")))
        assert found["waits"] == ["suspended: Waits for funds, until 2026-06-01 17:30"]

    def test_the_ladders_last_rung(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        issue = town.report("permit")
        for _day in range(30):
            town.now += timedelta(days=1)
            sweep_once(now=town.now)
        stop_clock(monkeypatch, town.now)
        found = enter(town, "district_dispatcher").get(at("board", why="rung"))
        assert numbers(found) == {issue.pk}
        assert "on the ladder's last rung since" in cells(found)["why"][0]


KEYS_OF_BOARD = [column.key for column in TABLE["board"].columns]


class TestFilters:
    @pytest.mark.parametrize(
        ("key", "query", "names"),
        [
            ("issues", {"category": "road"}, ("split", "letter")),
            ("issues", {"state": "assigned"}, ("fresh", "late", "far")),
            ("issues", {"late": "on"}, ("late",)),
            ("issues", {"body": "department-1"}, ("called",)),
            ("issues", {"first": "2026-03-01", "last": "2026-03-09"}, ()),
            ("issues", {"last": "2026-03-09"}, ("late",)),
            ("issues", {"unit": "220103002"}, ("far",)),
            ("duties", {"unit": "220103001001"}, ("called", "late", "fresh")),
            ("duties", {"late": "on"}, ("late",)),
            ("tasks", {"body": "office-1"}, ("split",)),
            ("tasks", {"unit": "220103001"}, ("split", "letter")),
            ("tasks", {"late": "on"}, ()),
            ("board", {"why": "letter"}, ("letter",)),
            ("board", {"why": "late"}, ("late",)),
            ("board", {"category": "noise"}, ()),
        ],
    )
    def test_each(
        self, town: Town, busy: dict[str, Issue], key: str, query: dict[str, str], names: tuple[str, ...]
    ) -> None:
        found = numbers(enter(town, "district_dispatcher").get(at(key, **query)))
        # What nobody took in time may have climbed; the unit that has it now is the one that counts.
        assert found - pks(busy, "late") == pks(busy, *names) - pks(busy, "late")
        assert ("late" in names) == (busy["late"].pk in found)

    def test_a_group_of_categories_is_all_that_is_part_of_it(
        self, town: Town, busy: dict[str, Issue]
    ) -> None:
        group = Category.objects.create(key="group", name="演示", name_en="Group", kind="help")
        Category.objects.filter(key="road").update(parent=group)
        client = enter(town, "district_dispatcher")
        for table in TABLES:
            answer = client.get(at(table.key, category="group"))
            assert numbers(answer) == numbers(client.get(at(table.key, category="road"))), table.key
            offered = [key for key, _label in answer.context["form"].fields["category"].widget.choices]
            assert offered.index("road") == offered.index("group") + 1
        assert numbers(client.get(at("issues", category="group"))) == pks(busy, "split", "letter")

    @pytest.mark.parametrize(
        "query",
        [{"unit": "220103002"}, {"unit": "nowhere"}, {"category": "x"}, {"first": "yesterday"}, {"state": "odd"},
         {"first": "2026-03-09", "last": "2026-03-01"}, {"body": "far_office-1"}],
    )  # fmt: skip
    def test_what_cannot_be_is_said_and_shows_nothing(
        self, town: Town, busy: dict[str, Issue], query: dict[str, str]
    ) -> None:
        response = enter(town, "street_dispatcher").get(at("issues", **query))
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode() and response.context["rows"] == []

    def test_by_what_became_of_the_result(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        made = [town.report() for _each in range(3)]
        verdicts = [(True, True), (True, False)]
        for one in made:
            do(town, "sign", one, "grid_worker")
            do(town, "submit_result", one, "grid_worker", outcome="solved", text="演示")
        for one, (solved, satisfied) in zip(made, verdicts, strict=False):
            more = {"answered": True, "solved": solved, "satisfied": satisfied}
            PERFORM["rate"](one, by=None, now=town.now, **more)
        # Of the first result somebody said that it is none; of the next one nobody says anything.
        again = town.report()
        for is_first in (True, False):
            do(town, "sign", again, "grid_worker")
            do(town, "submit_result", again, "grid_worker", outcome="solved", text="演示")
            if is_first:
                unsolved = {"answered": True, "solved": False, "satisfied": False}
                PERFORM["rate"](again, by=None, now=town.now, **unsolved)
                do(town, "redo", again, "community_secretary", text="演示")
            else:
                do(town, "verify", again, "community_secretary", passed=True, text="演示:现场已看")
        later = town.now + timedelta(days=20)
        sweep_once(now=later)
        stop_clock(monkeypatch, later)
        client = enter(town, "street_dispatcher")
        month = {"first": "2026-03-01", "last": "2026-03-31"}

        def of(rated: str) -> set[int]:
            return numbers(client.get(at("issues", rated=rated, **month)))

        assert of("rated") == {made[0].pk, made[1].pk, again.pk}
        assert of("unrated") == {made[2].pk, again.pk}
        assert of("satisfied") == {made[0].pk} and of("unsatisfied") == {made[1].pk, again.pk}
        assert of("solved") == {made[0].pk, made[1].pk} and of("unsolved") == {again.pk}
        assert numbers(client.get(at("issues", rated="rated", first="2026-04-01"))) == set()


class TestCalls:
    """待回访."""

    def test_on_the_desk_and_on_the_phone(self, town: Town) -> None:
        issue = to_call(town)
        for name in ("community_worker", "street_dispatcher", "district_dispatcher"):
            assert numbers(enter(town, name).get(at("calls"))) == {issue.pk}, name
        for name in ("grid_worker", "other_secretary", "body_officer"):
            assert numbers(enter(town, name).get(at("calls"))) == set(), name
        client = enter(town, "community_worker")
        page = client.get("/?tab=calls").content.decode()
        assert f"/i/{issue.code}/" in page
        assert "tab=calls" not in enter(town, "grid_worker").get("/").content.decode()
        do(town, "call_back", issue, "community_worker", reached=False)
        shown = cells(client.get(at("calls")))
        assert shown["tries"] == ["1"] and shown["until"] == ["2026-04-09 10:00"]

    def test_narrowed(self, town: Town) -> None:
        issue = to_call(town)
        client = enter(town, "street_dispatcher")
        for query, found in (
            ({"unit": town.community.code}, {issue.pk}),
            ({"unit": town.other_community.code}, set()),
            ({"body": town.office.code}, set()),
            ({"first": "2026-03-10", "last": "2026-03-10"}, {issue.pk}),
            ({"last": "2026-03-09"}, set()),
        ):
            assert numbers(client.get(at("calls", **query))) == found, query

    def test_called_from_the_issues_page(self, town: Town) -> None:
        issue = to_call(town)
        client = enter(town, "community_worker")
        page = client.get(f"/i/{issue.code}/")
        answers = {"reached": "yes", "answered": "yes", "solved": "no", "satisfied": "no"}
        sent = send(client, page, "call_back", **answers, reasons=["still_there"])
        assert sent.status_code == 302
        issue.refresh_from_db()
        assert issue.disputed and issue.ratings.get().reasons == ["still_there"]


class TestDoors:
    @pytest.mark.parametrize(
        "name", ["property_officer", "spotter", "part_time_grid_worker", "building_head"]
    )
    def test_the_lists_are_for_those_who_handle_or_supervise(self, town: Town, name: str) -> None:
        client = enter(town, name)
        assert {client.get(at(key)).status_code for key in KEYS} == {403}
        assert client.get(reverse("desk:rates")).status_code == 403
        assert client.post(reverse("desk:take_snapshot", args=["issues"])).status_code == 403

    def test_nobody_without_an_account(self, town: Town) -> None:
        assert Client().get(at("issues")).status_code == 302

    def test_no_such_list(self, town: Town) -> None:
        assert enter(town, "supervisor").get(at("secrets")).status_code == 404

    @pytest.mark.parametrize("name", ["supervisor", "grid_worker", "body_officer", "community_secretary"])
    @pytest.mark.parametrize("key", KEYS)
    def test_who_works_by_them_opens_them(
        self, town: Town, busy: dict[str, Issue], name: str, key: str
    ) -> None:
        response = enter(town, name).get(at(key))
        assert response.status_code == 200
        seen = set(Issue.objects.visible_to(town.people[name], town.now).values_list("pk", flat=True))
        assert numbers(response) <= seen

    @pytest.mark.parametrize("key", KEYS)
    def test_nothing_that_anybody_typed_is_shown_or_taken_along(
        self, town: Town, busy: dict[str, Issue], key: str
    ) -> None:
        client = enter(town, "district_dispatcher")
        for answer in (client.get(at(key)), take(client, at(key), "csv")):
            text = answer.content.decode()
            assert "13800001234" not in text and "楼道灯" not in text and "演示居民" not in text


class TestCost:
    def test_more_to_call_back_ask_no_more(self, town: Town) -> None:
        client = enter(town, "community_worker")
        to_call(town)
        client.get(at("calls"))
        with CaptureQueriesContext(connection) as one:
            assert len(numbers(client.get(at("calls")))) == 1
        to_call(town), to_call(town)
        with CaptureQueriesContext(connection) as three:
            assert len(numbers(client.get(at("calls")))) == 3
        assert len(one) == len(three) <= 20

    @pytest.mark.parametrize("key", [key for key in KEYS if key != "calls"])
    @pytest.mark.parametrize("name", ["district_dispatcher", "body_officer"])
    def test_more_rows_ask_no_more(self, town: Town, key: str, name: str) -> None:
        def one_more() -> None:
            issue = town.report("noise", now=town.now - timedelta(days=20))
            secretary = {"by": town.people["community_secretary"], "now": town.now}
            PERFORM["sign"](issue, **secretary)
            PERFORM["whistle"](issue, **secretary, kind="quick", text="演示", bodies=[town.department])
            Issue.objects.filter(pk=issue.pk).update(due_at=town.now - timedelta(days=1))

        client = enter(town, name)
        one_more()
        client.get(at(key))
        with CaptureQueriesContext(connection) as one:
            assert len(numbers(client.get(at(key)))) == 1
        one_more(), one_more()
        with CaptureQueriesContext(connection) as three:
            assert len(numbers(client.get(at(key)))) == 3
        assert len(one) == len(three) <= 24

    def test_more_late_parts_ask_no_more(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        def one_more() -> None:
            issue = town.report("road")
            do(town, "sign", issue, "street_dispatcher")
            do(town, "split", issue, "street_dispatcher", bodies=[town.office], text="演示")
            do(town, "ask_extension", issue, "street_dispatcher", until=date(2026, 3, 25), text="演示")

        client = enter(town, "district_dispatcher")
        one_more()
        stop_clock(monkeypatch, town.now + timedelta(days=2))
        client.get(at("board"))
        with CaptureQueriesContext(connection) as one:
            assert len(numbers(client.get(at("board")))) == 1
        one_more(), one_more()
        with CaptureQueriesContext(connection) as three:
            assert len(numbers(client.get(at("board")))) == 3
        assert len(one) == len(three) <= 24

    def test_pages(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("desk.admin.lists.PAGE", 2)
        for _each in range(3):
            town.report()
        client = enter(town, "grid_worker")
        first, second = client.get(at("duties")), client.get(at("duties", page="2", state="assigned"))
        assert len(numbers(first) | numbers(second)) == 3 and len(numbers(second)) == 1
        assert 'rel="prev" href="?state=assigned&amp;page=1"' in second.content.decode()

    def test_counting_stops_where_nobody_leafs(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("trail.paging.MOST_COUNTED", 2)
        for _each in range(4):
            town.report()
        response = enter(town, "grid_worker").get(at("issues"))
        assert response.context["page"].paginator.count == 3 and response.context["more"]


class TestFiles:
    @pytest.mark.parametrize("key", KEYS)
    def test_a_file_holds_what_the_page_shows(self, town: Town, busy: dict[str, Issue], key: str) -> None:
        to_call(town)
        client = enter(town, "district_dispatcher")
        shown = [row.cells for row, _cells in client.get(at(key)).context["rows"]]
        response = take(client, at(key), "csv")
        header, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
        table = next(table for table in TABLES if table.key == key)
        assert header == [str(column.label) for column in table.columns]
        assert rows == [list(row) for row in shown] and rows
        assert response["Content-Disposition"].startswith(f'attachment; filename="{key}-20260310')

    def test_as_a_workbook(self, town: Town, busy: dict[str, Issue]) -> None:
        response = take(enter(town, "street_dispatcher"), at("issues", late="on"))
        sheet = zipfile.ZipFile(io.BytesIO(response.content)).read("xl/worksheets/sheet1.xml").decode()
        assert busy["late"].number in sheet and busy["fresh"].number not in sheet
        event = Event.objects.about("user", town.people["street_dispatcher"].pk).get(verb="export")
        told = {"list": "issues", "filter": {"late": "1"}, "file": "xlsx"}
        assert {name: event.data[name] for name in told} == told and event.data["rows"] >= 1

    def test_the_moments_of_a_workbook_are_real_ones(self, town: Town, busy: dict[str, Issue]) -> None:
        client = enter(town, "district_dispatcher")
        shown = [row.cells for row, _cells in client.get(at("issues")).context["rows"]]
        kept = client.post(reverse("desk:take_snapshot", args=["issues"]), {"query": ""}).url
        for address in (at("issues"), kept):
            book = load_workbook(io.BytesIO(take(client, address).content))
            header, *rows = book.worksheets[0].iter_rows(values_only=True)
            reported = header.index("Reported")
            assert [f"{row[reported]:%Y-%m-%d %H:%M}" for row in rows] == [row[reported] for row in shown]
            assert {type(row[reported]) for row in rows} == {datetime}

    def test_too_many_rows_are_refused_with_what_to_do(
        self, town: Town, busy: dict[str, Issue], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("desk.reading.MOST_ROWS", 2)
        client = enter(town, "district_dispatcher")
        response = take(client, at("issues"), "csv")
        assert "narrow the filter" in response.content.decode() and "Content-Disposition" not in response
        client.post(reverse("desk:take_snapshot", args=["issues"]), {"query": ""})
        assert not Snapshot.objects.exists()


class TestSnapshots:
    def take(self, client: Client, key: str = "duties", query: str = "late=on", **more: str) -> Any:
        return client.post(reverse("desk:take_snapshot", args=[key]), {"query": query} | more)

    def test_it_keeps_what_was_shown_then(self, town: Town, busy: dict[str, Issue]) -> None:
        client = enter(town, "street_dispatcher")
        shown = [list(row.cells) for row, _cells in client.get(at("duties", late="on")).context["rows"]]
        response = self.take(client)
        kept = Snapshot.objects.get()
        assert response.url == reverse("desk:snapshot", args=[kept.pk])
        Issue.objects.update(due_at=town.now + timedelta(days=1), place_label="elsewhere")
        assert list(kept.rows.values_list("cells", flat=True)) == shown
        page = client.get(response.url).content.decode()
        assert shown[0][0] in page and "elsewhere" not in page and "Late only: yes" in page
        file = take(client, response.url, "csv").content.decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(file, newline="")))[1:] == shown
        assert (kept.unit, kept.taken_by, kept.taken_at) == (
            town.street, town.people["street_dispatcher"], town.now,
        )  # fmt: skip

    def test_the_event_names_list_filter_and_number_of_rows(self, town: Town, busy: dict[str, Issue]) -> None:
        self.take(enter(town, "district_dispatcher"), query="unit=220103001&category=road", key="issues")
        event = Event.objects.get(subject_type="snapshot")
        assert event.data["rows"] == 2
        assert event.data["filter"] == {"unit": "220103001", "category": "road"}

    def test_sent_twice_it_is_taken_once(self, town: Town, busy: dict[str, Issue]) -> None:
        client = enter(town, "street_dispatcher")
        first = self.take(client, idempotency_key="one-key-of-mine")
        second = self.take(client, idempotency_key="one-key-of-mine")
        assert first.url == second.url and Snapshot.objects.count() == 1

    def test_who_opens_it(self, town: Town, busy: dict[str, Issue]) -> None:
        address = self.take(enter(town, "community_secretary")).url
        allowed = {"community_secretary", "street_dispatcher", "supervisor", "district_dispatcher"}
        for name in (*allowed, "community_worker", "grid_worker", "far_dispatcher", "body_officer"):
            status = enter(town, name).get(address).status_code
            assert status == (200 if name in allowed else 404), name

    def test_a_row_links_only_to_what_the_reader_sees(self, town: Town, busy: dict[str, Issue]) -> None:
        address = self.take(enter(town, "district_dispatcher"), "issues", "").url
        text = enter(town, "second_dispatcher").get(address).content.decode()
        assert reverse("admin:issues_issue_change", args=[busy["far"].pk]) in text

    def test_a_changed_row_is_found_before_a_file_leaves(self, town: Town, busy: dict[str, Issue]) -> None:
        client = enter(town, "street_dispatcher")
        address = self.take(client).url
        SnapshotRow.objects.update(cells=["somebody", "was", "here"])
        response = take(client, address)
        assert "somebody changed the database" in response.content.decode()
        assert "Content-Disposition" not in response

    def test_the_list_of_snapshots_asks_no_more_for_more(self, town: Town, busy: dict[str, Issue]) -> None:
        client = enter(town, "street_dispatcher")
        self.take(client)
        client.get(reverse("desk:snapshots"))
        with CaptureQueriesContext(connection) as one:
            client.get(reverse("desk:snapshots"))
        self.take(client, "board", ""), self.take(client, "tasks", "")
        with CaptureQueriesContext(connection) as three:
            assert len(client.get(reverse("desk:snapshots")).context["page"]) == 3
        assert len(one) == len(three)

    def test_nobody_outside_keeps_a_list(self, town: Town) -> None:
        with pytest.raises(NotAllowed):
            take_snapshot("issues", [], by=town.people["property_officer"], now=town.now)
        with override("en"), pytest.raises(Refused, match="no such list"):
            take_snapshot("secrets", [], by=town.people["supervisor"], now=town.now)

    def test_a_filter_that_cannot_be_read_keeps_nothing(self, town: Town) -> None:
        self.take(enter(town, "street_dispatcher"), query="unit=nowhere")
        assert not Snapshot.objects.exists()


class TestSavedFilters:
    def test_saved_used_and_removed(self, town: Town, busy: dict[str, Issue]) -> None:
        client = enter(town, "street_dispatcher")
        client.post(
            reverse("desk:keep_filter", args=["issues"]), {"name": "roads", "query": "category=road&page=2"}
        )
        kept = SavedFilter.objects.get()
        assert kept.query == "category=road"
        assert at("issues", category="road") in client.get(at("issues")).content.decode()
        assert enter(town, "supervisor").post(reverse("desk:drop_filter", args=[kept.pk])).status_code == 404
        client.post(reverse("desk:drop_filter", args=[kept.pk]))
        assert not SavedFilter.objects.exists()

    def test_the_same_name_replaces_and_there_is_an_end(self, town: Town) -> None:
        mine = {"by": town.people["supervisor"], "now": town.now}
        for number in range(30):
            save_filter("issues", name=f"n{number}", query="", **mine)
        save_filter("issues", name="n1", query="late=on", **mine)
        assert SavedFilter.objects.get(name="n1").query == "late=on"
        with override("en"), pytest.raises(Refused, match="30 filters"):
            save_filter("issues", name="one more", query="", **mine)
        with override("en"), pytest.raises(Refused, match="name"):
            save_filter("issues", name=" ", query="", **mine)
        with pytest.raises(NotAllowed):
            forget_filter(SavedFilter.objects.first(), by=town.people["spotter"], now=town.now)


class TestRates:
    @pytest.fixture
    def rated(self, town: Town) -> Issue:
        issue = town.report()
        do(town, "sign", issue, "grid_worker")
        do(town, "submit_result", issue, "grid_worker", outcome="solved", text="演示")
        PERFORM["rate"](issue, by=None, now=town.now, answered=True, solved=True, satisfied=False)
        count_rates(date(2026, 3, 1), date(2026, 3, 10), now=town.now)
        return issue

    def page(self, town: Town, name: str = "street_dispatcher", **query: str) -> Any:
        pairs = "&".join(f"{key}={value}" for key, value in query.items())
        return enter(town, name).get(f"{reverse('desk:rates')}?{pairs}")

    def file(self, town: Town, kind: str, **query: str) -> Any:
        pairs = "&".join(f"{key}={value}" for key, value in query.items())
        return take(enter(town, "street_dispatcher"), f"{reverse('desk:rates')}?{pairs}", kind)

    def test_by_the_parts_of_my_unit(self, town: Town, rated: Issue) -> None:
        lines = {line.row.code: line for line in self.page(town).context["lines"]}
        assert lines[town.community.code].rates == ["100.0 %", "100.0 %", "0.0 %"]
        assert lines[town.other_community.code].rates == ["—", "—", "—"]
        assert [number for number, _link in lines[town.community.code].numbers] == [1, 0, 1, 0]

    def test_a_group_of_categories_counts_all_that_is_part_of_it(self, town: Town, rated: Issue) -> None:
        town.categories["permit"].category_set.add(rated.category)
        for key, number in (("permit", 1), ("litter", 1), ("noise", 0)):
            total = self.page(town, category=key).context["lines"][-1]
            assert total.numbers[0][0] == number, key

    @pytest.mark.parametrize("by", ["unit", "body", "category"])
    def test_every_number_leads_to_its_list(self, town: Town, rated: Issue, by: str) -> None:
        client = enter(town, "district_dispatcher")
        response = client.get(f"{reverse('desk:rates')}?by={by}")
        checked = 0
        for line in response.context["lines"]:
            for number, link in line.numbers:
                if number and line.row.kind != "own":
                    assert len(numbers(client.get(link))) == number
                    checked += 1
        assert checked >= 2

    def test_the_reasons_have_a_table_of_their_own(self, town: Town, rated: Issue) -> None:
        other = to_call(town)
        said = {"answered": True, "solved": False, "satisfied": False, "reasons": ["still_there"]}
        do(town, "call_back", other, "community_worker", reached=True, **said)
        assert "Reasons beside the ratings" not in self.page(town).content.decode()
        count_rates(date(2026, 3, 1), date(2026, 3, 10), now=town.now)
        for by in ("unit", "category"):
            page = self.page(town, by=by)
            assert list(page.context["reasons"]) == ["The problem is still there"]
            assert [(row.kind, counts) for row, counts in page.context["reason_lines"]] == [
                ("part", [1]),
                ("total", [1]),
            ]
        assert page.context["lines"][-1].row.figures.called == 1
        response = self.file(town, "csv", what="reasons")
        assert 'filename="reasons-unit-20260301-20260310.csv"' in response["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
        assert rows[0] == ["Code", "Name", "Rated", "The problem is still there"]
        assert rows[1] == [town.community.code, "天光社区", "2", "1"] and rows[-1][2:] == ["2", "1"]

    def test_another_period_and_what_cannot_be(self, town: Town, rated: Issue) -> None:
        assert self.page(town, period="last_month").context["lines"][-1].rates == ["—"] * 3
        assert (
            self.page(town, first="2026-03-10", last="2026-03-10").context["lines"][-1].rates[0] == "100.0 %"
        )
        for query in ({"first": "2024-01-01", "last": "2026-03-01"}, {"unit": "220103002"}, {"period": "x"}):
            assert self.page(town, **query).status_code == 422

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_as_a_file(self, town: Town, rated: Issue, kind: str) -> None:
        response = self.file(town, kind)
        assert (
            response["Content-Disposition"] == f'attachment; filename="rates-unit-20260301-20260310.{kind}"'
        )
        if kind == "csv":
            rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))
            assert rows[1][:3] == [town.community.code, "天光社区", "100.0 %"] and rows[-1][5] == "1"
        else:
            rows = list(load_workbook(io.BytesIO(response.content)).worksheets[0].iter_rows(values_only=True))
            assert rows[1][:3] == (town.community.code, "天光社区", 1) and rows[-1][5] == 1
            assert rows[2][2] is None, "nobody has rated there"

    def test_more_rows_ask_no_more(self, town: Town, rated: Issue) -> None:
        client = enter(town, "district_dispatcher")
        client.get(reverse("desk:rates"))
        with CaptureQueriesContext(connection) as one:
            client.get(reverse("desk:rates"))
        far = town.report(place=town.far_building)
        do(town, "sign", far, "far_worker")
        do(town, "submit_result", far, "far_worker", outcome="solved", text="演示")
        PERFORM["rate"](far, by=None, now=town.now, answered=True, solved=True, satisfied=True)
        count_rates(date(2026, 3, 1), date(2026, 3, 10), now=town.now)
        with CaptureQueriesContext(connection) as two:
            client.get(reverse("desk:rates"))
        assert len(one) == len(two) <= 20


class TestAssessment:
    """双向评价."""

    @pytest.fixture
    def whistled(self, town: Town) -> Issue:
        issue = town.report("road")
        do(town, "sign", issue, "street_leader")
        bodies = [town.office, town.property]
        do(town, "whistle", issue, "street_leader", kind="tough", bodies=bodies, text="演示")
        for name, body, verdict in (
            ("office_officer", town.office, "good"),
            ("property_officer", town.property, "poor"),
        ):
            callee = Callee.objects.get(body=body)
            do(town, "decline", callee, name, text="演示")
            do(town, "rate_callee", callee, "street_leader", verdict=verdict)
        do(town, "judge", Callee.objects.get(body=town.office), "office_officer", validity="not_ours")
        return issue

    def page(self, town: Town, name: str = "street_dispatcher", **query: str) -> Any:
        pairs = "&".join(f"{key}={value}" for key, value in query.items())
        return enter(town, name).get(f"{reverse('desk:assessed')}?{pairs}")

    def file(self, town: Town) -> Any:
        return take(enter(town, "street_dispatcher"), reverse("desk:assessed"))

    def rows(self, response: Any) -> dict[str, list[int]]:
        assert response.status_code == 200, response.content.decode()[:2000]
        return {row.code: row.numbers for row in response.context["rows"]}

    def test_by_those_who_were_called(self, town: Town, whistled: Issue) -> None:
        assert self.rows(self.page(town)) == {
            town.office.code: [1, 1, 0, 0, 1, 0, 0, 1, 1],
            town.property.code: [1, 0, 0, 1, 1, 0, 0, 0, 0],
            "": [2, 1, 0, 1, 2, 0, 0, 1, 1],
        }

    def test_by_those_who_called(self, town: Town, whistled: Issue) -> None:
        found = self.rows(self.page(town, by="caller"))
        assert found[town.street.code] == found[""] == [2, 1, 0, 1, 2, 0, 0, 1, 1]

    def test_narrowed_and_in_another_period(self, town: Town, whistled: Issue) -> None:
        nothing = {"": [0] * 9}
        assert self.rows(self.page(town, period="last_month")) == nothing
        assert self.rows(self.page(town, unit=town.other_community.code)) == nothing
        assert set(self.rows(self.page(town, body=town.office.code))) == {town.office.code, ""}
        assert self.rows(self.page(town, category="litter")) == nothing
        town.categories["litter"].category_set.add(whistled.category)
        assert self.rows(self.page(town, category="litter")) == self.rows(self.page(town))
        assert self.page(town, period="x").status_code == 422

    def test_nobody_reads_the_neighbours(self, town: Town, whistled: Issue) -> None:
        assert self.rows(self.page(town, "far_dispatcher")) == {"": [0] * 9}
        assert self.page(town, "property_officer").status_code == 403

    def test_a_whistle_that_the_street_has_not_agreed_to_called_nobody(self, town: Town) -> None:
        issue = town.report("noise")
        do(town, "sign", issue, "community_worker")
        bodies = [town.office, town.posted]
        do(town, "whistle", issue, "community_worker", kind="tough", bodies=bodies, text="演示")
        assert Callee.objects.filter(state="proposed").count() == 2
        assert self.rows(self.page(town)) == {"": [0] * 9}

    def test_as_a_file(self, town: Town, whistled: Issue) -> None:
        response = self.file(town)
        name = "assessment-called-20260301-20260310.xlsx"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        rows = list(load_workbook(io.BytesIO(response.content)).worksheets[0].iter_rows(values_only=True))
        assert rows[1][0] == town.office.code and rows[-1][2:5] == (2, 1, 0)


def test_every_table_is_made_of_known_columns() -> None:
    assert all(COLUMN[column.key] is column for table in TABLES for column in table.columns)
    assert len({table.key for table in TABLES}) == len(TABLES)
