"""Long files of hotline orders are checked in the background, with what the check of all at once finds; gone on with
after an interruption; shown with their progress."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from issues.actions import hotline, hotline_check
from issues.actions.hotline import (
    confirm_import,
    drop_import,
    erase_files,
    has_failed,
    read_file,
    take_in_file,
)
from issues.hotline import parcels
from issues.hotline.parcels import orders_in, rows_in, rows_of, wrong_in
from issues.hotline.sheets import Sheet
from issues.models import HotlineOrder, ImportBatch, ImportParcel, Issue
from tests.faces import stop_clock
from tests.issues.sheets import csv_text, row, workbook
from tests.issues.test_admin_hotline import desk, upload
from tests.issues.test_hotline import bring, run_jobs, take
from trail.job_actions import retry_job, run_job_once
from trail.models import Event, Job
from trail.refusals import Refused
from trail.retries import FIRST_WAIT, MOST_ATTEMPTS

WHO = "district_dispatcher"
FOUND = ("total", "wrong", "expected_new", "expected_known", "expected_again", "header", "state")


@pytest.fixture
def long(monkeypatch):
    """Files of more than three rows are long; two of them are a chunk."""
    monkeypatch.setattr(hotline, "CHECKED_AT_ONCE", 3)
    monkeypatch.setattr(parcels, "ROWS_IN_A_PARCEL", 2)
    monkeypatch.setattr(hotline_check, "ROWS_IN_A_PARCEL", 2)


def five(**changes):
    return [row(number=f"GZ{n}", **changes) for n in range(5)]


def orders_of(batch):
    return [vars(order) for parcel in batch.parcels.order_by("number") for order in orders_in(parcel.orders)]


def test_a_long_file_is_checked_in_the_background_and_then_imported(town, long):
    batch, by = take(town, *five()), town.people[WHO]
    assert (batch.state, batch.total, batch.expected_new) == ("checking", 5, 0)
    with pytest.raises(Refused) as caught:
        confirm_import(batch, by=by, now=town.now)
    assert caught.value.code == "batch_state"
    job, seen = Job.objects.get(), []
    while run_job_once(now=town.now):
        batch.refresh_from_db()
        job.refresh_from_db()
        seen.append((batch.state, batch.expected_new, job.done, job.total))
    assert seen == [("checking", 2, 2, 5), ("checking", 4, 4, 5), ("checked", 5, 5, 5)]
    assert job.cursor == {} and not Issue.objects.exists()
    confirm_import(batch, by=by, now=town.now)
    run_jobs(town.now)
    assert HotlineOrder.objects.count() == 5 and not ImportParcel.objects.exists()
    events = Event.objects.about("hotline_file", batch.pk).values_list("verb", "actor_id")
    assert list(events) == [("take_in", by.pk), ("check", None), ("confirm", by.pk), ("finish", None)]


def test_the_page_of_the_job_leads_to_the_file_for_those_who_see_it(town, long):
    batch = take(town, *five())
    there = reverse("admin:trail_job_change", args=[Job.objects.get().pk])
    file = f'href="{reverse("admin:issues_importbatch_change", args=[batch.pk])}">{batch.file_name}</a>'
    assert file in desk(town).get(there).content.decode()
    seen = desk(town, "system_admin").get(there)
    assert seen.status_code == 200 and batch.file_name not in seen.content.decode()


def test_a_short_one_is_still_checked_at_once(town, long):
    batch = take(town, *five()[:3])
    assert (batch.state, batch.expected_new) == ("checked", 3) and not Job.objects.exists()


def test_it_finds_what_the_check_of_all_at_once_finds(town, monkeypatch):
    User.objects.filter(pk=town.people[WHO].pk).update(language="en")
    bring(town, row(number="old"))
    rows = [
        row(number="GZ1", deadline="soon"),
        row(number="GZ1", dispatched=datetime(2026, 3, 9, 16), deadline=date(2026, 3, 16)),
        row(number="old"),
        row(number=20260310, deadline=46097),
        row(number="GZ1"),
        row(number="GZ2", community="nowhere", street="", district=""),
        row(number="old"),
    ]
    with translation.override("en"):
        short = take(town, *rows)
    monkeypatch.setattr(hotline, "CHECKED_AT_ONCE", 3)
    monkeypatch.setattr(parcels, "ROWS_IN_A_PARCEL", 2)
    long = take(town, *rows)
    assert long.state == "checking"
    with translation.override("zh-hans"):  # the worker's own language is nobody's
        run_jobs(town.now)
    long = ImportBatch.objects.get(pk=long.pk)
    assert [getattr(long, name) for name in FOUND] == [getattr(short, name) for name in FOUND]
    assert (long.wrong, long.expected_new, long.expected_known) == (4, 2, 1)
    assert wrong_in(long.wrong_rows) == wrong_in(short.wrong_rows) and orders_of(long) == orders_of(short)


def test_what_excel_keeps_as_a_moment_waits_as_one():
    kept = (datetime(2026, 3, 9, 16, 0, 1), date(2026, 3, 16), 46097, 46097.5, True, None, "x\0", "'=1")
    sheet = Sheet(("a",), ("",), ((4, kept),))
    [text] = rows_of(sheet)
    assert rows_in(text) == ((4, kept),)


def test_its_words_lie_encrypted_while_it_waits(town, long):
    take(town, *five())
    with connection.cursor() as cursor:
        cursor.execute("SELECT orders FROM issues_importparcel")
        stored = "".join(text for (text,) in cursor.fetchall())
    assert stored and "13800001234" not in stored and "演示居民" not in stored


def test_interrupted_it_goes_on_where_it_stood(town, long, monkeypatch):
    batch = take(town, *five())
    there, calls = hotline_check.check_into, []

    def lost(*given):
        there(*given)
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("a worker that is lost")

    monkeypatch.setattr(hotline_check, "check_into", lost)
    assert run_job_once(now=town.now) and run_job_once(now=town.now) and not run_job_once(now=town.now)
    batch.refresh_from_db()
    assert (batch.state, batch.expected_new) == ("checking", 2), "of the part that was lost there is nothing"
    assert hotline_check.checked_so_far(batch) == 2
    run_jobs(town.now + FIRST_WAIT)
    batch.refresh_from_db()
    assert (batch.state, batch.expected_new, len(orders_of(batch))) == ("checked", 5, 5)


def test_given_up_it_is_started_again(town, long):
    batch = take(town, *five())
    run_job_once(now=town.now)
    # Its workers were lost every time.
    Job.objects.update(attempts=MOST_ATTEMPTS, lease_until=town.now, next_try_at=town.now)
    run_job_once(now=town.now + timedelta(minutes=1))
    batch.refresh_from_db()
    assert batch.state == "checking" and has_failed(batch)
    retry_job(Job.objects.get(), by=town.people["system_admin"], now=town.now)
    run_jobs(town.now)
    batch.refresh_from_db()
    assert (batch.state, batch.expected_new) == ("checked", 5) and not has_failed(batch)


def test_dropped_or_forgotten_while_it_is_checked(town, long):
    dropped, forgotten = take(town, *five()), take(town, *five())
    run_job_once(now=town.now)
    drop_import(dropped, by=town.people[WHO], now=town.now)
    assert erase_files(now=town.now + timedelta(hours=25)) == 1
    run_jobs(town.now)
    assert {one.state for one in ImportBatch.objects.all()} == {"dropped"} and forgotten.pk != dropped.pk
    assert not ImportParcel.objects.exists() and {job.state for job in Job.objects.all()} == {"done"}


def test_a_long_csv_goes_the_same_way(town, long):
    data = csv_text(five()).encode("gb18030")
    brings = {"by": town.people[WHO], "now": town.now}
    sheet = read_file(town.district, data, **brings)
    batch = take_in_file(town.district, sheet, file_name="工单.csv", **brings)
    run_jobs(town.now)
    batch.refresh_from_db()
    assert (batch.state, batch.expected_new, batch.wrong) == ("checked", 5, 0)


def test_its_page_shows_how_far_and_offers_to_delete_it(town, long, monkeypatch):
    stop_clock(monkeypatch, town.now)
    client = desk(town)
    address = upload(client, data=workbook(five())).url
    run_job_once(now=town.now)
    answer = client.get(address)
    text, pk = answer.content.decode(), ImportBatch.objects.get().pk
    confirm, drop = (reverse(f"admin:issues_importbatch_{verb}", args=[pk]) for verb in ("confirm", "drop"))
    assert answer["Refresh"] and "2 / 5" in text and "Being checked" in text
    assert drop in text and confirm not in text
    assert "Being checked" in client.get("/admin/issues/importbatch/").content.decode()
    Job.objects.update(state="failed")
    answer = client.get(address)
    assert "Refresh" not in answer and "The job has failed" in answer.content.decode()
    Job.objects.update(state="waiting")
    run_jobs(town.now)
    answer = client.get(address)
    assert "Refresh" not in answer and confirm in answer.content.decode()
