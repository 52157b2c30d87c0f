"""Calendars as rows: office hours are validated, a calendar turns into a value to reckon with."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from calendars.actions import load_calendar
from calendars.models import Calendar, CalendarDay
from calendars.querysets import DEFAULT_NAME
from calendars.rows import packaged_rows
from calendars.worktime import working_days

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_a_new_calendar_has_the_default_hours():
    calendar = Calendar.objects.create(name="east")
    calendar.full_clean()
    assert calendar.hours == [["08:30", "12:00"], ["13:30", "17:30"]]


def test_impossible_hours_are_a_form_error():
    with pytest.raises(ValidationError) as caught:
        Calendar(name="east", hours=[["12:00", "08:30"]]).full_clean()
    assert set(caught.value.message_dict) == {"hours"}


def test_a_date_stands_once_in_a_calendar_and_its_kind_is_known():
    one, other = Calendar.objects.create(name="east"), Calendar.objects.create(name="west")
    for calendar in (one, other):
        CalendarDay.objects.create(calendar=calendar, date=date(2027, 1, 1), kind="off")
    for wrong in ({"date": date(2027, 1, 1), "kind": "work"}, {"date": date(2027, 1, 2), "kind": "half"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CalendarDay.objects.create(calendar=one, **wrong)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-02-10", "2026-03-09"), ("2026-09-18", "2026-10-15"), ("2026-09-24", "2026-10-22")],
)
def test_the_packaged_calendar_reckons_over_the_holidays_of_2026(start, end):
    load_calendar(DEFAULT_NAME, packaged_rows(), by=None, now=NOW)
    worktime = Calendar.objects.default().worktime()
    due = worktime.due(datetime.fromisoformat(f"{start}T02:00+00:00"), working_days(15))
    assert (due.at, due.provisional) == (datetime.fromisoformat(f"{end}T17:30+08:00"), False)


@pytest.mark.parametrize("rows", [1, 3, 771])
def test_worktime_asks_the_database_twice_whatever_the_calendar_holds(rows, django_assert_num_queries):
    load_calendar(DEFAULT_NAME, packaged_rows()[-rows:], by=None, now=NOW)
    calendar = Calendar.objects.get()
    with django_assert_num_queries(2):
        worktime = calendar.worktime()
        worktime.due(NOW, working_days(400))
        worktime.between(NOW, NOW + timedelta(days=400))


def test_calendars_keep_to_themselves():
    load_calendar("east", [{"date": "2026-03-03", "kind": "off"}], by=None, now=NOW)
    load_calendar("west", [{"date": "2026-03-04", "kind": "off"}], by=None, now=NOW)
    east, west = (Calendar.objects.get(name=name).worktime() for name in ("east", "west"))
    assert [east.is_working_day(date(2026, 3, day)) for day in (3, 4)] == [False, True]
    assert [west.is_working_day(date(2026, 3, day)) for day in (3, 4)] == [True, False]


def test_without_any_calendar_everything_is_provisional_and_nothing_fails(django_assert_num_queries):
    with django_assert_num_queries(1):
        worktime = Calendar.objects.default().worktime()
    due = worktime.due(datetime(2026, 9, 30, 1, tzinfo=UTC), working_days(1))
    assert (due.at, due.provisional) == (datetime(2026, 10, 5, 9, 30, tzinfo=UTC), True)
    assert not Calendar.objects.exists()
