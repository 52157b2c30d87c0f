"""回访: who has not rated is called, what they say counts as their verdict, and their own word goes before it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from issues.actions.rates import count_rates
from issues.limits import CALLED_BACK_WITHIN, MOST_CALLS
from issues.models import Deadline, Issue, Note, RateDay, Rating
from issues.rates import Figures
from issues.timeline import timeline
from issues.verdicts import differences, figures_of_events
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting, last
from trail.refusals import NotAllowed

YES = {"answered": True, "solved": True, "satisfied": True}
NO = {"answered": True, "solved": False, "satisfied": False}


def resolved(act: Acting, category: str = "litter", who: str = "grid_worker", **given: Any) -> Issue:
    given = {"contact": CONTACT} | given
    return act("submit_result", act.handling(category, who, **given), who)


def unrated(act: Acting, **given: Any) -> Issue:
    """The window has passed and nobody has said anything."""
    issue = resolved(act, **given)
    act.now = issue.due_at
    act.sweep()
    issue.refresh_from_db()
    assert issue.state == "closed"
    return issue


def waiting(act: Acting, name: str) -> list[Issue]:
    """As the lists have it."""
    user = act.town.people[name]
    return list(Issue.objects.visible_to(user, act.now).to_call_back(user, act.now))


class TestWho:
    @pytest.mark.parametrize(
        "name", ["community_worker", "community_secretary", "street_dispatcher", "district_dispatcher"]
    )
    def test_the_level_above_whoever_submitted_it(self, act: Acting, name: str) -> None:
        issue = resolved(act)
        assert waiting(act, name) == [issue]
        assert act("call_back", issue, name).ratings.get().source == "call"
        assert waiting(act, name) == []

    @pytest.mark.parametrize(
        "name", ["grid_worker", "grid_chief", "supervisor", "other_secretary", "body_officer", "spotter"]
    )
    def test_and_nobody_else(self, act: Acting, name: str) -> None:
        issue = resolved(act)
        assert waiting(act, name) == []
        assert isinstance(act.refused("call_back", issue, name), NotAllowed)

    def test_nobody_about_their_own_result(self, act: Acting) -> None:
        issue = resolved(act, "permit", "district_dispatcher")
        assert waiting(act, "district_dispatcher") == []
        assert act.refused("call_back", issue, "district_dispatcher").code == "not_own_result"
        assert waiting(act, "second_dispatcher") == [issue]
        assert act("call_back", issue, "second_dispatcher").call_count == 1

    def test_of_a_body_its_unit(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("road", contact=CONTACT), "street_dispatcher", body=town.office)
        issue = act("submit_result", act("sign", issue, "office_officer"), "office_officer")
        assert waiting(act, "street_leader") == [issue]
        assert waiting(act, "office_officer") == waiting(act, "community_worker") == []
        act("call_back", issue, "street_leader")

    def test_a_complaint_is_kept_from_those_it_is_about(self, town: Town, act: Acting) -> None:
        """Whatever stands above whoever submitted it."""
        issue = town.report(contact=CONTACT, about=town.street)
        issue = act("submit_result", act("sign", issue, "district_dispatcher"), "district_dispatcher")
        assert waiting(act, "second_dispatcher") == [issue]
        assert waiting(act, "street_leader") == waiting(act, "community_worker") == []
        assert isinstance(act.refused("call_back", issue, "street_leader"), NotAllowed)


class TestWhat:
    def test_not_without_a_telephone(self, act: Acting) -> None:
        issue = resolved(act, contact=None)
        assert waiting(act, "community_worker") == []
        assert act.refused("call_back", issue, "community_worker").code == "to_call"

    def test_not_who_wants_it_kept(self, act: Acting) -> None:
        issue = resolved(act)
        issue.reporter.is_secret = True
        issue.reporter.save()
        assert waiting(act, "community_worker") == []
        assert act.refused("call_back", issue, "community_worker").code == "to_call"

    def test_not_who_has_rated(self, act: Acting) -> None:
        issue = act("rate", resolved(act), None, **YES)
        assert waiting(act, "community_worker") == []
        assert act.refused("call_back", issue, "community_worker").code == "to_call"

    def test_not_what_is_reviewed(self, act: Acting) -> None:
        issue = act("rate", resolved(act), None, **NO)
        assert act.refused("call_back", issue, "street_leader").code == "to_call"

    def test_not_for_ever(self, act: Acting) -> None:
        issue = unrated(act)
        act.now = issue.resolved_at + CALLED_BACK_WITHIN - timedelta(seconds=1)
        assert waiting(act, "community_worker") == [issue]
        act.later(seconds=1)
        assert waiting(act, "community_worker") == []
        assert act.refused("call_back", issue, "community_worker").code == "to_call"

    def test_nobody_reached_stays_unrated_and_there_is_an_end(self, act: Acting) -> None:
        issue = unrated(act)
        for _time in range(MOST_CALLS):
            assert waiting(act, "community_worker") == [issue]
            issue = act("call_back", issue, "community_worker", reached=False, text="演示:无人接听")
        assert not Rating.objects.exists() and issue.state == "closed"
        assert last(issue).data == last(issue).data | {"reached": False}
        assert Note.objects.filter(issue=issue, text="演示:无人接听", internal=True).count() == MOST_CALLS
        assert waiting(act, "community_worker") == []
        assert act.refused("call_back", issue, "community_worker").code == "to_call"

    def test_a_new_result_is_called_about_anew(self, act: Acting) -> None:
        issue = act("call_back", resolved(act), "community_worker", **NO)
        issue = act("submit_result", act("sign", act("redo", issue, "community_worker"), "grid_worker"),
                    "grid_worker")  # fmt: skip
        assert (issue.call_count, waiting(act, "community_worker")) == (0, [issue])

    @pytest.mark.parametrize("missing", ["answered", "solved", "satisfied"])
    def test_a_verdict_is_whole(self, act: Acting, missing: str) -> None:
        refused = act.refused("call_back", resolved(act), "community_worker", **{missing: None})
        assert refused.code == "verdict"


class TestVerdict:
    def test_solved_waits_for_the_reporters_own_word_until_the_window_passes(self, act: Acting) -> None:
        issue = act("call_back", resolved(act), "community_worker", text="演示:说清运干净了")
        assert (issue.state, issue.disputed) == ("resolved", False)
        assert Note.objects.filter(issue=issue, text="演示:说清运干净了", internal=False).exists()
        act.now = issue.due_at
        act.sweep()
        issue.refresh_from_db()
        assert issue.state == "closed" and last(issue).data["rated"] is True

    @pytest.mark.parametrize("ended", [False, True])
    def test_unsolved_goes_to_review_as_by_link(self, town: Town, act: Acting, ended: bool) -> None:
        issue = unrated(act) if ended else resolved(act)
        act.heard()
        issue = act("call_back", issue, "community_worker", **NO, reasons=["still_there"])
        assert (issue.state, issue.disputed, issue.owner) == ("resolved", True, town.community)
        assert issue.closed_at is None
        assert Deadline.objects.open().get(issue=issue).clock == "review"
        assert ("community_secretary", "call_back.owner") in act.heard()
        assert Rating.objects.get(issue=issue).reasons == ["still_there"]
        assert act("redo", issue, "community_secretary").redo_count == 1

    @pytest.mark.parametrize("first", [YES, NO])
    def test_the_reporters_own_word_within_the_window_holds(
        self, act: Acting, first: dict[str, bool]
    ) -> None:
        issue = act("call_back", resolved(act), "community_worker", **first)
        issue = act("rate", issue, None, **(YES | {"satisfied": False}))
        assert (issue.state, issue.disputed, issue.due_at) == ("closed", False, None)
        assert set(issue.ratings.values_list("source", flat=True)) == {"link", "call"}
        assert issue.ratings.holding().get().source == "link"

    def test_unsolved_twice_is_one_review(self, town: Town, act: Acting) -> None:
        issue = act("call_back", resolved(act), "community_worker", **NO)
        issue = act("rate", issue, None, **NO)
        assert (issue.owner, issue.disputed) == (town.community, True)
        assert act.refused("rate", issue, None, **YES).code == "not_rated"

    def test_after_the_window_what_was_heard_stays(self, act: Acting) -> None:
        issue = act("call_back", unrated(act), "community_worker", **NO)
        assert act.refused("rate", issue, None, **YES).code == "not_rated"

    def test_the_reporter_reads_what_they_said_and_who_missed_them(self, act: Acting) -> None:
        issue = act("call_back", resolved(act), "community_worker", reached=False, text="演示:关机")
        issue = act("call_back", issue, "community_worker", **NO, reasons=["still_there"])
        with translation.override("zh-hans"):
            mine, staff = timeline(issue, resident=True), timeline(issue)
        assert [line.verb for line in mine[-2:]] == ["call_back"] * 2
        assert not mine[-2].notes and staff[-2].notes[0].text == "演示:关机"
        assert "问题还在" in mine[-1].words and "问题还在" in staff[-1].words


class TestCounted:
    def days(self, act: Acting) -> tuple[date, date]:
        return act.town.now.date(), act.now.date()

    def told(self, act: Acting) -> Figures:
        """From the events; the stored days say the same, and so do the rows."""
        found = figures_of_events(*self.days(act))
        count_rates(*self.days(act), now=act.now)
        assert list(differences(*self.days(act), RateDay.objects.all())) == []
        return sum(found.values(), Figures())

    def test_as_a_rating_and_apart(self, act: Acting) -> None:
        act("call_back", resolved(act), "community_worker", satisfied=False)
        act("rate", resolved(act), None, **YES)
        assert self.told(act) == Figures(2, 2, 2, 2, 1, 0, 1, 1, 1, 0)

    def test_the_reporters_own_word_counts_instead(self, act: Acting) -> None:
        issue = act("call_back", resolved(act), "community_worker", **NO)
        act("rate", issue, None, **YES)
        assert self.told(act) == Figures(1, 1, 1, 1, 1)

    def test_it_takes_the_place_of_unrated(self, act: Acting) -> None:
        issue = unrated(act)
        assert self.told(act) == Figures(unrated=1)
        act("call_back", issue, "community_worker", reached=False)
        assert self.told(act) == Figures(unrated=1)
        act("call_back", issue, "community_worker")
        assert self.told(act) == Figures(1, 1, 1, 1, 1, 0, 1, 1, 1, 1)

    def test_the_window_that_passes_afterwards_adds_nothing(self, act: Acting) -> None:
        issue = act("call_back", resolved(act), "community_worker")
        act.now = issue.due_at
        act.sweep()
        assert self.told(act) == Figures(1, 1, 1, 1, 1, 0, 1, 1, 1, 1)

    def test_reasons_of_both_ways_are_counted_and_cannot_be_changed_alone(self, act: Acting) -> None:
        act("rate", resolved(act), None, **NO, reasons=["still_there", "rude"])
        act("call_back", resolved(act), "community_worker", **NO, reasons=["rude"])
        issue = act("call_back", resolved(act), "community_worker", **NO, reasons=["rude"])
        act("rate", issue, None, **YES)
        self.told(act)
        given = RateDay.objects.between(*self.days(act)).reasons_by("district_id")
        assert given == {act.town.district.pk: {"rude": 2, "still_there": 1}}, "the own word holds"
        RateDay.objects.update(reasons={})
        assert {one.what for one in differences(*self.days(act), RateDay.objects.all())} == {"reasons"}
        count_rates(*self.days(act), now=act.now)
        Rating.objects.update(reasons=[])
        assert {one.what for one in differences(*self.days(act), RateDay.objects.all())} == {"ratings"}
