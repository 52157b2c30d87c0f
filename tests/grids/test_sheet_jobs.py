"""Long sheets and many boundaries: checked and saved in the background with the outcome of the short way, and gone on
with after an interruption."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from grids.actions import boundaries, boundary_sheets, sheet_files
from grids.actions.boundary_sheets import save_boundaries
from grids.actions.sheet_files import confirm_sheet, drop_sheet, erase_sheets, has_failed, remarks_of
from grids.boundary_files import read_boundaries
from grids.coordinates import WGS84
from grids.models import Body, FormerBoundary, SheetFile, Unit
from grids.sheet_kinds import KINDS, parcels
from grids.tables import Table
from grids.workbook import Sheet, xlsx_file
from tests.grids.test_admin_boundaries import LEFT, RIGHT, both, box, check, collection, feature, save
from tests.grids.test_sheet_files import bring, desk, do, everything, manager, run_jobs, upload  # noqa: F401
from trail.job_actions import retry_job, run_job_once
from trail.models import Event, Job
from trail.refusals import NotAllowed, Refused
from trail.retries import FIRST_WAIT, MOST_ATTEMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(db):
    with translation.override("en"):
        yield


@pytest.fixture
def long(monkeypatch):
    """Files of more than three rows are long; two of them are a chunk."""
    monkeypatch.setattr(sheet_files, "CHECKED_AT_ONCE", 3)
    monkeypatch.setattr(sheet_files, "AT_ONCE", 3)
    monkeypatch.setattr(sheet_files, "CHUNK", 2)


def bodies(count: int) -> list[list[str]]:
    return [[f"B-{n}", f"机构{n}", "职能部门", "990101", "", ""] for n in range(count)]


def told(file: SheetFile) -> list[tuple]:
    return [(one.line, one.column, one.value, str(one.reason), wrong) for one, wrong in remarks_of(file)]


def fail_once(monkeypatch, module, name: str, after: int = 0) -> None:
    """The next call but `after` of them does its work and is lost; those that come then go well."""
    there, calls = getattr(module, name), []

    def failing(*given, **more):
        answer = there(*given, **more)
        calls.append(name)
        if len(calls) == after + 1:
            raise RuntimeError("a worker that is lost")
        return answer

    monkeypatch.setattr(module, name, failing)


# --- the check ----------------------------------------------------------------------------------------------
def test_a_long_file_is_checked_in_the_background(manager, town, now, long, desk):  # noqa: F811
    before = everything()
    file = bring("bodies", bodies(5), manager, now)
    assert (file.state, file.total, file.added, file.done) == ("checking", 5, 0, 0)
    with pytest.raises(Refused) as refused:
        confirm_sheet(file, by=manager, now=now)
    assert refused.value.code == "sheet_state"
    job = Job.objects.get()
    page = reverse("admin:grids_sheetfile_change", args=[file.pk])
    assert page in desk.get(reverse("admin:trail_job_change", args=[job.pk])).content.decode()
    seen = []
    while run_job_once(now=now):
        file.refresh_from_db()
        job.refresh_from_db()
        seen.append((file.state, file.added, job.done, job.total, job.percent))
    assert seen == [("checking", 2, 2, 5, 40), ("checking", 4, 4, 5, 80), ("checked", 5, 5, 5, 100)]
    assert (file.wrong, file.done) == (0, 0) and file.content and everything() == before
    verbs = list(Event.objects.about("sheet", file.pk).values_list("verb", "actor_id"))
    assert verbs == [("take_in", manager.pk), ("check", None)]
    confirm_sheet(file, by=manager, now=now)
    run_jobs(now)
    file.refresh_from_db()
    assert (file.state, file.added, file.content) == ("done", 5, "") and Body.objects.filter(
        code="B-4"
    ).exists()


def test_a_short_one_is_still_checked_at_once(manager, town, now, long):  # noqa: F811
    file = bring("bodies", bodies(3), manager, now)
    assert (file.state, file.added) == ("checked", 3) and not Job.objects.exists()


WRONG = {
    # The first and the last are the same body; between them one of a kind that there is not.
    "bodies": [*bodies(3), ["B-8", "x", "云", "990101", "", ""], *bodies(1)],
    # Two full-time workers for one basic grid, and somebody whom nobody knows.
    "posts": [
        ["li", "专职网格员", "990101001001002", "", "", ""],
        ["wang", "网格长", "990101001001001", "", "", ""],
        ["li", "网格长", "990101001002001", "", "", ""],
        ["nobody", "网格长", "990101002001001", "", "", ""],
        ["wang", "专职网格员", "990101001001002", "", "", ""],
    ],
    "units": [
        *([f"99010100100101{n}", "基础网格", f"网格{n}", "", "", "", ""] for n in range(3)),
        ["990101009001003", "基础网格", "x", "", "", "", ""],
        ["990101001001018", "云", "x", "", "", "", ""],
    ],
}


@pytest.mark.parametrize("kind", WRONG)
def test_it_finds_what_the_check_of_all_at_once_finds(kind, manager, town, now, person, monkeypatch):  # noqa: F811
    person("wang")
    User.objects.filter(pk=manager.pk).update(language="en")
    before = everything()
    short = bring(kind, WRONG[kind], manager, now)
    assert short.state == "checked" and short.wrong >= 2
    monkeypatch.setattr(sheet_files, "CHECKED_AT_ONCE", 3)
    monkeypatch.setattr(sheet_files, "CHUNK", 2)
    file = bring(kind, WRONG[kind], manager, now)
    with translation.override("zh-hans"):  # the worker's own language is nobody's
        run_jobs(now)
    file.refresh_from_db()
    assert told(file) == told(short)
    counts = ("state", "wrong", "added", "changed", "unchanged", "content", "done", "total")
    assert {name: getattr(file, name) for name in counts} == {name: getattr(short, name) for name in counts}
    assert everything() == before


def test_rows_that_may_be_in_each_others_way_are_in_one_part(manager):  # noqa: F811
    header = tuple(KINDS["posts"].headings())
    rows = tuple((n, ("li", "x", place)) for n, place in enumerate("abacbadd", start=2))
    parts = [
        [line for line, _cells in part.rows] for part in parcels(KINDS["posts"], Table(1, header, rows), 2)
    ]
    assert parts == [[2, 4, 7], [3, 6], [5, 8, 9]]
    # A column that is not there is a fault of all of them.
    assert len(parcels(KINDS["posts"], Table(1, ("登录名", "岗位"), rows), 2)) == 1
    assert len(parcels(KINDS["units"], Table(1, header, rows), 2)) == 1


def test_a_header_that_lacks_columns_is_told_once(manager, town, now, long):  # noqa: F811
    rows = [[f"B-{n}", "x", "职能部门"] for n in range(5)]
    short = xlsx_file(Sheet("x", ["编码", "名称", "类别"], rows))
    file = bring("bodies", None, manager, now, data=short)
    run_jobs(now)
    file.refresh_from_db()
    [(line, column, _value, _reason, wrong)] = told(file)
    assert (file.state, line, column, wrong) == ("checked", 1, "所属辖区编码", True)
    job = Job.objects.get()
    assert (job.state, job.done, job.total) == ("done", 5, 5)


def test_interrupted_it_goes_on_where_it_stood(manager, town, now, long, monkeypatch):  # noqa: F811
    rows = [*bodies(4), ["B-8", "x", "云", "990101", "", ""]]
    file, before = bring("bodies", rows, manager, now), everything()
    fail_once(monkeypatch, sheet_files, "_keep", after=1)
    assert run_job_once(now=now) and run_job_once(now=now) and not run_job_once(now=now)
    file.refresh_from_db()
    job = Job.objects.get()
    assert (file.state, file.done, file.added) == ("checking", 2, 2), (
        "of the part that was lost there is nothing"
    )
    assert (job.state, job.done, job.cursor, job.attempts) == ("running", 2, {"next": 1}, 1)
    run_jobs(now + FIRST_WAIT)
    file.refresh_from_db()
    assert (file.state, file.added, file.wrong, len(told(file))) == ("checked", 4, 1, 1)
    assert Job.objects.get().state == "done" and everything() == before


def test_given_up_it_is_started_again(manager, town, now, long):  # noqa: F811
    file = bring("bodies", bodies(5), manager, now)
    run_job_once(now=now)
    # Its workers were lost every time.
    Job.objects.update(attempts=MOST_ATTEMPTS, lease_until=now, next_try_at=now)
    run_job_once(now=now + timedelta(minutes=1))
    job = Job.objects.get()
    file.refresh_from_db()
    assert (job.state, job.last_error, file.state) == ("failed", "lost", "checking") and has_failed(file)
    retry_job(job, by=manager, now=now)
    run_jobs(now)
    file.refresh_from_db()
    assert (file.state, file.added, file.wrong) == ("checked", 5, 0) and not has_failed(file)


def test_its_page_says_that_it_was_given_up_and_does_not_look_again(desk, manager, town, long):  # noqa: F811
    upload(desk, "bodies", bodies(5))
    address = reverse("admin:grids_sheetfile_change", args=[SheetFile.objects.get().pk])
    Job.objects.update(state="failed")
    answer = desk.get(address, headers={"Accept-Language": "en"})
    assert "Refresh" not in answer and "The job has failed" in answer.content.decode()


def test_an_import_that_was_given_up_is_forgotten_with_the_rest(manager, town, now, long):  # noqa: F811
    file = bring("bodies", bodies(5), manager, now)
    run_jobs(now)
    file.refresh_from_db()
    confirm_sheet(file, by=manager, now=now)
    after = now + timedelta(seconds=1)
    assert erase_sheets(before=after, limit=10) == 0
    Job.objects.filter(state="waiting").update(state="failed")
    assert erase_sheets(before=after, limit=10) == 1
    file.refresh_from_db()
    assert (file.state, file.content) == ("dropped", "")


def test_dropped_while_it_is_checked(manager, town, now, long, person):  # noqa: F811
    file = bring("bodies", bodies(5), manager, now)
    run_job_once(now=now)
    with pytest.raises(NotAllowed):
        drop_sheet(file, by=person("li"), now=now)
    drop_sheet(file, by=manager, now=now)
    run_jobs(now)
    file.refresh_from_db()
    assert (file.state, file.content) == ("dropped", "") and Job.objects.get().state == "done"
    with pytest.raises(Refused) as refused:
        drop_sheet(file, by=manager, now=now)
    assert refused.value.code == "sheet_state"


def test_what_was_never_checked_is_forgotten_too(manager, town, now, long):  # noqa: F811
    file = bring("bodies", bodies(5), manager, now)
    assert erase_sheets(before=now + timedelta(seconds=1), limit=10) == 1
    file.refresh_from_db()
    assert (file.state, file.content) == ("dropped", "")
    run_jobs(now)
    assert Job.objects.get().state == "done"


def test_its_page_shows_how_far_and_offers_to_delete_it(desk, manager, town, long):  # noqa: F811
    page = upload(desk, "bodies", bodies(5))
    file, now = SheetFile.objects.get(), timezone.now()
    run_job_once(now=now)
    address = reverse("admin:grids_sheetfile_change", args=[file.pk])
    answer = desk.get(address, headers={"Accept-Language": "en"})
    text = answer.content.decode()
    assert answer["Refresh"] and "2 / 5" in text and "Being checked" in text
    assert reverse("admin:trail_job_changelist") in text
    assert {step["form"].key for step in answer.context["steps"]} == {"drop"}
    assert do(desk, file, "confirm").status_code == 404
    run_jobs(timezone.now())
    answer = desk.get(address, headers={"Accept-Language": "en"})
    assert "Refresh" not in answer and {step["form"].key for step in answer.context["steps"]} == {
        "confirm",
        "drop",
    }
    assert "Being checked" not in answer.content.decode() and page.status_code == 200
    assert desk.get(reverse("admin:grids_sheetfile_changelist")).status_code == 200


# --- boundaries ---------------------------------------------------------------------------------------------
@pytest.fixture
def many(monkeypatch):
    """Two boundaries are many."""
    monkeypatch.setattr(boundary_sheets, "AT_ONCE", 1)


def with_boundary() -> set[str]:
    return set(Unit.objects.exclude(boundary=None).values_list("code", flat=True))


def test_many_boundaries_are_saved_in_the_background(desk, manager, town, many):  # noqa: F811
    seen = check(desk, both(town))
    assert "in the background" in seen.content.decode()
    answer = save(desk, seen)
    file = SheetFile.objects.get()
    page = reverse("admin:grids_sheetfile_change", args=[file.pk])
    assert (answer.status_code, answer.url) == (302, page)
    assert (file.kind, file.file_name, file.state, file.total) == (
        "boundaries",
        "boundaries.geojson",
        "running",
        2,
    )
    assert save(desk, seen).url == page and Job.objects.count() == 1, "sent twice it is ordered once"
    shown = desk.get(page, headers={"Accept-Language": "en"})
    assert shown["Refresh"] and "0 / 2" in shown.content.decode() and with_boundary() == set()
    run_jobs(timezone.now())
    file.refresh_from_db()
    job = Job.objects.get()
    assert (file.state, file.changed, file.wrong, file.content) == ("done", 2, 0, "")
    assert (job.state, job.done, job.total) == ("done", 2, 2)
    assert with_boundary() == {town.g1.code, town.g2.code} and FormerBoundary.objects.count() == 2
    changed = Event.objects.filter(subject_type="unit", verb="change", subject_id=town.g1.pk).get()
    assert (changed.actor_id, changed.data) == (manager.pk, {"fields": ["boundary"]})
    verbs = list(Event.objects.about("sheet", file.pk).values_list("verb", "actor_id"))
    assert verbs == [("confirm", manager.pk), ("finish", None)]
    assert "Refresh" not in desk.get(page)


def test_a_few_are_saved_at_once(desk, manager, town, many):  # noqa: F811
    seen = check(desk, collection(feature(town.g1.code, LEFT)))
    assert "in the background" not in seen.content.decode()
    assert save(desk, seen).url == reverse("admin:grids_unit_change", args=[town.g1.pk])
    assert with_boundary() == {town.g1.code} and not SheetFile.objects.exists()


def test_what_changed_meanwhile_is_found_by_the_job_and_nothing_is_saved(desk, manager, town, many):  # noqa: F811
    save(desk, check(desk, both(town)))
    # The unit above lies elsewhere by now.
    Unit.objects.filter(pk=town.x.pk).update(boundary=box(126.0, 44.0, 126.1, 44.1))
    run_jobs(timezone.now())
    file = SheetFile.objects.get()
    assert (file.state, file.changed) == ("done", 0) and file.wrong >= 2
    assert {column for _line, column, *_rest in told(file)} == {"编码"}
    assert not with_boundary() & {town.g1.code, town.g2.code}
    shown = desk.get(
        reverse("admin:grids_sheetfile_change", args=[file.pk]), headers={"Accept-Language": "en"}
    ).content.decode()
    assert "Nothing was imported" in shown and town.g1.code in shown


def test_interrupted_half_way_nothing_is_saved_and_then_all_of_it(desk, manager, town, many, monkeypatch):  # noqa: F811
    save(desk, check(desk, both(town)))
    # The units are written already when it is lost.
    fail_once(monkeypatch, boundaries, "note_many")
    now = timezone.now()
    assert run_job_once(now=now)
    assert with_boundary() == set() and not FormerBoundary.objects.exists()
    assert (SheetFile.objects.get().state, Job.objects.get().state) == ("running", "running")
    run_jobs(now + FIRST_WAIT)
    assert with_boundary() == {town.g1.code, town.g2.code} and FormerBoundary.objects.count() == 2
    assert Event.objects.filter(subject_type="unit", verb="change").count() == 2
    assert (SheetFile.objects.get().state, Job.objects.get().state) == ("done", "done")


def test_who_manages_no_unit_orders_nothing(town, person, now, many):
    found = read_boundaries(both(town), WGS84)
    with pytest.raises(NotAllowed), transaction.atomic():
        save_boundaries(found, file_name="x", by=person("li"), now=now)
    wrong = read_boundaries(collection(*both(town)["features"], feature("x", {"type": "Point"})), WGS84)
    with pytest.raises(boundaries.BadBoundaries):
        save_boundaries(wrong, file_name="x", by=None, now=now)
    assert not SheetFile.objects.exists() and not Job.objects.exists()


def test_boundaries_are_no_sheet_to_upload(desk, manager, town, now):  # noqa: F811
    page = desk.get(reverse("admin:grids_sheetfile_add")).content.decode()
    assert 'value="posts"' in page and 'value="boundaries"' not in page
    assert desk.get(reverse("admin:grids_sheetfile_template"), {"kind": "boundaries"}).status_code == 404
    rows = [[town.g1.code, json.dumps(RIGHT)]]
    data = xlsx_file(Sheet("x", ["编码", "边界"], rows))
    with pytest.raises(NotAllowed):
        bring("boundaries", None, manager, now, data=data)
