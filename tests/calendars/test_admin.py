"""Calendars in the staff admin: to be looked at, not written, with a fixed number of statements."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calendars.actions import load_calendar
from calendars.models import Calendar, CalendarDay

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ROWS = [{"date": f"2027-10-0{day}", "kind": "off", "name": "National Day"} for day in (1, 2, 3)]
pytestmark = pytest.mark.django_db


@pytest.fixture
def looker(client):
    user = get_user_model().objects.create_superuser("root", None, display_name="Root")
    client.force_login(user)
    return client


def page(name: str, *args) -> str:
    return reverse(f"admin:calendars_{name}", args=args)


def test_a_calendar_shows_its_hours_and_its_years(looker):
    calendar = load_calendar("east", ROWS, by=None, now=NOW, source="a notice").calendar
    assert "08:30–12:00 · 13:30–17:30" in looker.get(page("calendar_changelist")).content.decode()
    shown = looker.get(page("calendar_change", calendar.pk)).content.decode()
    assert "2027" in shown and "a notice" in shown


def test_days_are_listed(looker):
    load_calendar("east", ROWS, by=None, now=NOW)
    shown = looker.get(page("calendarday_changelist")).content.decode()
    assert shown.count("国庆节") >= 3


def test_nothing_can_be_written(looker):
    calendar = load_calendar("east", ROWS, by=None, now=NOW).calendar
    day = CalendarDay.objects.first()
    assert looker.get(page("calendar_add")).status_code == 403
    assert looker.get(page("calendarday_add")).status_code == 403
    for url in (page("calendar_change", calendar.pk), page("calendarday_change", day.pk)):
        assert looker.post(url, {"name": "west", "kind": "work"}).status_code == 403
    for url in (page("calendar_delete", calendar.pk), page("calendarday_delete", day.pk)):
        assert looker.post(url, {"post": "yes"}).status_code == 403
    assert (Calendar.objects.get().name, CalendarDay.objects.filter(kind="off").count()) == ("east", 3)


def test_whoever_is_not_signed_in_sees_nothing(client):
    assert client.get(page("calendar_changelist")).status_code == 302


@pytest.mark.parametrize("name", ["calendar_changelist", "calendarday_changelist"])
def test_lists_take_as_many_statements_for_three_rows_as_for_one(looker, name):
    load_calendar("east", ROWS[:1], by=None, now=NOW)
    looker.get(page(name))  # the first visit of a process reads more
    with CaptureQueriesContext(connection) as one:
        looker.get(page(name))
    load_calendar("west", ROWS, by=None, now=NOW)
    load_calendar("south", ROWS, by=None, now=NOW)
    with CaptureQueriesContext(connection) as three:
        assert looker.get(page(name)).status_code == 200
    assert len(one) == len(three)
