"""The three rates: what counts, the periods, and that events, stored days and ratings agree."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone, translation

from grids.actions.tree import merge_units
from grids.notices import follow_unit
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.actions.rates import count_rates
from issues.models import Issue, RateDay, Rating
from issues.rate_table import rate_rows, rated_figures
from issues.rates import PERIODS, RATES, Figures, days_asked, period
from issues.timeline import timeline
from issues.verdicts import differences, figures_of_events
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting, last, never_in_order
from trail.models import Event

GOOD = {"answered": True, "solved": True, "satisfied": True}
RESPONSE, RESOLUTION, SATISFACTION = RATES


class TestTable:
    def test_nobody_rated_is_no_figure_and_no_zero(self) -> None:
        assert [Figures(unrated=5).percent(rate) for rate in RATES] == [None] * 3

    def test_the_unrated_count_in_no_rate(self) -> None:
        few, many = Figures(rated=2, responded=1, solved=2, satisfied=1), Figures(unrated=98)
        assert [(few + many).percent(rate) for rate in RATES] == [50.0, 100.0, 50.0]
        assert (few + many).ended == 100

    @pytest.mark.parametrize(
        ("key", "first", "last"),
        [
            ("this_month", "2026-03-01", "2026-03-10"),
            ("last_month", "2026-02-01", "2026-02-28"),
            ("this_quarter", "2026-01-01", "2026-03-10"),
            ("last_quarter", "2025-10-01", "2025-12-31"),
            ("this_year", "2026-01-01", "2026-03-10"),
        ],
    )
    def test_periods(self, key: str, first: str, last: str) -> None:
        assert period(key, date(2026, 3, 10)) == (date.fromisoformat(first), date.fromisoformat(last))

    def test_every_period_of_the_table_is_known_and_no_other(self) -> None:
        today = date(2026, 12, 31)
        assert all(period(one.key, today) for one in PERIODS)
        assert period("ever", today) is None

    def test_a_free_period(self) -> None:
        today = date(2026, 3, 10)
        assert days_asked("", None, None, today) == ("this_month", date(2026, 3, 1), today)
        assert days_asked("", date(2026, 2, 3), None, today) == ("free", date(2026, 2, 3), today)
        assert days_asked("free", None, date(2026, 2, 3), today)[1:] == (date(2026, 2, 1), date(2026, 2, 3))

    @pytest.mark.parametrize(
        ("key", "first", "last", "why"),
        [("free", "2026-03-02", "2026-03-01", "order"), ("free", "2024-03-01", "2026-03-01", "long")],
    )
    def test_no_such_period(self, key: str, first: str, last: str, why: str) -> None:
        with pytest.raises(ValueError, match=why):
            days_asked(key, date.fromisoformat(first), date.fromisoformat(last), date(2026, 3, 10))


def resolved(act: Acting, category: str = "litter", who: str = "grid_worker", **given: Any) -> Issue:
    return act("submit_result", act.handling(category, who, **given), who)


def all_days(act: Acting) -> tuple[date, date]:
    return timezone.localdate(act.town.now), timezone.localdate(act.now)


def told(act: Acting) -> Figures:
    """From the events, all together."""
    return sum(figures_of_events(*all_days(act)).values(), Figures())


def counted(act: Acting) -> Figures:
    count_rates(*all_days(act), now=act.now)
    return RateDay.objects.between(*all_days(act)).total()


def agree(act: Acting) -> bool:
    """What was stored and the events, without counting anew."""
    return not list(differences(*all_days(act), RateDay.objects.all()))


def rewrite(issue: Issue, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Make its events such as were recorded before, past the trigger that forbids it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trail_event DISABLE TRIGGER trail_event_append_only")
        for event in Event.objects.about("issue", issue.pk):
            Event.objects.filter(pk=event.pk).update(data=change(event.data))
        cursor.execute("ALTER TABLE trail_event ENABLE ALWAYS TRIGGER trail_event_append_only")


def followed(act: Acting) -> Issue:
    """One that another has taken along to its result."""
    main, other = act.handling(), act.town.report(now=act.now)
    act("merge", other, "grid_worker", main=main)
    act("submit_result", main, "grid_worker")
    return Issue.objects.get(pk=other.pk)


class TestCounting:
    def test_rated_and_answered_by_the_promised_date(self, act: Acting) -> None:
        act("rate", resolved(act), None, **GOOD)
        assert told(act) == Figures(rated=1, answered=1, responded=1, solved=1, satisfied=1)

    def test_an_answer_after_the_promised_date_is_no_response(self, act: Acting) -> None:
        issue = act.handling()
        act.later(days=40)
        act("rate", act("submit_result", issue, "grid_worker"), None, **GOOD)
        assert told(act) == Figures(rated=1, answered=1, responded=0, solved=1, satisfied=1)

    def test_an_early_contact_counts_although_the_result_came_late(self, act: Acting) -> None:
        issue = act("contact", act.handling(), "grid_worker")
        act.later(days=40)
        act("rate", act("submit_result", issue, "grid_worker"), None, **GOOD)
        assert told(act).responded == 1

    def test_who_was_not_answered_was_not(self, act: Acting) -> None:
        issue = act("submit_result", act("contact", act.handling(), "grid_worker"), "grid_worker")
        act("rate", issue, None, **(GOOD | {"answered": False}))
        assert (told(act).answered, told(act).responded) == (0, 0)

    def test_no_answer_is_unrated_and_nothing_else(self, act: Acting) -> None:
        resolved(act)
        act.later(days=20)
        act.sweep()
        assert told(act) == Figures(unrated=1)

    def test_unsolved_and_redone_are_two_results(self, act: Acting) -> None:
        issue = act("rate", resolved(act), None, answered=True, solved=False, satisfied=False)
        issue = act("sign", act("redo", issue, "community_secretary"), "grid_worker")
        act("rate", act("submit_result", issue, "grid_worker"), None, **GOOD)
        assert told(act) == Figures(rated=2, answered=2, responded=2, solved=1, satisfied=1)

    def test_closed_by_the_reviewer_is_not_unrated(self, act: Acting) -> None:
        issue = act("rate", resolved(act), None, answered=True, solved=False, satisfied=False)
        act("close", issue, "community_secretary")
        assert told(act) == Figures(rated=1, answered=1, responded=1)

    def test_what_was_settled_at_once_stays_outside(self, act: Acting) -> None:
        own = {"by": act.town.people["grid_worker"], "source": "patrol"}
        issue = resolved(act, **own)
        assert issue.state == "closed"
        assert told(act) == Figures()

    def test_what_followed_another_counts_only_when_its_own_reporter_rates(self, act: Acting) -> None:
        town, worker = act.town, act.town.people["grid_worker"]
        main, *others = act.handling(), town.report(now=act.now), town.report(now=act.now)
        for one in others:
            PERFORM["merge"](one, by=worker, now=act.now, main=main)
        PERFORM["submit_result"](main, by=worker, now=act.now, outcome="solved", text="演示:已清运")
        PERFORM["rate"](others[0], by=None, now=act.now, **GOOD)
        act.later(days=20)
        sweep_once(now=act.now)
        assert Issue.objects.filter(state="closed").count() == 3
        assert told(act) == Figures(1, 1, 1, 1, 1, unrated=1)

    @pytest.mark.parametrize("way", ["redo", "send_back", "lift"])
    def test_what_followed_another_and_had_to_be_redone_counts_by_itself(self, act: Acting, way: str) -> None:
        """However it came back: whoever does not rate its own result is unrated like anybody else."""
        other = followed(act)
        if way != "send_back":
            other = act("rate", other, None, answered=True, solved=False, satisfied=False)
        other = act(way, other, "street_leader" if way == "lift" else "community_secretary")
        assert other.main is None
        who = "street_dispatcher" if way == "lift" else "grid_worker"
        other = act("sign", other, who) if other.state == "assigned" else other
        act("verify", act("submit_result", other, who), "community_worker")
        act.later(days=20)
        while act.sweep():
            pass
        assert not Issue.objects.exclude(state="closed").exists()
        assert told(act).unrated == counted(act).unrated == 2
        assert not list(differences(*all_days(act), RateDay.objects.all()))

    def test_what_was_rejected_with_another_and_objected_to_counts_by_itself(self, act: Acting) -> None:
        main, other = act.town.report("other"), act.town.report("other")
        act("merge", other, "community_worker", main=main)
        act("reject", main, "community_secretary")
        other = act("object", other, None)
        assert (other.state, other.main) == ("reported", None)
        other = act("screen", other, "street_dispatcher", category=act.town.categories["litter"])
        act("submit_result", act("sign", other, "grid_worker"), "grid_worker")
        act.later(days=20)
        act.sweep()
        assert told(act) == counted(act) == Figures(unrated=1)

    def test_the_body_that_submitted_it_has_the_figures(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", act.town.report("road", now=act.now), "street_dispatcher", body=town.office)
        issue = act("submit_result", act("sign", issue, "office_officer"), "office_officer")
        act("rate", issue, None, answered=True, solved=False, satisfied=False)
        (key,) = figures_of_events(*all_days(act))
        assert key[6] == town.office.pk

    def test_as_what_it_was_screened_by_then(self, town: Town, act: Acting) -> None:
        issue = act("screen", town.report("other"), "community_worker", category=town.categories["litter"])
        issue = act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        act("rate", issue, None, **GOOD)
        Issue.objects.filter(pk=issue.pk).update(category=town.categories["road"])
        (key,) = figures_of_events(*all_days(act))
        assert key[7] == town.categories["litter"].pk


class TestTheSameResult:
    """A result counts once, whatever is said of the next one, and however it ends a second time."""

    @pytest.fixture
    def again(self, act: Acting) -> Issue:
        """Nobody has rated it, and that is counted; then its reporter opened it again."""
        issue = resolved(act, contact=CONTACT)
        act.later(days=20)
        act.sweep()
        assert counted(act) == Figures(unrated=1)
        act.later(days=1)
        return act("reopen", issue, None)

    def stored_now(self, act: Acting) -> Figures:
        """Today alone is counted anew."""
        today = timezone.localdate(act.now)
        count_rates(today, today, now=act.now)
        return RateDay.objects.between(*all_days(act)).total()

    @pytest.mark.parametrize("way", ["rate", "call_back"])
    def test_what_is_said_of_the_next_one_is_not_said_of_it(
        self, act: Acting, again: Issue, way: str
    ) -> None:
        """By link or by telephone: the first stays unrated."""
        issue = act("sign", act("redo", again, "community_secretary"), "grid_worker")
        issue = act("submit_result", issue, "grid_worker")
        issue = act(way, issue, "community_secretary" if way == "call_back" else None, **GOOD)
        heard = [1] * 4 if way == "call_back" else [0] * 4
        assert told(act) == self.stored_now(act) == Figures(1, 1, 1, 1, 1, 1, *heard)
        assert agree(act)

    def test_ended_once_more_as_it_stood_it_is_unrated_once(self, act: Acting, again: Issue) -> None:
        closed = act("close", again, "community_secretary")
        assert last(closed).data["rated"] is False
        assert told(act) == self.stored_now(act) == Figures(unrated=1)
        assert agree(act)

    def test_what_a_reviewer_ends_without_a_verdict_is_unrated(self, act: Acting) -> None:
        """A check on the spot is not the reporter's word."""
        issue = act("close", never_in_order(act), "community_secretary")
        assert told(act) == counted(act) == Figures(unrated=1)
        with translation.override("en"):
            assert timeline(issue)[-1].words == "Closed (unrated)"

    def test_with_one_it_is_rated(self, act: Acting) -> None:
        issue = act("sign", never_in_order(act, 2), "grid_worker")
        issue = act("rate", act("submit_result", issue, "grid_worker"), None, **GOOD)
        issue = act("verify", issue, "community_worker", passed=False)
        issue = act("close", issue, "community_secretary")
        assert last(issue).data["rated"] is True
        assert told(act) == counted(act) == Figures(1, 1, 1, 1, 1)

    def test_nobody_could_have_rated_what_nobody_reported(self, act: Acting) -> None:
        issue = act("close", never_in_order(act, source="schedule"), "community_secretary")
        assert told(act) == counted(act) == Figures()
        with translation.override("en"):
            assert timeline(issue)[-1].words == "Closed (nobody has reported it)"


