"""Working time, without a database: the checks of the domain, swaps, edges of days and years, inverses."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.hours import OFFICE_HOURS
from calendars.rows import announced_years, check_rows, packaged_rows
from calendars.statutory import StatutoryDays
from calendars.worktime import (
    FIRST_DAY,
    LAST_DAY,
    MOST_REMEMBERED,
    SHANGHAI,
    Due,
    Span,
    Worktime,
    hours,
    minutes,
    working_days,
    working_hours,
)

DAYS = check_rows(packaged_rows())[0]
CHINA = Worktime(
    exceptions={day.date: day.kind for day in DAYS},
    known_years=announced_years(DAYS),
    statutory=StatutoryDays(),
)
# Neither holidays nor swaps: what the weekday rule does alone.
PLAIN = Worktime(exceptions={}, known_years=range(1, 10000))
HOUR = timedelta(hours=1)


def law(*strategies):
    """`given`, however slow the machine: the first unknown year imports a library."""
    return lambda test: settings(deadline=None)(given(*strategies)(test))


def at(text: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def close(text: str) -> datetime:
    return at(f"{text}T17:30")


# --- which days are worked ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-13", True),  # a plain Friday
        ("2026-02-14", True),  # make-up Saturday
        ("2026-02-15", False),  # a Sunday of the Spring Festival
        ("2026-02-20", False),  # a Friday off, paid for by a make-up day
        ("2026-02-21", False),
        ("2026-02-28", True),
        ("2026-03-07", False),  # a plain Saturday
        ("2026-09-20", True),  # make-up Sunday
        ("2027-02-05", False),  # Spring Festival by law, notice unknown
        ("2027-02-09", True),  # would be off by notice; the law alone does not give it
        ("2027-02-13", False),
        ("9999-10-01", True),  # a Friday of which nobody knows more
    ],
)
def test_working_days(day, worked):
    assert CHINA.is_working_day(date.fromisoformat(day)) is worked


def test_an_exception_counts_in_a_year_that_is_not_loaded_but_statutory_days_do_not_in_one_that_is():
    day, other = date(2027, 10, 1), date(2027, 10, 4)
    statutory = frozenset({day})
    assert Worktime({day: "work", other: "off"}, frozenset(), statutory=statutory).is_working_day(day)
    assert not Worktime({day: "work", other: "off"}, frozenset(), statutory=statutory).is_working_day(other)
    assert not Worktime({}, frozenset(), statutory=statutory).is_working_day(day)
    assert Worktime({}, frozenset({2027}), statutory=statutory).is_working_day(day)


# --- when a span is over -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-02-10", "2026-03-09"), ("2026-09-18", "2026-10-15"), ("2026-09-24", "2026-10-22")],
)
@pytest.mark.parametrize("hour", ["00:00", "08:30", "12:30", "17:29", "23:59"])
def test_fifteen_working_days_over_the_holidays_of_2026(start, end, hour):
    assert CHINA.due(at(f"{start}T{hour}"), working_days(15)) == Due(close(end), provisional=False)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-03-02T09:00", 1, "2026-03-03"),
        ("2026-03-06T09:00", 1, "2026-03-09"),  # Friday: the next working day is Monday
        ("2026-03-07T09:00", 1, "2026-03-09"),  # Saturday
        ("2026-02-13T09:00", 1, "2026-02-14"),  # the Saturday that is worked
        ("2026-02-14T09:00", 1, "2026-02-24"),  # over the whole Spring Festival
    ],
)
def test_working_days_end_at_the_close(start, amount, end):
    assert CHINA.due(at(start), working_days(amount)).at == close(end)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-03-02T09:00", 2, "2026-03-02T11:00"),
        ("2026-03-02T11:00", 2, "2026-03-02T14:30"),  # the lunch break does not count
        ("2026-03-02T12:10", 1, "2026-03-02T14:30"),  # starts in the lunch break
        ("2026-03-02T08:30", 3, "2026-03-02T11:30"),
        ("2026-03-02T07:00", 2, "2026-03-02T10:30"),  # before opening
        ("2026-03-02T20:00", 2, "2026-03-03T10:30"),  # after closing
        ("2026-03-02T17:00", 2, "2026-03-03T10:00"),  # over night
        ("2026-03-06T17:00", 2, "2026-03-09T10:00"),  # over the weekend
        ("2026-02-13T17:00", 2, "2026-02-14T10:00"),  # into the make-up Saturday
        ("2026-02-14T17:00", 2, "2026-02-24T10:00"),  # over the Spring Festival
        ("2026-03-02T13:30", 4, "2026-03-02T17:30"),  # to the very close, not to the next opening
    ],
)
def test_working_hours(start, amount, end):
    assert CHINA.due(at(start), working_hours(amount)) == Due(at(end), provisional=False)


@pytest.mark.parametrize(("span", "end"), [(minutes(5), "2027-02-05T23:59"), (hours(24), "2027-02-06T23:54")])
def test_round_the_clock_knows_no_holiday_and_is_never_provisional(span, end):
    assert CHINA.due(at("2027-02-05T23:54"), span) == Due(at(end), provisional=False)


@pytest.mark.parametrize("span", [minutes(0), hours(0), working_hours(0), working_days(0)])
def test_nothing_is_over_at_once(span):
    start = at("2027-02-06T03:00")
    assert CHINA.due(start, span) == Due(start, provisional=False)


def test_answers_are_in_utc_whatever_the_zone_of_the_question():
    start = at("2026-03-02T09:00")
    for zone in (UTC, SHANGHAI, ZoneInfo("America/New_York")):
        due = CHINA.due(start.astimezone(zone), working_hours(1)).at
        assert due.tzinfo is UTC
        assert due == start + HOUR
        assert CHINA.subtract(due.astimezone(zone), HOUR).tzinfo is UTC
        assert CHINA.point(start.astimezone(zone), due.astimezone(zone), hours(1), 100).tzinfo is UTC


def test_the_day_is_the_one_in_the_calendars_zone():
    late = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # 01:00 on the 3rd in Shanghai
    assert CHINA.due(late, working_days(1)).at == close("2026-03-04")


def test_a_moment_without_a_zone_is_refused():
    for ask in (
        lambda when: CHINA.due(when, hours(1)),
        lambda when: CHINA.due(when, working_days(1)),
        lambda when: CHINA.add(when, HOUR),
        lambda when: CHINA.subtract(when, HOUR),
        lambda when: CHINA.between(when, when),
    ):
        with pytest.raises(ValueError):
            ask(datetime(2026, 3, 2, 9))


def test_other_office_hours():
    early = Worktime({}, range(2026, 2027), hours=((time(7), time(11)), (time(15), time(16))))
    assert early.due(at("2026-03-02T10:00"), working_hours(2)).at == at("2026-03-02T16:00")
    assert early.due(at("2026-03-02T10:00"), working_days(2)).at == at("2026-03-04T16:00")
    assert early.day_length == 5 * HOUR


@pytest.mark.parametrize(
    "impossible", [(), ((time(9), time(9)),), ((time(13), time(14)), (time(9), time(10)))]
)
def test_impossible_office_hours_are_refused(impossible):
    with pytest.raises(ValueError):
        Worktime({}, frozenset(), hours=impossible)


# --- years without a notice --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "span", "end", "provisional"),
    [
        ("2026-12-30T10:00", working_days(1), "2026-12-31T17:30", False),
        ("2026-12-31T11:00", working_hours(2), "2026-12-31T14:30", False),
        # 2027-01-01 is off by law, the 2nd and 3rd are a weekend
        ("2026-12-31T10:00", working_days(1), "2027-01-04T17:30", True),
        ("2026-12-31T17:00", working_hours(2), "2027-01-04T10:00", True),
        ("2026-12-25T10:00", working_days(15), "2027-01-18T17:30", True),
        ("2027-09-30T10:00", working_days(1), "2027-10-04T17:30", True),
        ("2003-12-31T10:00", working_days(1), "2004-01-02T17:30", False),  # the unknown day is not asked
        ("2003-12-31T10:00", working_hours(1), "2003-12-31T11:00", True),
    ],
)
def test_the_turn_of_the_year(start, span, end, provisional):
    assert CHINA.due(at(start), span) == Due(at(end), provisional)


def test_a_span_across_an_unknown_year_between_known_ones_is_provisional():
    gap = Worktime({}, frozenset({2026, 2028}))
    assert gap.due(at("2026-12-01T10:00"), working_days(300)).provisional
    assert gap.due(at("2026-12-01T10:00"), working_days(300)).at.year == 2028


@law(
    st.datetimes(timezones=st.sampled_from([UTC, SHANGHAI, ZoneInfo("America/New_York")])),
    st.sampled_from([minutes(90), hours(24), working_hours(7), working_days(15), working_days(3).part(50)]),
)
def test_no_year_is_an_error(moment, span):
    due = CHINA.due(moment, span)
    assert due.provisional is (not span.round_the_clock) or due.at.year in range(2003, 2028)
    assert FIRST_DAY <= due.at.date() <= LAST_DAY
    assert CHINA.subtract(moment, 40 * HOUR).tzinfo is UTC
    assert CHINA.between(moment, due.at) >= timedelta(0)


def test_more_time_than_there_is_ends_at_the_edge():
    late = datetime(9990, 1, 1, tzinfo=UTC)
    for span in (minutes(10**12), hours(10**30), working_hours(10**30), working_days(10**9)):
        assert CHINA.due(late, span).at.year >= 9998
    assert CHINA.subtract(datetime(5, 1, 1, tzinfo=UTC), timedelta.max).year == 1


# --- spans -------------------------------------------------------------------------------------------------


def test_parts_of_spans_are_exact_and_keep_their_clock():
    assert hours(2).part(50) == hours(1)
    assert working_days(10).part(80) == working_days(8)
    assert working_hours(1).part(50) == Span(Fraction(1, 2), "working_hours")
    assert minutes(5).part(50).part(50) == Span(Fraction(5, 4), "minutes")
    assert {span.part(50).round_the_clock for span in (minutes(5), hours(5))} == {True}
    assert {span.part(50).round_the_clock for span in (working_hours(5), working_days(5))} == {False}


def test_a_negative_span_is_refused():
    with pytest.raises(ValueError):
        working_days(-1)


@pytest.mark.parametrize(
    ("span", "end"),
    [
        (minutes(5).part(50), "2026-03-02T11:02:30"),
        (hours(1).part(50), "2026-03-02T11:30"),
        (working_hours(3).part(50), "2026-03-02T14:00"),
        (working_days(1).part(50), "2026-03-02T16:15"),  # 3 h 45 of a day of 7 h 30
        (working_days(3).part(50), "2026-03-03T16:15"),
        (working_days(2).part(50), "2026-03-03T17:30"),  # one whole day
    ],
)
def test_half_a_span(span, end):
    assert CHINA.due(at("2026-03-02T11:00"), span).at == at(end)


# --- how much has passed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        ("2026-03-02T09:00", "2026-03-02T11:00", 2),
        ("2026-03-02T11:00", "2026-03-02T14:30", 2),
        ("2026-03-02T12:00", "2026-03-02T13:30", 0),  # lunch
        ("2026-03-06T18:00", "2026-03-09T08:00", 0),  # a weekend
        ("2026-03-06T09:00", "2026-03-09T09:00", 7.5),
        ("2026-02-14T09:00", "2026-02-24T09:00", 7.5),  # the make-up Saturday, then the Spring Festival
        ("2026-03-02T00:00", "2026-03-09T00:00", 37.5),
        ("2026-03-02T11:00", "2026-03-02T09:00", -2),
    ],
)
def test_between(start, end, passed):
    assert CHINA.between(at(start), at(end)) == passed * HOUR


def test_a_pause_over_a_weekend_adds_nothing():
    start = at("2026-03-04T10:20")
    due_at = CHINA.due(start, working_days(3)).at
    left = CHINA.between(at("2026-03-06T18:10"), due_at)
    assert CHINA.add(at("2026-03-09T08:10"), left).at == due_at
    assert CHINA.add(at("2026-03-10T08:10"), left).at == close("2026-03-10")


def test_a_pause_in_office_hours_moves_the_end_by_what_was_worked_meanwhile():
    due_at = CHINA.due(at("2026-03-02T09:00"), working_hours(4)).at
    left = CHINA.between(at("2026-03-02T11:00"), due_at)
    assert due_at == at("2026-03-02T14:30")
    assert CHINA.add(at("2026-03-02T15:00"), left).at == at("2026-03-02T17:00")


def test_edges_of_the_office_day():
    assert CHINA.add(at("2026-03-02T08:30"), 3.5 * HOUR).at == at("2026-03-02T12:00")
    assert CHINA.subtract(at("2026-03-02T17:30"), 4 * HOUR) == at("2026-03-02T13:30")
    assert CHINA.subtract(at("2026-03-02T13:30"), HOUR) == at("2026-03-02T11:00")
    assert CHINA.subtract(at("2026-03-07T13:30"), 7.5 * HOUR) == at("2026-03-06T08:30")
    assert CHINA.subtract(at("2026-02-24T09:30"), 2 * HOUR) == at("2026-02-14T16:30")


def test_negative_amounts_are_refused():
    for ask in (CHINA.add, CHINA.subtract):
        with pytest.raises(ValueError):
            ask(at("2026-03-02T09:00"), -HOUR)


@pytest.mark.parametrize(
    ("start", "due_at", "span", "percent", "point"),
    [
        ("2026-03-02T09:00", "2026-03-03T09:00", hours(24), 80, "2026-03-03T04:12"),
        ("2026-03-02T08:30", "2026-03-06T17:30", working_days(4), 80, "2026-03-05T17:30"),
        ("2026-03-06T16:30", "2026-03-09T10:30", working_hours(3), 50, "2026-03-09T09:00"),
        ("2026-03-02T09:00", "2026-03-02T11:00", working_hours(2), 0, "2026-03-02T09:00"),
        ("2026-03-02T09:00", "2026-03-02T22:00", working_hours(2), 100, "2026-03-02T22:00"),
        ("2026-03-02T09:00", "2026-03-02T08:00", working_hours(2), 80, "2026-03-02T08:00"),
        ("2026-03-07T09:00", "2026-03-07T10:00", working_hours(2), 80, "2026-03-07T09:00"),  # never open
    ],
)
def test_point(start, due_at, span, percent, point):
    assert CHINA.point(at(start), at(due_at), span, percent) == at(point)


# --- laws --------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(1995, 1, 1), datetime(2034, 12, 31), timezones=st.just(SHANGHAI))
amounts = st.timedeltas(timedelta(0), 400 * HOUR)
some = st.timedeltas(timedelta(microseconds=1), 400 * HOUR)
spans = st.builds(
    lambda build, amount: build(amount),
    st.sampled_from([minutes, hours, working_hours, working_days]),
    st.integers(0, 60),
)


@st.composite
def open_moments(draw, *, opening: bool):
    """A moment in office hours; of each stretch the opening belongs to it, or else the close."""
    day = draw(st.dates(date(2004, 1, 1), date(2030, 12, 31)).filter(CHINA.is_working_day))
    opens, closes = draw(st.sampled_from(OFFICE_HOURS))
    first, last = (datetime.combine(day, edge, tzinfo=SHANGHAI) for edge in (opens, closes))
    step = timedelta(microseconds=1)
    shortest, longest = (timedelta(0), last - first - step) if opening else (step, last - first)
    return first + draw(st.timedeltas(shortest, longest))


@law(open_moments(opening=True), amounts)
def test_subtract_undoes_add(moment, amount):
    assert CHINA.subtract(CHINA.add(moment, amount).at, amount) == moment


@law(open_moments(opening=False), amounts)
def test_add_undoes_subtract(moment, amount):
    assert CHINA.add(CHINA.subtract(moment, amount), amount).at == moment


@law(moments, amounts)
def test_what_was_added_is_what_is_between(moment, amount):
    assert CHINA.between(moment, CHINA.add(moment, amount).at) == amount
    assert CHINA.between(CHINA.subtract(moment, amount), moment) == amount


@law(moments, some)
def test_a_sum_is_reached_in_office_hours(moment, amount):
    end = CHINA.add(moment, amount).at.astimezone(SHANGHAI)
    assert CHINA.is_working_day(end.date())
    assert any(opens < end.time() <= closes for opens, closes in OFFICE_HOURS)


@law(moments, amounts, amounts)
def test_adding_twice_is_adding_the_sum(moment, one, other):
    assert CHINA.add(CHINA.add(moment, one).at, other).at == CHINA.add(moment, one + other).at


@law(moments, moments, moments)
def test_time_between_adds_up(one, two, three):
    assert CHINA.between(one, two) + CHINA.between(two, three) == CHINA.between(one, three)


@law(moments, moments, spans)
def test_a_later_start_is_never_due_earlier(one, other, span):
    early, late = sorted((one, other))
    assert early <= CHINA.due(early, span).at <= CHINA.due(late, span).at


@law(moments, spans, st.integers(0, 30))
def test_a_longer_span_is_never_due_earlier(start, span, more):
    assert CHINA.due(start, span).at <= CHINA.due(start, Span(span.amount + more, span.unit)).at


@law(moments, spans, st.integers(0, 120), st.integers(0, 120))
def test_points_lie_in_order_between_start_and_end(start, span, one, other):
    due_at = CHINA.due(start, span).at
    less, more = sorted((one, other))
    points = [CHINA.point(start, due_at, span, percent) for percent in (less, more)]
    assert start <= points[0] <= points[1] <= due_at


@law(moments, spans)
def test_provisional_says_whether_an_unknown_year_was_asked(start, span):
    due = CHINA.due(start, span)
    asked = {start.year, due.at.astimezone(SHANGHAI).year}
    if due.provisional:
        assert not span.round_the_clock
        assert not asked <= set(range(2004, 2027))
    elif not span.round_the_clock and span.amount:
        assert due.at.astimezone(SHANGHAI).year in range(2004, 2027)


@law(
    st.datetimes(datetime(2026, 2, 1), datetime(2026, 3, 1), timezones=st.just(SHANGHAI)),
    st.integers(0, 40 * 60),
)
def test_against_counting_minutes(start, count):
    """The same sum counted minute by minute, with none of the shortcuts."""
    start = start.replace(second=0, microsecond=0)
    end, left = start, count
    while left:
        is_open = any(opens <= end.time() < closes for opens, closes in OFFICE_HOURS)
        left -= is_open and CHINA.is_working_day(end.date())
        end += timedelta(minutes=1)
    assert CHINA.add(start, timedelta(minutes=count)).at == end


@law(st.dates(date(2026, 1, 1), date(2026, 11, 30)), st.integers(1, 20))
def test_against_counting_days(day, count):
    following = [day + timedelta(days=n) for n in range(1, 60)]
    worked = [later for later in following if CHINA.is_working_day(later)]
    due = CHINA.due(datetime.combine(day, time(10), tzinfo=SHANGHAI), working_days(count)).at
    assert due == datetime.combine(worked[count - 1], time(17, 30), tzinfo=SHANGHAI)


@law(moments, st.integers(0, 60))
def test_plain_weeks_have_five_days(moment, weeks):
    assert PLAIN.between(moment, moment + timedelta(weeks=weeks)) == 5 * weeks * PLAIN.day_length


def test_what_is_remembered_is_what_would_be_reckoned() -> None:
    """However often and in whatever order it is asked, and however much was asked before."""
    known = Worktime(exceptions=CHINA.exceptions, known_years=CHINA.known_years, statutory=CHINA.statutory)
    start = at("2026-03-10T10:00")
    spans = [
        working_hours(2),
        Span(Fraction(2), "working_hours"),
        working_days(1),
        Span(Fraction(1, 2), "working_days"),
    ]
    for _again in range(2):
        for number in range(MOST_REMEMBERED + 20):
            moment = start + timedelta(minutes=number)
            for span in spans:
                new = Worktime(
                    exceptions=CHINA.exceptions, known_years=CHINA.known_years, statutory=CHINA.statutory
                )
                due = known.due(moment, span)
                if number % 50 == 0:
                    assert due == new.due(moment, span)
                    assert known.between(moment, due.at) == new.between(moment, due.at)
                    point = known.point(moment, due.at, span, 50)
                    assert (
                        point
                        == new.point(moment, due.at, span, 50)
                        == known.point(moment, due.at, span=span, percent=50)
                    )
    assert len(known._answers) <= MOST_REMEMBERED
    assert Span(Fraction(1), "working_days") == working_days(1) and known.due(
        start, Span(Fraction(1), "working_days")
    ).at == close("2026-03-11")
