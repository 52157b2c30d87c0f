"""Loading a notice: whole or nothing, twice is once, and what happened stands in the trail."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from calendars import following
from calendars.actions import BadRows, copy_calendar, load_calendar, preview_load, set_office_hours
from calendars.models import Calendar, CalendarDay, LoadedYear
from calendars.querysets import DEFAULT_NAME
from calendars.rows import packaged_rows
from calendars.worktime import working_days
from trail.models import Event
from trail.refusals import NotAllowed, Refused

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NOTICE = [
    {"date": "2026-12-31", "kind": "off", "name": "New Year's Day"},
    {"date": "2027-01-01", "kind": "off", "name": "New Year's Day"},
    {"date": "2027-10-01", "kind": "off", "name": "National Day"},
    {"date": "2027-10-09", "kind": "work", "name": "National Day", "note": "swap"},
]
pytestmark = pytest.mark.django_db


def load(rows, *, calendar=DEFAULT_NAME, now=NOW, **more):
    return load_calendar(calendar, rows, by=None, now=now, **more)


def everything() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Calendar, CalendarDay, LoadedYear)
    ]  # fmt: skip


def events() -> list[Event]:
    return list(Event.objects.filter(subject_type="calendar").order_by("seq"))


def test_the_packaged_calendar_loads_whole():
    loaded = load(packaged_rows(), source="notices")
    assert (loaded.years, loaded.added, loaded.changed) == (tuple(range(2004, 2027)), 771, 0)
    assert loaded.calendar == Calendar.objects.get(name=DEFAULT_NAME)
    assert CalendarDay.objects.count() == 771
    assert set(LoadedYear.objects.values_list("source", "loaded_at")) == {("notices", NOW)}
    assert LoadedYear.objects.numbers() == frozenset(range(2004, 2027))


def test_twice_changes_nothing():
    load(packaged_rows())
    before = everything(), len(events())
    again = load(packaged_rows(), now=LATER, source="again")
    assert (again.added, again.changed) == (0, 0)
    assert (everything(), len(events())) == before


def test_one_bad_row_and_nothing_is_loaded():
    rows = [*packaged_rows(), {"date": "2027-02-30", "kind": "off"}, {"date": "2027-02-28", "kind": "free"}]
    with pytest.raises(BadRows) as caught:
        load(rows)
    assert [(row.line, row.value) for row in caught.value.rows] == [(773, "2027-02-30"), (774, "free")]
    assert caught.value.code == "bad_rows"
    assert everything() == [[], [], []]
    assert events() == []


def test_an_empty_file_is_refused():
    with pytest.raises(Refused) as caught:
        load([])
    assert caught.value.code == "no_rows"
    assert not Calendar.objects.exists()


def test_a_new_notice_ends_the_guessing():
    load(packaged_rows())
    start = datetime(2026, 12, 30, 1, 0, tzinfo=UTC)
    guess = Calendar.objects.default().worktime().due(start, working_days(2))
    load(NOTICE, source="notice of 2027")
    due = Calendar.objects.default().worktime().due(start, working_days(2))
    assert (guess.at, guess.provisional) == (datetime(2027, 1, 4, 9, 30, tzinfo=UTC), True)
    assert (due.at, due.provisional) == (datetime(2027, 1, 5, 9, 30, tzinfo=UTC), False)
    assert LoadedYear.objects.get(year=2027).source == "notice of 2027"


def test_a_stray_day_of_another_year_makes_that_year_neither_known_nor_forgotten():
    load(NOTICE)
    assert LoadedYear.objects.numbers() == {2027}
    assert Calendar.objects.default().worktime().is_working_day(date(2026, 12, 31)) is False
    load(packaged_rows())
    assert Calendar.objects.default().worktime().is_working_day(date(2026, 12, 31)) is False


def test_a_year_can_be_said_to_be_whole():
    load(NOTICE[:2], years=[2026])
    assert LoadedYear.objects.numbers() == {2026}


def test_a_year_without_a_row_cannot():
    with pytest.raises(Refused) as caught:
        load(NOTICE, years=[2027, 2028])
    assert caught.value.code == "no_such_year"
    assert "2028" in str(caught.value)
    assert everything() == [[], [], []]


def test_a_corrected_day_takes_the_new_row_and_renews_its_year_alone():
    load(packaged_rows())
    load(NOTICE)
    loaded = load([{**NOTICE[3], "kind": "off"}, NOTICE[2]], now=LATER, source="correction")
    assert (loaded.added, loaded.changed) == (0, 1)
    assert CalendarDay.objects.get(date=date(2027, 10, 9)).kind == "off"
    renewed = LoadedYear.objects.filter(loaded_at=LATER).values_list("year", "source")
    assert list(renewed) == [(2027, "correction")]


def test_a_known_year_stays_as_it_is_when_a_stray_day_comes():
    load(packaged_rows())
    load(NOTICE, now=LATER)
    assert LoadedYear.objects.get(year=2026).loaded_at == NOW


def test_each_load_that_changes_something_is_one_event():
    load(packaged_rows())
    load(NOTICE, now=LATER)
    first, second = events()
    assert (first.topic, first.seq, second.seq) == ("calendar.load", 1, 2)
    assert second.subject_id == Calendar.objects.get().pk
    assert second.occurred_at == LATER
    assert second.data == {
        "years": [2027],
        "added": 4,
        "changed": 0,
        "first": "2026-12-31",
        "last": "2027-10-09",
    }


def test_a_year_that_only_becomes_known_is_an_event_without_days():
    load(NOTICE, years=[])
    load(NOTICE)
    assert events()[1].data == {"years": [2027], "added": 0, "changed": 0}


def test_the_calendar_may_be_given_itself_stored_or_not():
    stored = Calendar.objects.create(name="east")
    assert load(NOTICE, calendar=stored).calendar == stored
    assert load(NOTICE, calendar=Calendar.objects.default()).calendar.name == DEFAULT_NAME
    assert Calendar.objects.count() == 2


def test_loading_takes_few_statements(django_assert_max_num_queries):
    load(packaged_rows()[:10])
    with django_assert_max_num_queries(16):
        load(packaged_rows())


def test_office_hours_change_and_are_recorded():
    calendar = load(NOTICE).calendar
    hours = ((time(9), time(12)), (time(14), time(18)))
    changed = set_office_hours(calendar, hours, by=None, now=LATER)
    assert changed.hours == [["09:00", "12:00"], ["14:00", "18:00"]]
    assert Calendar.objects.get().worktime().hours == hours
    set_office_hours(calendar, hours, by=None, now=LATER)
    assert [event.verb for event in events()] == ["load", "set_office_hours"]
    assert events()[1].data == {"hours": [["09:00", "12:00"], ["14:00", "18:00"]]}


def test_impossible_office_hours_are_refused():
    calendar = load(NOTICE).calendar
    with pytest.raises(Refused) as caught:
        set_office_hours(calendar, ((time(12), time(9)),), by=None, now=LATER)
    assert caught.value.code == "hours"
    assert Calendar.objects.get().hours == calendar.hours


def test_a_preview_says_what_loading_would_do_and_does_nothing():
    calendar = load(NOTICE[:2], years=[]).calendar
    before = everything(), len(events())
    found = preview_load(calendar, [{**NOTICE[0], "kind": "work"}, *NOTICE[1:]])
    assert (found.years, found.added, found.changed) == ((2027,), 2, 1)
    assert (everything(), len(events())) == before
    with pytest.raises(BadRows):
        preview_load(calendar, [{"date": "soon", "kind": "off"}])


def test_a_copy_says_the_same_and_goes_its_own_way():
    calendar = load(NOTICE, source="notice").calendar
    copy = copy_calendar(calendar, " 演示 ", by=None, now=LATER)
    assert (copy.name, copy.hours) == ("演示", calendar.hours)
    assert copy.worktime().exceptions == calendar.worktime().exceptions
    assert list(copy.years.values_list("year", "source", "loaded_at")) == [(2027, "notice", NOW)]
    load([{**NOTICE[3], "kind": "off"}], calendar=copy)
    assert calendar.days.get(date=date(2027, 10, 9)).kind == "work"
    assert Event.objects.filter(subject_id=copy.pk, verb="copy").get().data == {"from": calendar.pk}


@pytest.mark.parametrize("name", ["", " ", DEFAULT_NAME, "长" * 61])
def test_a_copy_needs_a_name_of_its_own(name):
    calendar = load(NOTICE).calendar
    with pytest.raises(Refused) as caught:
        copy_calendar(calendar, name, by=None, now=LATER)
    assert (caught.value.code, Calendar.objects.count()) == ("name", 1)


def test_whoever_is_asked_may_forbid_every_change(monkeypatch):
    def forbid(calendar, by, now):
        raise NotAllowed("no", code="theirs")

    calendar = load(NOTICE).calendar
    monkeypatch.setattr("calendars.actions.CHECKS", [forbid])
    before = everything(), len(events())
    for change in (
        lambda: load([{**NOTICE[3], "kind": "off"}]),
        lambda: set_office_hours(calendar, ((time(9), time(12)),), by=None, now=LATER),
        lambda: copy_calendar(calendar, "other", by=None, now=LATER),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert (everything(), len(events())) == before


def test_what_was_kept_is_forgotten_once_it_is_committed(monkeypatch, django_capture_on_commit_callbacks):
    told = []
    follower = following.Follower(lambda calendar, districts: 3, lambda: told.append(1), "a job")
    monkeypatch.setattr("calendars.following.FOLLOWERS", [follower])
    with django_capture_on_commit_callbacks(execute=True):
        calendar = load(NOTICE).calendar
        assert told == []
    assert told == [1]
    with django_capture_on_commit_callbacks(execute=True):
        load(NOTICE)
        set_office_hours(calendar, ((time(9), time(12)),), by=None, now=LATER)
    assert told == [1, 1], "loading it again has changed nothing"
    assert following.count_followers(calendar) == 3
