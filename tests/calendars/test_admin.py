"""Calendars in the staff admin: a change is shown before it is made, by whoever sets up all that follow it."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from calendars.actions import load_calendar
from calendars.following import count_followers
from calendars.models import Calendar, CalendarDay
from grids.actions.tree import add_unit
from tests.builders import Town, add_west
from tests.towns import put_town
from trail.idempotency import FIELD
from trail.job_actions import start_job
from trail.models import Event

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


NOTICE = "date,kind,name,note\n2027-10-01,off,National Day,\n2027-10-09,work,National Day,in_lieu\n"
HOURS = {"hours-hours": "09:00-12:00,14:00-18:00"}


def do(calendar: Calendar, key: str) -> str:
    return reverse("admin:calendars_calendar_do", args=[calendar.pk, key])


def default() -> Calendar:
    return Calendar.objects.default()


@pytest.fixture
def place() -> Town:
    return put_town()


@pytest.fixture
def manager(place, client):
    """The system administrator of the only district there is."""
    user = place.people["system_admin"]
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client.force_login(user)
    return client


class TestChanging:
    def test_first_it_shows_what_it_would_do(self, manager):
        before = default().hours
        shown = manager.post(do(default(), "hours"), HOURS).content.decode()
        assert "09:00-12:00,14:00-18:00" in shown and 'name="confirm"' in shown
        assert default().hours == before
        shown = manager.post(do(default(), "notice"), {"notice-rows": NOTICE}).content.decode()
        assert "2027" in shown and 'name="confirm"' in shown
        assert not CalendarDay.objects.filter(date__year=2027).exists()

    def test_it_says_how_many_deadlines_will_move(self, manager, place):
        shown = manager.post(do(default(), "hours"), HOURS)
        assert shown.context["preview"].followers == 0
        place.report()
        assert manager.post(do(default(), "hours"), HOURS).context["preview"].followers == 1

    def test_it_counts_those_of_ones_own_districts_alone(self, manager, place):
        place.report()
        add_west(place)
        place.report(place=place.west)
        assert count_followers(default()) == 2
        assert manager.post(do(default(), "hours"), HOURS).context["preview"].followers == 1

    def test_sent_again_it_is_done_by_that_person(self, manager, place):
        answer = manager.post(do(default(), "hours"), HOURS | {"confirm": "1"})
        assert answer.status_code == 302
        assert default().hours == [["09:00", "12:00"], ["14:00", "18:00"]]
        event = Event.objects.filter(subject_type="calendar", verb="set_office_hours").get()
        assert event.actor == place.people["system_admin"]

    def test_sent_twice_it_is_done_once(self, manager):
        preview = manager.post(do(default(), "hours"), HOURS).context["preview"]
        key = preview.form[FIELD].value()
        sent = dict(preview.fields) | {"confirm": "1", FIELD: key}
        first, again = (manager.post(do(default(), "hours"), sent) for _tap in range(2))
        assert first.status_code == 302 and first.url == again.url
        assert Event.objects.filter(subject_type="calendar", verb="set_office_hours").count() == 1
        copied = [manager.post(do(default(), "copy"), {"copy-name": "演示", FIELD: "k"}) for _tap in range(2)]
        assert copied[0].url == copied[1].url == page("calendar_change", Calendar.objects.get(name="演示").pk)
        other = manager.post(do(default(), "copy"), {"copy-name": "演示二", FIELD: "k"})
        assert other.status_code == 422 and not Calendar.objects.filter(name="演示二").exists()
        assert other.context["tried"][FIELD].value() != "k"

    def test_a_file_is_loaded_by_what_the_preview_sends_again(self, manager):
        file = SimpleUploadedFile("2027.csv", NOTICE.encode("utf-8-sig"))
        preview = manager.post(do(default(), "notice"), {"notice-file": file, "notice-source": "演示通知"})
        sent = dict(preview.context["preview"].fields) | {"confirm": "1"}
        assert manager.post(do(default(), "notice"), sent).status_code == 302
        assert default().years.get(year=2027).source == "演示通知"
        assert default().days.get(date="2027-10-09").kind == "work"

    def test_then_the_page_leads_on_to_the_job_as_soon_as_there_is_one(self, manager, place):
        url = manager.post(do(default(), "hours"), HOURS | {"confirm": "1"}).url
        waits = manager.get(url)
        assert (waits.status_code, waits.headers["Refresh"]) == (200, "2")
        now = datetime.now(UTC)
        job = start_job("issues.recompute_deadlines", {"calendar": default().pk}, by=None, now=now)
        on = manager.get(url)
        assert (on.status_code, on.url) == (302, reverse("admin:trail_job_change", args=[job.pk]))
        assert f"/job/{job.pk}/" in manager.get(page("calendar_change", default().pk)).content.decode()

    def test_wrong_rows_are_named_and_what_came_in_is_kept(self, manager):
        bad = NOTICE + "2027-02-30,off,,\n2027-05-01,free,,\n"
        answer = manager.post(
            do(default(), "notice"), {"notice-file": SimpleUploadedFile("x.csv", bad.encode())}
        )
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "2027-02-30" in shown and "free" in shown and "2027-10-09,work" in shown
        assert not CalendarDay.objects.filter(date__year=2027).exists()

    @pytest.mark.parametrize(
        ("key", "data"),
        [
            ("notice", {}),
            ("notice", {"notice-rows": "  "}),
            ("notice", {"notice-rows": "day,what\n2027-10-01,off"}),
            ("notice", {"notice-file": b"\xff\xfe\x00\x81"}),
            ("notice", {"notice-file": b"x" * 300_000}),
            ("hours", {}),
            ("hours", {"hours-hours": "9 to 5"}),
            ("hours", {"hours-hours": "12:00-08:30"}),
            ("copy", {"copy-name": ""}),
            ("copy", {"copy-name": "中国"}),
        ],
    )
    def test_nonsense_is_refused_with_a_reason(self, manager, key, data):
        files = {
            name: SimpleUploadedFile("x.csv", value) if isinstance(value, bytes) else value
            for name, value in data.items()
        }
        answer = manager.post(do(default(), key), files | {"confirm": "1"})
        assert answer.status_code == 422
        assert answer.context["tried"].errors
        assert Event.objects.filter(subject_type="calendar").count() == 1

    def test_a_copy_of_ones_own(self, manager):
        answer = manager.post(do(default(), "copy"), {"copy-name": "演示日历"})
        copy = Calendar.objects.get(name="演示日历")
        assert answer.url == page("calendar_change", copy.pk)
        assert copy.days.count() == default().days.count()

    def test_no_such_change_no_such_calendar_no_get(self, manager):
        assert manager.post(do(default(), "drop")).status_code == 404
        assert manager.get(do(default(), "hours")).status_code == 405
        assert (
            manager.post(reverse("admin:calendars_calendar_do", args=[0, "hours"]), HOURS).status_code == 404
        )
        for number in (0, "²", "9" * 30):
            assert manager.get(page("calendar_change", number)).status_code == 404

    @pytest.mark.parametrize("since", ["", "x", "²", "-1", "9" * 11])
    def test_what_is_no_moment_is_passed_over(self, manager, since):
        answer = manager.get(page("calendar_change", default().pk), {"since": since})
        assert answer.status_code == 200 and "Refresh" not in answer.headers


class TestWhose:
    def test_who_only_looks_is_offered_nothing_and_may_nothing(self, place, client):
        user = place.people["supervisor"]
        User.objects.filter(pk=user.pk).update(is_staff=True)
        client.force_login(user)
        shown = client.get(page("calendar_change", default().pk))
        assert (shown.status_code, shown.context["forms"]) == (200, [])
        assert client.post(do(default(), "hours"), HOURS | {"confirm": "1"}).status_code == 403

    def test_a_calendar_that_other_districts_go_by_too_is_not_theirs_alone(self, manager, place):
        add_unit(None, code="370102", name="历下区", by=None, now=place.now)
        answer = manager.post(do(default(), "hours"), HOURS | {"confirm": "1"})
        assert answer.status_code == 422
        assert "历下区" in answer.content.decode()
        assert default().hours[0] == ["08:30", "12:00"]

    def test_one_that_nobody_goes_by_is_anybodys_who_sets_up(self, manager, place):
        own = Calendar.objects.create(name="演示日历")
        assert manager.post(do(own, "hours"), HOURS | {"confirm": "1"}).status_code == 302