class TestNobodyCouldRate:
    """Nobody has reported a scheduled task or an alert: nobody is waited for, and no figure says unrated."""

    SOURCES = ({"source": "schedule"}, {"source": "alert", "by": "grid_worker", "on_behalf": True})

    def given(self, town: Town, source: dict[str, Any]) -> dict[str, Any]:
        return source | ({"by": town.people[source["by"]]} if "by" in source else {})

    @pytest.mark.parametrize("source", SOURCES, ids=lambda one: one["source"])
    def test_it_is_closed_with_its_result(self, town: Town, act: Acting, source: dict[str, Any]) -> None:
        issue = resolved(act, "noise", "community_worker", **self.given(town, source))
        assert (issue.state, issue.outcome, issue.due_at, issue.at_once) == ("closed", "solved", None, False)
        with translation.override("en"):
            assert timeline(issue)[-1].words == "Closed (nobody has reported it)"
        act.later(days=20)
        assert act.sweep() == 0 and told(act) == counted(act) == Figures()

    @pytest.mark.parametrize("source", SOURCES, ids=lambda one: one["source"])
    def test_a_check_on_the_spot_comes_first_and_closes_it(
        self, town: Town, act: Acting, source: dict[str, Any]
    ) -> None:
        issue = resolved(act, "fire", "grid_worker", **self.given(town, source))
        assert (issue.state, issue.check_reason) == ("resolved", "danger")
        assert act("verify", issue, "community_worker").state == "closed"
        assert told(act) == Figures()

    def test_what_the_check_does_not_pass_is_redone(self, town: Town, act: Acting) -> None:
        issue = act("verify", resolved(act, "fire", source="schedule"), "community_worker", passed=False)
        assert issue.state == "assigned"

    def test_those_that_waited_for_a_rating_before_stay_outside_too(self, town: Town, act: Acting) -> None:
        """Closed as unrated by the window, as it was done before."""
        issue = act("submit_result", act.handling(), "grid_worker")
        act.later(days=20)
        act.sweep()
        assert told(act) == Figures(unrated=1)
        rewrite(issue, lambda data: data | ({"source": "alert"} if "source" in data else {}))
        assert told(act) == Figures()


