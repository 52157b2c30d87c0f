"""Every list that leaves the house as a file: asked for by a form alone, and written down under who took it."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from issues.actions.hotline import confirm_import, read_file, take_in_file
from issues.actions.outside import report_outside
from issues.models import ImportBatch
from tests.architecture.source import House, last_name
from tests.builders import Town
from tests.desk.test_lists import enter
from tests.faces import stop_clock, take
from tests.issues.sheets import row, workbook
from tests.volunteers.people_builders import volunteer
from trail.job_actions import run_job_once
from trail.models import Event
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.pairings import pair_place

PHONE = "13800001234"


class Download(NamedTuple):
    """`door`: the module that hands it over. `told`: list and filter as the trail has them. `sorts`: of file."""

    door: str
    reader: str
    address: Callable[[Town], str]
    told: tuple[str, dict[str, Any]]
    sorts: tuple[str, ...] = ("xlsx", "csv")


def on(name: str, query: str = "", *args: Any) -> Callable[[Town], str]:
    return lambda _town: reverse(name, args=args) + query


def imported(town: Town) -> ImportBatch:
    """A file of hotline orders, two of them imported, one wrong; the rows name a caller and a telephone."""
    by = town.people["district_dispatcher"]
    data = workbook([row(number="G1"), row(number="G2"), row(number="G3", deadline="x")])
    sheet = read_file(town.district, data, by=by, now=town.now)
    batch = take_in_file(town.district, sheet, file_name="1.xlsx", by=by, now=town.now)
    confirm_import(batch, by=by, now=town.now)
    while run_job_once(now=town.now):
        pass
    return batch


def results(town: Town) -> str:
    imported(town)
    return reverse("admin:issues_hotlineorder_export") + "?q=G1&ended=no&p=1"


def wrong_rows(town: Town) -> str:
    return reverse("admin:issues_importbatch_wrong", args=[imported(town).pk])


def outside(town: Town) -> str:
    usual = {"grid": town.grid, "given_by": town.street, "text": "演示:替街道填报表"}
    report_outside(by=town.people["grid_worker"], now=town.now, **usual)
    return reverse("admin:issues_outsidetask_export") + "?state__exact=open"


def snapshot(town: Town) -> str:
    town.report()
    kept = enter(town, "street_dispatcher").post(
        reverse("desk:take_snapshot", args=["issues"]), {"query": ""}
    )
    return str(kept.url)


def hours(town: Town) -> str:
    done = propose_service(
        volunteer(town),
        on=town.now.date(),
        minutes=60,
        what="演示:送菜",
        unit=town.community,
        by=town.people["community_secretary"],
        now=town.now,
    )
    confirm_service(done, by=town.people["street_leader"], now=town.now)
    return reverse("admin:volunteers_service_export") + "?period=month"


def paired(town: Town) -> str:
    by = {"by": town.people["community_secretary"], "now": town.now}
    pair_place(town.grid, level=2, official=town.people["body_head"], **by)
    return reverse("admin:volunteers_pairing_export") + "?level__exact=2&state=now"


def found(town: Town) -> str:
    town.report(text=f"演示:{PHONE}")
    return reverse("desk:list", args=["issues"]) + "?late=&state=assigned&page=1"


MONTH = {"period": "this_month", "first": "2026-03-01", "last": "2026-03-10"}
DOWNLOADS = {
    "units": Download(
        "grids.admin.exports",
        "system_admin",
        on("admin:grids_unit_export", "?kind__exact=street&q=新发"),
        ("units", {"kind__exact": "street", "q": True}),
    ),
    "hotline results": Download(
        "issues.admin.hotline",
        "district_dispatcher",
        results,
        ("hotline", {"q": True, "ended": "no"}),
        ("xlsx",),
    ),
    "hotline, wrong rows": Download(
        "issues.admin.hotline_files", "district_dispatcher", wrong_rows, ("hotline_wrong", {}), ("xlsx",)
    ),
    "outside tasks": Download(
        "issues.admin.outside",
        "district_dispatcher",
        outside,
        ("outside_tasks", {"state__exact": "open"}),
        ("xlsx",),
    ),
    "service": Download(
        "volunteers.admin.hours", "street_dispatcher", hours, ("service", {"period": "month"})
    ),
    "points": Download(
        "volunteers.admin.points",
        "district_dispatcher",
        on("admin:volunteers_good_figures", "?district=220103"),
        ("points", {"district": "220103"}),
    ),
    "figures of volunteering": Download(
        "volunteers.admin.figures",
        "district_dispatcher",
        on("volunteers_desk:figures", "?unit=220103&first=2026-03-01&last=2026-03-31"),
        ("volunteering", {"unit": "220103", "first": "2026-03-01", "last": "2026-03-31", "period": "free"}),
    ),
    "pairings": Download(
        "volunteers.admin.pairings",
        "street_dispatcher",
        paired,
        ("pairings", {"level__exact": "2", "state": "now"}),
    ),
    "problems": Download("desk.admin.lists", "street_dispatcher", found, ("issues", {"state": "assigned"})),
    "snapshot": Download(
        "desk.admin.snapshots", "street_dispatcher", snapshot, ("snapshot", {"list": "issues"})
    ),
    "rates": Download(
        "desk.admin.rates",
        "street_dispatcher",
        on("desk:rates", "?by=body"),
        ("rates", {"by": "body"} | MONTH),
    ),
    "reasons": Download(
        "desk.admin.rates",
        "street_dispatcher",
        on("desk:rates", "?what=reasons"),
        ("reasons", {"by": "unit"} | MONTH),
    ),
    "assessment": Download(
        "desk.admin.assessed",
        "street_dispatcher",
        on("desk:assessed", "?by=caller"),
        ("assessment", {"by": "caller"} | MONTH),
    ),
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def test_every_door_is_walked_here() -> None:
    """A new one is recorded by itself, and tried as soon as it stands in the table above."""
    house = House(Path(__file__).resolve().parents[2])
    doors = {
        module.name
        for module in house.modules
        for call in module.calls
        if last_name(call.func) == "hand_over" and module.name != "grids.admin.downloads"
    }
    assert doors == {one.door for one in DOWNLOADS.values()}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_look_gives_no_file_and_writes_nothing(town: Town, name: str) -> None:
    one = DOWNLOADS[name]
    address, client = one.address(town), enter(town, one.reader)
    before = Event.objects.count()
    joined = "&" if "?" in address else "?"
    for look in (address, f"{address}{joined}as=csv"):
        answer = client.get(look)
        assert answer.status_code in {200, 405} and "Content-Disposition" not in answer
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", DOWNLOADS)
def test_who_took_it_stands_in_the_trail(town: Town, name: str) -> None:
    one = DOWNLOADS[name]
    address, client, person = one.address(town), enter(town, one.reader), town.people[one.reader]
    what, codes = one.told
    for sort in one.sorts:
        before = Event.objects.count()
        answer = take(client, address, sort)
        assert answer.status_code == 200, answer.content.decode()[:2000]
        assert (
            answer["Content-Disposition"].startswith("attachment;") and "no-store" in answer["Cache-Control"]
        )
        assert Event.objects.count() == before + 1, "the file, and nothing else"
        event = Event.objects.about("user", person.pk).last()
        assert (event.verb, event.actor_id, event.occurred_at) == ("export", person.pk, town.now)
        told = event.data
        assert (told["list"], told["file"]) == (what, sort)
        assert codes.items() <= told["filter"].items() and set(told["filter"]) <= {*codes, "file", "snapshot"}
        assert told["rows"] == lines_of(answer.content, sort), "as many as stand below its headings"
        assert PHONE not in str(told) and "新发" not in str(told)


def lines_of(content: bytes, sort: str) -> int:
    if sort == "csv":
        return len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))) - 1
    sheets = load_workbook(io.BytesIO(content)).worksheets
    return sum(len(list(sheet.values)) - 1 for sheet in sheets)


@pytest.mark.parametrize("name", DOWNLOADS)
def test_who_may_not_read_it_takes_nothing(town: Town, name: str) -> None:
    one = DOWNLOADS[name]
    address = one.address(town)
    before = Event.objects.filter(verb="export").count()
    answer = take(enter(town, "security_admin"), address)
    assert answer.status_code in {302, 403, 404} and "Content-Disposition" not in answer
    assert Event.objects.filter(verb="export").count() == before
