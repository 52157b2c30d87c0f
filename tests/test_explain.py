"""What the faces ask of thousands of rows is answered from the indexes, and the planner chooses them by itself.

No switch is turned off here: sixteen streets, thousands of units, and issues as after a year, with statistics.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, QuerySet

from bench import requests
from desk import lists
from desk.board import board
from desk.lists import Asked
from desk.querysets import Day
from desk.screen import called_next, letters_next, longest_late
from grids.actions.importer import import_units
from grids.models import Unit
from grids.offered import units_called
from grids.sheets import read_sheet
from grids.standing import forget_standings
from issues.actions.figures import recount
from issues.answering import vacant_in
from issues.api.deadlines import in_sight
from issues.api.filters import IssueFilter
from issues.api.views import ORDER, ROW, with_fields
from issues.districts import forget_rules
from issues.lifecycle import OPEN_STATES
from issues.likely import candidates
from issues.models import Callee, Counted, Figure, Issue
from issues.sights import parts_in_sight
from issues.similar import Spot
from issues.worktimes import forget_worktimes
from open311.shown import requests_in, with_columns
from open311.windows import LONGEST_SPAN
from tests.builders import Town, town

ISSUES = 6_000
BIG = (
    *("grids_unit", "issues_issue", "issues_concern", "issues_callee", "issues_whistle", "issues_deadline"),
    *("issues_figure", "issues_counted"),
)
MORE = Path(__file__).with_name("filled.sql")
Question = Callable[["Place"], QuerySet]


class Place:
    """The town of the other tests beside fourteen further streets; its people ask at `now`."""

    def __init__(self) -> None:
        self.town: Town = town()
        import_units(read_sheet("\n".join(_sheet())), by=None, now=self.town.now)
        code = "220103005003002"
        self.street, self.community, self.grid = (Unit.objects.get(code=code[:n]) for n in (9, 12, 15))
        self.building = Unit.objects.filter(grid=self.grid, kind="building").first()
        for name, role, unit in (
            ("of the street", "street_dispatcher", self.street),
            ("of the community", "community_worker", self.community),
            ("of the grid", "grid_worker", self.grid),
            ("of the building", "building_head", self.building),
        ):
            self.town.appoint(name, role, unit)
        made = {
            "body": self.town.department.pk,
            "other": self.town.office.pk,
            "caller": self.town.people["community_worker"].pk,
        }
        with connection.cursor() as cursor:
            cursor.execute(requests.FILL.read_text(), {"count": ISSUES})
            cursor.execute(MORE.read_text(), made)
            cursor.execute("SELECT now()")
            self.now: datetime = cursor.fetchone()[0]
            recount(now=self.now)
            cursor.execute(f"ANALYZE {', '.join(BIG)}")

    def seen(self, name: str) -> Any:
        """What this person may see."""
        return Issue.objects.visible_to(self.town.people[name], self.now)

    def queue(self, name: str) -> Any:
        """The staff admin's list."""
        return self.seen(name).shown().with_order().due_first()

    def day(self, name: str) -> Day:
        return Day(self.town.people[name], self.now)

    def asked(self, name: str, unit: Unit) -> Asked:
        return Asked(self.town.people[name], self.now, unit=unit)

    def clocks(self, name: str) -> QuerySet:
        """The first page of the API's deadlines."""
        return in_sight(self.town.people[name], self.now).order_by("due_at", "pk")[:21]

    def called(self, name: str) -> QuerySet:
        """The first page of the API's callees, what is due first."""
        seen = parts_in_sight(Callee.objects.waiting(), self.town.people[name], self.now)
        return seen.order_by("due_at", "-pk")[:21]

    def alike(self, **here: Any) -> QuerySet:
        """What may be the same as something at this place."""
        return candidates(Spot(**here), self.community.pk, (), self.now)

    def listed(self, name: str, order: str = "newest", **asked: str) -> QuerySet:
        """A page of the API's list."""
        found = IssueFilter(asked, with_fields(self.seen(name), ROW), request=Asker(self, name)).qs
        return found.order_by(*(key.order for key in ORDER[order]))[:21]


class Asker:
    """As much of a request as a filter wants."""

    def __init__(self, place: Place, name: str) -> None:
        self.user = place.town.people[name]