class TestWhereItHappenedThen:
    """The place stands in the events: what was counted does not move when somebody corrects it afterwards."""

    def place(self, act: Acting) -> tuple[Any, ...]:
        (key,) = figures_of_events(*all_days(act))
        return key[1:6]

    def expected(self, unit: Any) -> tuple[int | None, ...]:
        return tuple(unit.lineage().values())

    def redone(self, town: Town, act: Acting) -> Issue:
        issue = act("rate", resolved(act), None, answered=True, solved=False, satisfied=False)
        return act("redo", issue, "community_secretary")

    def test_a_place_that_is_corrected_later_changes_nothing(self, town: Town, act: Acting) -> None:
        issue = self.redone(town, act)
        before = counted(act), list(RateDay.objects.values_list("grid", "building", "rated"))
        assert self.place(act) == self.expected(town.building)
        act.later(days=1)
        issue = act("correct", issue, "grid_worker", place=town.other_building)
        assert issue.grid == town.other_grid and self.place(act) == self.expected(town.building)
        assert (counted(act), list(RateDay.objects.values_list("grid", "building", "rated"))) == before
        assert list(differences(*all_days(act), RateDay.objects.all())) == []

    def test_what_ends_after_the_correction_counts_at_the_right_place(self, town: Town, act: Acting) -> None:
        issue = self.redone(town, act)
        act.later(days=1)
        issue = act("correct", issue, "grid_worker", place=town.other_building)
        issue = act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        act("rate", issue, None, **GOOD)
        keys = sorted(figures_of_events(*all_days(act)))
        assert [key[1:6] for key in keys] == [
            self.expected(town.building),
            self.expected(town.other_building),
        ]

    def test_no_column_of_the_issue_is_asked(self, town: Town, act: Acting) -> None:
        issue = act("rate", resolved(act, who="street_leader", about=town.community), None, **GOOD)
        before = figures_of_events(*all_days(act))
        Issue.objects.filter(pk=issue.pk).update(
            **dict.fromkeys(("street", "community", "grid", "building", "about_unit")),
            category=town.categories["road"],
        )
        assert figures_of_events(*all_days(act)) == before

    def test_a_unit_that_became_part_of_another_counts_there(self, town: Town, act: Acting) -> None:
        act("rate", resolved(act, place=town.grid), None, **GOOD)
        merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
        assert self.place(act) == self.expected(town.other_grid)

    def test_issues_of_before_have_it_from_their_row(self, town: Town, act: Acting) -> None:
        issue = act("rate", resolved(act, who="street_leader", about=town.community), None, **GOOD)
        rewrite(issue, lambda data: {key: data[key] for key in data.keys() - {"place", "about"}})
        (key,) = figures_of_events(*all_days(act))
        assert key[1:6] == self.expected(town.building) and key[8] == town.community.pk


