"""The laws of working time under any calendar and any office hours: inverses, pauses, changes of the calendar."""

from datetime import date, datetime, time, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calendars.worktime import (
    SHANGHAI,
    Worktime,
    hours,
    minutes,
    working_days,
    working_hours,
)

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
TICK = timedelta(microseconds=1)
QUARTER = 15


def law(*strategies):
    """`given`, however slow the machine."""
    return lambda test: settings(deadline=None, max_examples=60)(given(*strategies)(test))


@st.composite
def office_hours(draw):
    """One to three stretches of a day, on the quarter of an hour."""
    edges = draw(st.lists(st.integers(0, 95), min_size=2, max_size=6, unique=True).map(sorted))
    clock = [time(edge * QUARTER // 60, edge * QUARTER % 60) for edge in edges[: len(edges) // 2 * 2]]
    return tuple(zip(clock[::2], clock[1::2], strict=True))


dates = st.dates(FIRST, LAST)
exceptions = st.dictionaries(dates, st.sampled_from(["off", "work"]), max_size=60)
calendars = st.builds(
    Worktime,
    exceptions=exceptions,
    known_years=st.sampled_from([frozenset({2026, 2027}), frozenset({2026}), frozenset()]),
    hours=office_hours(),
    statutory=st.frozensets(dates, max_size=10),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(SHANGHAI))
amounts = st.timedeltas(timedelta(0), timedelta(hours=120))
spans = st.builds(
    lambda build, amount: build(amount),
    st.sampled_from([minutes, hours, working_hours, working_days]),
    st.integers(1, 30),
)
working_spans = st.builds(
    lambda build, amount: build(amount), st.sampled_from([working_hours, working_days]), st.integers(1, 30)
)


@st.composite
def open_moments(draw, *, opening):
    """(a calendar, a moment in its office hours); of each stretch the opening belongs to it, or else the close."""
    worktime = draw(calendars)
    day = draw(dates)
    assume(worktime.is_working_day(day))
    opens, closes = draw(st.sampled_from(worktime.hours))
    first, last = (datetime.combine(day, edge, tzinfo=SHANGHAI) for edge in (opens, closes))
    low, high = (timedelta(0), last - first - TICK) if opening else (TICK, last - first)
    return worktime, first + draw(st.timedeltas(low, high))


@law(open_moments(opening=True), amounts)
def test_subtract_undoes_add(at, amount):
    worktime, moment = at
    assert worktime.subtract(worktime.add(moment, amount).at, amount) == moment


@law(open_moments(opening=False), amounts)
def test_add_undoes_subtract(at, amount):
    worktime, moment = at
    assert worktime.add(worktime.subtract(moment, amount), amount).at == moment


@law(calendars, moments, working_spans, st.integers(0, 999), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_pause_takes_nothing_away_and_gives_nothing(worktime, start, span, mille, pause):
    """As much working time is left on going on as on being stopped, and it ends later by what the pause cost."""
    due_at = worktime.due(start, span).at
    stopped = start + (due_at - start) * mille // 1000
    left = worktime.between(stopped, due_at)
    anew = worktime.add(stopped + pause, left).at
    assert worktime.between(stopped + pause, anew) == left
    assert worktime.between(due_at, anew) == worktime.between(stopped, stopped + pause)


@law(calendars, moments, working_spans, st.integers(0, 999), st.integers(0, 100))
def test_a_pause_outside_office_hours_adds_nothing(worktime, start, span, mille, percent):
    """Over a night, a weekend, a holiday: the deadline is the one that it would have been."""
    due_at = worktime.due(start, span).at
    stopped = start + (due_at - start) * mille // 1000
    left = worktime.between(stopped, due_at)
    # Up to the last moment at which nothing more has been worked.
    closed = worktime.add(stopped, TICK).at - TICK - stopped
    resumed = stopped + closed * percent // 100
    assert worktime.add(resumed, left).at == worktime.add(stopped, left).at


waits = st.lists(st.tuples(*[st.timedeltas(timedelta(0), timedelta(days=4))] * 2), min_size=1, max_size=6)


@law(calendars, moments, working_spans, waits)
def test_many_pauses_cost_what_they_cost_one_by_one(worktime, start, span, stretches):
    """Stopped and resumed over and over: from start to end there lies the whole span, and the pauses."""
    at, due_at, paused = start, worktime.due(start, span).at, timedelta(0)
    whole = worktime.between(start, due_at)
    for work, pause in stretches:
        at += work
        if at >= due_at:
            break
        left = worktime.between(at, due_at)
        paused += worktime.between(at, at + pause)
        at += pause
        due_at = worktime.add(at, left).at
    assert worktime.between(start, due_at) == whole + paused


@law(calendars, moments, moments, spans)
def test_due_never_goes_back(worktime, one, other, span):
    early, late = sorted((one, other))
    assert early <= worktime.due(early, span).at <= worktime.due(late, span).at


@law(calendars, exceptions, moments, working_spans)
def test_a_day_more_off_never_makes_anything_due_earlier(worktime, others, start, span):
    """And a make-up day never later: whatever else the calendar says."""
    fewer = dict.fromkeys(others, "off")
    more = dict.fromkeys(others, "work")
    due_at = worktime.due(start, span).at
    assert _with(worktime, fewer).due(start, span).at >= due_at
    assert _with(worktime, more).due(start, span).at <= due_at


@law(calendars, exceptions, moments, working_spans)
def test_days_after_the_deadline_do_not_move_it(worktime, others, start, span):
    due_at = worktime.due(start, span).at
    last = due_at.astimezone(SHANGHAI).date()
    later = {day: kind for day, kind in others.items() if day > last}
    assert _with(worktime, later).due(start, span) == worktime.due(start, span)


@law(calendars, exceptions, moments, st.builds(hours, st.integers(0, 300)))
def test_around_the_clock_no_calendar_counts(worktime, others, start, span):
    assert _with(worktime, others).due(start, span) == worktime.due(start, span)
    assert worktime.due(start, span).at == start + timedelta(hours=span.amount)


@law(calendars, moments, working_spans)
def test_loading_a_year_makes_its_deadlines_certain(worktime, start, span):
    known = Worktime(worktime.exceptions, range(1, 9999), worktime.hours, worktime.statutory)
    assert not known.due(start, span).provisional


def _with(worktime, days):
    return Worktime({**worktime.exceptions, **days}, worktime.known_years, worktime.hours, worktime.statutory)