def _sheet() -> Iterator[str]:
    yield "code,kind,name,parent_code,households"
    for street in (f"220103{n:03d}" for n in range(3, 17)):
        yield f"{street},street,演示{street[-3:]}街道,220103,"
        for community in (f"{street}{n:03d}" for n in range(1, 9)):
            yield f"{community},community,演示{community[-6:]}社区,{street},"
            for number in range(1, 5):
                grid = f"{community}{number:03d}"
                yield f"{grid},grid,第{number}网格,{community},400"
                for house in range(1, 5):
                    yield f"{community}{number * 10 + house:05d},building,{number}-{house}号楼,{grid},100"


@pytest.fixture(scope="module")
def _filled_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[Place]:
    """Filled once for all tests here, inside a transaction that is undone at the end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            yield Place()
            transaction.set_rollback(True)
        forget_standings(), forget_rules(), forget_worktimes()
        # How large a table is, is kept past the end of a transaction.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(BIG)}")


@pytest.fixture
def place(_filled_once: Place, db: None) -> Place:
    return _filled_once


def plan_of(queryset: QuerySet) -> tuple[set[str], set[str]]:
    """(big tables that are read from end to end, indexes that are used)."""
    (whole,) = json.loads(queryset.explain(format="json"))
    read, used, waiting = set(), set(), [whole["Plan"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if "Index Name" in node:
            used.add(node["Index Name"])
        if node["Node Type"] == "Seq Scan":
            read.add(node["Relation Name"])
    return read & set(BIG), used


# Of each building, for what is asked of units alone.
COPIES = 25
LON, LAT = 125.32, 43.88
STREET, COMMUNITY = {"issue_street_new", "issue_street_due"}, {"issue_community_new", "issue_community_due"}
GRID = {"issue_grid_new", "issue_grid_due", "issue_grid_live"}
DISTRICT = {"issue_district_new", "issue_district_due"}
CONCERN = {"concern_body_once"}
# What is asked → one of the indexes that must answer it.
QUESTIONS: dict[str, tuple[Question, set[str]]] = {
    # The API's list, first page.
    "newest of a street": (lambda p: p.listed("of the street"), {"issue_street_new"}),
    "newest of a community": (lambda p: p.listed("of the community"), COMMUNITY),
    "newest of a grid": (lambda p: p.listed("of the grid"), GRID),
    "newest of a building": (lambda p: p.listed("of the building"), {"issue_building_new"}),
    "newest of the district": (lambda p: p.listed("district_dispatcher"), {"issue_district_new"}),
    "a street of the district": (
        lambda p: p.listed("district_dispatcher", street=p.street.code),
        STREET,
    ),
    "open in a street": (lambda p: p.listed("of the street", open="true"), STREET),
    "due in a street": (lambda p: p.listed("of the street", "due", ordering="due"), {"issue_street_due"}),
    "due in the district": (
        lambda p: p.listed("district_dispatcher", "due", ordering="due"),
        {"issue_district_due"},
    ),
    "late in a street": (lambda p: p.listed("of the street", overdue="true"), {"issue_street_due"}),
    "supervised in a street": (
        lambda p: p.listed("of the street", supervised="true"),
        {"issues_issue_pkey"} | STREET,
    ),
    "reported today, over REST": (lambda p: p.listed("of the street", today="reported"), STREET),
    "done today, over REST": (
        lambda p: p.listed("district_dispatcher", today="done"),
        {"issue_district_result", "issue_district_new"},
    ),
    "rated today, over REST": (
        lambda p: p.listed("district_dispatcher", today="rated"),
        {"issues_issue_pkey", "issue_district"},
    ),
    "led by me": (lambda p: p.listed("of the street", led="true"), STREET),
    "registered by me, over REST": (
        lambda p: p.listed("of the grid", registered="true"),
        {"issue_registered"} | GRID,
    ),
    "with a grid": (
        lambda p: p.listed("of the grid", "due", ordering="due", mine="true"),
        GRID | {"issue_unit_due"},
    ),
    "of a body": (lambda p: p.listed("body_officer"), CONCERN),
    "open ones of a body": (lambda p: p.listed("body_officer", open="true"), CONCERN),
    # Open311: everybody's list, and the states of its requests.
    "requests of a district": (
        lambda p: with_columns(
            requests_in(p.town.district)
            .screened()
            .filter(reported_at__range=(p.now - LONGEST_SPAN, p.now))
            .order_by("-reported_at", "-pk")
        )[:20],
        {"issue_district_new"},
    ),
    # Units by position.
    "boundaries around a position": (
        lambda p: Unit.objects.extending_over(125.3, 43.9, 125.3, 43.9),
        {"unit_extent"},
    ),
    "units in a box": (lambda p: Unit.objects.in_box(125.3, 43.9, 125.31, 43.91), {"unit_extent"}),
    "buildings around a position": (
        lambda p: Unit.objects.open().filter(kind="building").within_metres(125.3, 43.9, 30),
        {"unit_position"},
    ),
    # Figures of the desk.
    "reported today in a street": (
        lambda p: _counted(p.seen("of the street").of_today("reported", p.now), "state"),
        STREET,
    ),
    "done today in the district": (
        lambda p: _counted(p.seen("district_dispatcher").of_today("done", p.now), "state"),
        {"issue_district_result"},
    ),
    "rated today in the district": (
        lambda p: _counted(p.seen("district_dispatcher").of_today("rated", p.now), "state"),
        {"issues_issue_pkey", "issue_district"},
    ),
    "supervised in the district": (
        lambda p: _counted(p.seen("district_dispatcher").supervised(), "state"),
        {"issues_issue_pkey", "issue_district_due"},
    ),
    # Quick jump.
    "units of a street by a part of the name": (
        lambda p: units_called("示花园", p.town.people["of the street"], p.now)[:16],
        {"grids_unit_street"},
    ),
    "a named request": (
        lambda p: requests_in(p.town.district).filter(code="bench00000000123"),
        {"issues_issue_code"},
    ),
    # Searches.
    "words in a street": (lambda p: p.listed("of the street", q="没有这样的话"), STREET),
    "several words in a street": (lambda p: p.listed("of the street", q="没有 这样的话"), STREET),
    "words in a grid": (lambda p: p.listed("of the grid", q="没有这样的话"), GRID),
    "words of a body": (lambda p: p.listed("body_officer", q="没有这样的话"), CONCERN),
    "a number": (lambda p: p.listed("of the street", q="20260310-000123"), {"issues_issue_pkey"}),
    "an issue by its code": (
        lambda p: Issue.objects.visible_to(p.town.people["of the street"], p.now, code="bench00000000123"),
        {"issues_issue_code"},
    ),
    "a body's issue by its code": (
        lambda p: Issue.objects.visible_to(p.town.people["body_officer"], p.now, code="bench00000000123"),
        {"issues_issue_code"},
    ),
    # The staff admin's list.
    "the queue of a street": (
        lambda p: p.seen("of the street").shown().due_first()[:20],
        {"issue_street_due"},
    ),
    "words in the queue of a street": (
        lambda p: p.seen("of the street").shown().due_first().matching("没有 这样的话")[:20],
        STREET,
    ),
    "a number of the hotline in the queue of a street": (
        lambda p: p.seen("of the street").shown().due_first().matching("2026031000001")[:20],
        STREET,
    ),
    "the queue of the district": (
        lambda p: p.seen("district_dispatcher").shown().due_first()[:20],
        {"issue_district_due"},
    ),
    "the queue of the district, of one category": (
        lambda p: p.queue("district_dispatcher").of_category("litter")[:200],
        {"issue_district_due"},
    ),
    "the queue of the district, of a category that is rare": (
        lambda p: p.queue("district_dispatcher").of_category("road")[:200],
        {"issues_issue_category"},
    ),
    "the queue of the district, within a street": (
        lambda p: p.queue("district_dispatcher").within(p.street)[:200],
        # Where a street has few, it may as well sort them.
        {"issue_street_due", "issue_street_new"},
    ),
    "the queue of the district, within a community": (
        lambda p: p.queue("district_dispatcher").within(p.community)[:20],
        {"issue_community_due"},
    ),
    "the queue of the district, within a grid": (
        lambda p: p.queue("district_dispatcher").within(p.grid)[:20],
        GRID,
    ),
    "the queue of the district, within a building": (
        lambda p: p.queue("district_dispatcher").within(p.building)[:20],
        {"issue_building_new"},
    ),
    "the queue of a street, of one category within a community": (
        lambda p: p.queue("of the street").of_category("litter").within(p.community)[:20],
        COMMUNITY,
    ),
    # The day of one person.
    "mine, of a grid": (lambda p: p.day("of the grid").mine()[:20], {"issue_unit_due"}),
    # By what one sees of the street, or by what the street has: both are short.
    "mine, of a street": (
        lambda p: p.day("of the street").mine()[:20],
        {"issue_unit_due", "issue_street_due"},
    ),
    "where nobody is, of a street": (
        lambda p: vacant_in(Unit, p.day("of the street").standing.territory(), p.now),
        {"issue_unit_due"},
    ),
    "where nobody is, of the district": (
        lambda p: vacant_in(Unit, p.day("district_dispatcher").standing.territory(), p.now),
        {"issue_unit_due"},
    ),
    "checks on the spot of a street": (
        lambda p: p.day("of the street").answering.parts(p.seen("of the street")).checks,
        {"issue_unchecked"},
    ),
    "mine, of a body": (lambda p: p.day("body_officer").mine()[:20], {"issue_body_due"}),
    "mine, of a deputy": (
        lambda p: p.day("grid_worker_deputy").mine()[:20],
        {"issue_unit_due"},
    ),
    "around a street": (lambda p: p.day("of the street").around()[:20], STREET),
    "around the district": (lambda p: p.day("district_dispatcher").around()[:20], {"issue_district_due"}),
    "danger around a grid": (lambda p: p.day("of the grid").danger_untaken()[:5], GRID),
    "registered by me": (lambda p: p.day("of the grid").registered()[:20], {"issue_registered"}),
    "whistles for a body": (
        lambda p: p.day("body_officer").calls()[:20],
        {"callee_waiting", "issues_callee_body"},
    ),
    "whistles for a grid": (lambda p: p.day("of the grid").calls()[:20], {"callee_waiting"}),
    # Counts.
    "how many are open in a street": (
        lambda p: _counted(Issue.objects.within(p.street).open(), "state"),
        {"issue_street_due"},
    ),
    "how many are open per street": (
        lambda p: _counted(Issue.objects.within(p.town.district).open(), "street"),
        {"issue_district_due"},
    ),
    "how many are late per street": (
        lambda p: _counted(Issue.objects.within(p.town.district).overdue(p.now), "street"),
        {"issue_district_due"},
    ),
    # Subtrees of units: by lineage, and by mptt's own words.
    "units of a street": (lambda p: Unit.objects.within(p.street).order_by(), {"grids_unit_street"}),
    "units of a community": (lambda p: Unit.objects.within(p.community).order_by(), {"grids_unit_community"}),
    "units of a grid": (lambda p: Unit.objects.within(p.grid).order_by(), {"grids_unit_grid"}),
    "mptt's descendants": (lambda p: p.community.get_descendants().order_by(), {"unit_tree_lft"}),
    "units right below": (lambda p: Unit.objects.children_of(p.community).order_by(), {"grids_unit_parent"}),
    "units that a street sees": (
        lambda p: Unit.objects.visible_to(p.town.people["of the street"], p.now).order_by(),
        {"grids_unit_street"},
    ),
    # The lists of a street, as its dispatcher keeps them.
    "problem list": (lambda p: lists.issues(p.asked("of the street", p.street))[:20], {"issue_street_new"}),
    "responsibility list": (lambda p: lists.duties(p.asked("of the street", p.street))[:20], STREET),
    "supervision board": (lambda p: board(p.asked("of the street", p.street))[:20], STREET),
    # The command centre.
    "late on the wall of a district": (
        lambda p: longest_late(p.town.district, [0], p.now),
        {"issue_district_due"},
    ),
    "what stands on the wall of a street": (
        lambda p: Figure.objects.filter(unit__in=[p.street.pk, p.community.pk], hour=None),
        {"figure_once"},
    ),
    "the hours on the wall of a district": (
        lambda p: Figure.objects.filter(
            unit=p.town.district.pk, what__in=("reports", "closings"), hour__gte=p.now - timedelta(days=7)
        ),
        {"figure_once"},
    ),
    "called next on the wall of a street": (
        lambda p: called_next(p.street, [0]),
        {"counted_street_call"},
    ),
    "called next on the wall of a district": (
        lambda p: called_next(p.town.district, [0]),
        {"counted_district_call"},
    ),
    "supervised on the wall of a district": (
        lambda p: letters_next(p.town.district, [0]),
        {"counted_district_letter"},
    ),
    "what has become late": (lambda p: Counted.objects.late_by(p.now)[:1000], {"counted_late"}),
    "late on the wall of a grid": (lambda p: longest_late(p.grid, [0], p.now), {"issue_grid_due"}),
    "to be called back by a street": (
        lambda p: lists.calls(p.asked("of the street", p.street))[:20],
        {"issue_street_result"},
    ),
    "to be called back by a community": (
        lambda p: p.day("of the community").to_call()[:20],
        {"issue_community_result"},
    ),
    "to be called back by the district": (
        lambda p: p.day("district_dispatcher").to_call()[:20],
        {"issue_district_result"},
    ),
    # Beside issues, over REST.
    "clocks of a street": (lambda p: p.clocks("of the street"), {"deadline_open"}),
    "clocks of the district": (lambda p: p.clocks("district_dispatcher"), {"deadline_open"}),
    "clocks of a body": (lambda p: p.clocks("body_officer"), {"deadline_open", "issues_deadline_issue"}),
    "those called in a street": (lambda p: p.called("of the street"), {"issues_callee", "callee_waiting"}),
    "those called in the district": (
        lambda p: p.called("district_dispatcher"),
        {"issues_callee", "callee_waiting"},
    ),
    "those called of a body": (lambda p: p.called("body_officer"), {"issues_callee", "callee_waiting"}),
    # What may be the same: a union along an index each.
    "alike in a grid": (lambda p: p.alike(grid=p.grid.pk), GRID),
    "alike in a community": (lambda p: p.alike(), COMMUNITY),
    "alike near by": (lambda p: p.alike(grid=p.grid.pk, lon=LON, lat=LAT), {"issue_position"}),
    "task list": (lambda p: lists.tasks(p.asked("of the street", p.street))[:20], {"callee_waiting"}),
}


def _counted(issues: QuerySet, column: str) -> QuerySet:
    return issues.order_by().values(column).annotate(count=Count("pk"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_answered_from_an_index(place: Place, name: str) -> None:
    question, indexes = QUESTIONS[name]
    read, used = plan_of(question(place))
    assert not read, f"reads all of {read}"
    assert any(one.startswith(tuple(indexes)) for one in used), f"uses {used}"


@pytest.fixture
def grown(place: Place) -> Place:
    """With as many buildings more as a large district has, so that reading all of them is no plan."""
    counted = {"id", "code", "name", "initials"}
    columns = [field.column for field in Unit._meta.concrete_fields if field.column not in counted]
    kept = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO grids_unit (code, name, initials, {kept})"
            f" SELECT 'x' || id || '-' || n, name || n, md5(id || '-' || n), {kept}"
            " FROM grids_unit, generate_series(1, %s) AS n WHERE kind = 'building'",
            [COPIES],
        )
        cursor.execute("ANALYZE grids_unit")
    return place


@pytest.mark.parametrize(
    ("words", "index"), [("ys003j", "unit_initials"), ("22010300500", "grids_unit_code")]
)
def test_units_by_initials_or_code_are_found_by_an_index(grown: Place, words: str, index: str) -> None:
    read, used = plan_of(units_called(words, grown.town.people["district_dispatcher"], grown.now)[:16])
    assert not read, f"reads all of {read}"
    assert any(one.startswith(index) for one in used), f"uses {used}"


@pytest.mark.parametrize("level", ["district", "street", "community", "grid", "building"])
@pytest.mark.parametrize("order", ["newest", "due", "count"])
def test_a_subtree_of_issues_never_joins_the_tree(place: Place, level: str, order: str) -> None:
    unit = place.town.district if level == "district" else getattr(place, level)
    found = Issue.objects.within(unit)
    match order:
        case "newest":
            found = found.order_by("-reported_at", "-pk")[:20]
        case "due":
            found = found.open().order_by("due_at", "-pk")[:20]
        case "count":
            found = _counted(found.open(), "state")
    read, used = plan_of(found)
    assert not read and all(name.startswith(f"issue_{level}_") for name in used), used
    assert used


def test_the_check_sees_a_table_that_is_read_from_end_to_end(place: Place) -> None:
    """Asked by their states, the open ones of a grid are looked for among all that ever were."""
    by_state = Issue.objects.filter(state__in=OPEN_STATES, owner_unit=place.grid)
    assert plan_of(by_state.order_by("due_at")) == ({"issues_issue"}, set())
    assert set(by_state) == set(Issue.objects.open().filter(owner_unit=place.grid))


def test_there_is_enough_to_choose_from(place: Place) -> None:
    assert Issue.objects.count() == ISSUES and Unit.objects.count() > 2_000
    assert Issue.objects.open().count() == ISSUES / 10
    for name in ("of the street", "of the grid", "body_officer"):
        assert place.listed(name).exists(), name
    assert place.day("of the grid").mine().exists() and place.day("body_officer").calls().exists()