@pytest.fixture
def driven(town: Town, act: Acting) -> Acting:
    """Three weeks of a town: rated, late, unsolved and redone, unrated, at once, of a body, of another street."""
    act("rate", resolved(act), None, **GOOD)
    act("rate", resolved(act, "noise", "community_worker"), None, **(GOOD | {"satisfied": False}))
    resolved(act)
    resolved(act, by=town.people["grid_worker"], source="patrol")
    act.later(days=2)
    issue = act("rate", resolved(act), None, answered=True, solved=False, satisfied=False)
    issue = act("sign", act("redo", issue, "community_secretary"), "grid_worker")
    act.later(days=1)
    act("rate", act("submit_result", issue, "grid_worker"), None, **GOOD)
    issue = act("dispatch", town.report("road", now=act.now), "street_dispatcher", body=town.office)
    issue = act("submit_result", act("sign", issue, "office_officer"), "office_officer")
    act("rate", issue, None, **(GOOD | {"answered": False}))
    far = act("sign", town.report(place=town.far_building, now=act.now), "far_worker")
    act("rate", act("submit_result", far, "far_worker"), None, **GOOD)
    act.later(days=18)
    act.sweep()
    return act


def check(act: Acting, **options: Any) -> str:
    out = StringIO()
    first, last = all_days(act)
    call_command("check_rates", first=first, last=last, stdout=out, **options)
    return out.getvalue()


class TestStored:
    def test_the_three_agree(self, driven: Acting) -> None:
        assert counted(driven) == told(driven) == Figures(6, 5, 5, 5, 4, 1)
        assert list(differences(*all_days(driven), RateDay.objects.all())) == []
        assert "agree" in check(driven)

    def test_counting_twice_changes_nothing(self, driven: Acting) -> None:
        once = counted(driven)
        rows = set(RateDay.objects.values_list("day", "category", "rated", "unrated"))
        assert counted(driven) == once
        assert set(RateDay.objects.values_list("day", "category", "rated", "unrated")) == rows

    def test_days_are_counted_alone(self, driven: Acting) -> None:
        counted(driven)
        first, last = all_days(driven)
        kept = RateDay.objects.between(first, first).total()
        count_rates(first + timedelta(days=1), last, now=driven.now)
        assert RateDay.objects.between(first, first).total() == kept

    @pytest.mark.parametrize(
        "tamper",
        [
            lambda: RateDay.objects.filter(rated=1).update(satisfied=9),
            lambda: RateDay.objects.filter(unrated=1).update(unrated=0),
            lambda: RateDay.objects.order_by("pk").first().delete(),
            lambda: Rating.objects.filter(satisfied=False).update(satisfied=True),
            lambda: Rating.objects.order_by("pk").first().delete(),
        ],
    )
    def test_a_tampered_figure_is_found(self, driven: Acting, tamper: Callable[[], Any]) -> None:
        counted(driven)
        tamper()
        with pytest.raises(CommandError, match="difference"):
            check(driven)

    def test_not_counted_yet_is_a_difference_and_can_be_repaired(self, driven: Acting) -> None:
        with pytest.raises(CommandError, match="difference"):
            check(driven)
        assert "agree" in check(driven, repair=True)

    def test_the_figures_follow_a_unit_that_was_merged(self, town: Town, driven: Acting) -> None:
        counted(driven)
        merge_units(town.other_grid, into=town.grid, by=None, now=driven.now)
        follow_unit(Event.objects.get(subject_type="unit", verb="merge"), driven.now)
        assert list(differences(*all_days(driven), RateDay.objects.all())) == []


class TestReading:
    def rows(self, driven: Acting, person: str, by: str = "unit", unit: Any = None) -> dict[str, Figures]:
        counted(driven)
        first, last = all_days(driven)
        figures = rated_figures(driven.town.people[person], driven.now, first=first, last=last)
        return {row.code or row.kind: row.figures for row in rate_rows(figures, by, unit)}

    def test_by_street(self, town: Town, driven: Acting) -> None:
        rows = self.rows(driven, "district_dispatcher", unit=town.district)
        assert rows[town.street.code] == Figures(5, 4, 4, 4, 3, 1)
        assert rows[town.other_street.code] == Figures(1, 1, 1, 1, 1)
        assert rows["total"] == rows[town.street.code] + rows[town.other_street.code]

    def test_a_part_without_figures_is_shown_too(self, town: Town, driven: Acting) -> None:
        rows = self.rows(driven, "street_dispatcher", unit=town.street)
        assert rows[town.other_community.code] == Figures()

    def test_by_body_and_category(self, town: Town, driven: Acting) -> None:
        bodies = self.rows(driven, "street_dispatcher", "body")
        assert bodies[town.office.code].rated == 1 and bodies["own"].rated == 4
        categories = self.rows(driven, "street_dispatcher", "category")
        assert categories["noise"] == Figures(1, 1, 1, 1, 0)

    def test_nobody_reads_the_neighbours(self, town: Town, driven: Acting) -> None:
        assert self.rows(driven, "far_dispatcher", unit=town.other_street)["total"].rated == 1
        assert self.rows(driven, "office_officer", "body")["total"] == Figures(1, 0, 0, 1, 1)
        assert self.rows(driven, "spotter")["total"] == Figures()
