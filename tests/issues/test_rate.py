"""The reporter's verdict, the review of an unsolved result, and the end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from grids.actions.bodies import close_body
from grids.actions.policies import set_policy
from issues.districts import forget_rules
from issues.models import Deadline, Issue, Note, Rating
from issues.sights import Sight
from issues.timeline import timeline
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from trail.refusals import NotAllowed

SOLVED = {"answered": True, "solved": True, "satisfied": True}
UNSOLVED = {"answered": True, "solved": False, "satisfied": False}


def resolved(act: Acting, category: str = "litter", who: str = "grid_worker", **given: object) -> Issue:
    return act("submit_result", act.handling(category, who, **given), who)


def disputed(act: Acting, category: str = "litter", who: str = "grid_worker") -> Issue:
    return act("rate", resolved(act, category, who), None, **UNSOLVED)


class TestRate:
    @pytest.mark.parametrize("satisfied", [True, False])
    def test_solved_closes(self, town: Town, act: Acting, satisfied: bool) -> None:
        issue = act("rate", resolved(act), None, **(SOLVED | {"satisfied": satisfied}), text="演示:谢谢")
        assert (issue.state, issue.closed_at, issue.due_at) == ("closed", act.now, None)
        rating = Rating.objects.get(issue=issue)
        assert (rating.answered, rating.solved, rating.satisfied, rating.round) == (True, True, satisfied, 1)
        assert Note.objects.filter(issue=issue, seq=issue.version, internal=False, author=None).exists()
        assert last(issue).actor is None

    @pytest.mark.parametrize(
        ("category", "who", "reviewer"),
        [
            ("litter", "grid_worker", "community"),
            ("noise", "community_worker", "street"),
            ("road", "street_leader", "district"),
            ("permit", "district_dispatcher", "district"),
        ],
    )
    def test_unsolved_goes_to_the_level_above(
        self, town: Town, act: Acting, category: str, who: str, reviewer: str
    ) -> None:
        issue = disputed(act, category, who)
        assert (issue.state, issue.disputed, issue.owner) == ("resolved", True, town.units[reviewer])
        assert Deadline.objects.open().get(issue=issue).clock == "review"

    def test_of_a_body_to_its_unit(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("road"), "street_dispatcher", body=town.office)
        issue = act("submit_result", act("sign", issue, "office_officer"), "office_officer")
        assert act("rate", issue, None, **UNSOLVED).owner == town.street

    def test_once_only(self, town: Town, act: Acting) -> None:
        assert act.refused("rate", disputed(act), None, **SOLVED).code == "not_rated"

    def test_not_before_there_is_a_result(self, town: Town, act: Acting) -> None:
        assert act.refused("rate", act.handling(), None, **SOLVED).code == "wrong_state"

    @pytest.mark.parametrize("name", ["grid_worker", "community_secretary", "street_dispatcher", "spotter"])
    def test_nobody_rates_for_the_reporter(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("rate", resolved(act), name, **SOLVED), NotAllowed)

    def test_a_signed_in_reporter_rates_their_own(self, town: Town, act: Acting) -> None:
        issue = resolved(act, by=town.people["spotter"], source="spotter")
        assert act("rate", issue, "spotter", **SOLVED).state == "closed"

    def test_who_registered_it_for_somebody_else_does_not(self, town: Town, act: Acting) -> None:
        issue = resolved(act, by=town.people["spotter"], on_behalf=True)
        assert isinstance(act.refused("rate", issue, "spotter", **SOLVED), NotAllowed)

    def test_nobody_rates_their_own_work(self, town: Town, act: Acting) -> None:
        issue = resolved(act, "fire", by=town.people["grid_worker"], source="patrol")
        assert act.refused("rate", issue, "grid_worker", **SOLVED).code == "not_own_result"

    def test_nor_that_of_their_own_unit(self, town: Town, act: Acting) -> None:
        """The chief has found it, the worker of the same grid solved it: it stays unrated."""
        issue = resolved(act, by=town.people["grid_chief"], source="patrol")
        assert act.refused("rate", issue, "grid_chief", **SOLVED).code == "not_own_result"

    def test_nor_that_of_their_own_body(self, town: Town, act: Acting) -> None:
        town.appoint("community_worker", "body_officer", town.office)
        issue = town.report("road", by=town.people["community_worker"], source="patrol")
        issue = act("dispatch", issue, "street_dispatcher", body=town.office)
        issue = act("submit_result", act("sign", issue, "office_officer"), "office_officer")
        assert act.refused("rate", issue, "community_worker", **SOLVED).code == "not_own_result"

    def test_who_is_of_another_unit_rates_what_they_found(self, town: Town, act: Acting) -> None:
        issue = resolved(act, by=town.people["community_worker"], source="patrol")
        assert act("rate", issue, "community_worker", **SOLVED).state == "closed"


class TestReview:
    def test_redo_by_the_same_lead(self, town: Town, act: Acting) -> None:
        issue = act("redo", disputed(act), "community_worker", text="演示:楼后还有")
        assert (issue.state, issue.owner, issue.redo_count) == ("assigned", town.grid, 1)
        assert (issue.disputed, issue.outcome, issue.signed_by) == (False, "", None)
        assert last(issue).data["round"] == 2

    def test_at_most_twice_then_it_is_closed_with_a_reason(self, town: Town, act: Acting) -> None:
        issue = disputed(act)
        for _round in range(2):
            issue = act("sign", act("redo", issue, "community_worker"), "grid_worker")
            issue = act("rate", act("submit_result", issue, "grid_worker"), None, **UNSOLVED)
        assert Rating.objects.filter(issue=issue).count() == 3
        refused = act.refused("redo", issue, "community_worker")
        assert (refused.code, "close" in refused.allowed) == ("redo_left", True)
        closed = act("close", issue, "community_worker", text="演示:权属不清,已解释")
        assert (closed.state, closed.closed_at) == ("closed", act.now)
        assert last(closed).data["rated"] is True

    def test_a_body_that_is_no_more_cannot_redo_it(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("road"), "street_dispatcher", body=town.office)
        issue = act("submit_result", act("sign", issue, "office_officer"), "office_officer")
        issue = act("rate", issue, None, **UNSOLVED)
        close_body(town.office, by=None, now=act.now)
        assert act("redo", issue, "street_leader").owner == town.street

    def test_the_reviewer_may_take_it_over_instead(self, town: Town, act: Acting) -> None:
        issue = disputed(act)
        act.heard()
        taken = act("lift", issue, "community_worker", text="演示:社区直接办")
        assert (taken.state, taken.owner, taken.disputed) == ("handling", town.community, False)
        assert (taken.outcome, taken.redo_count, taken.sender_unit) == ("", 1, town.grid)
        assert Deadline.objects.open().get(issue=issue).clock == "submit"
        assert last(taken).data["from"] == {"unit": town.grid.pk}
        assert ("grid_worker", "lift.left_by") in act.heard()
        again = act("submit_result", taken, "community_worker", outcome="explained")
        again = act("rate", again, None, **SOLVED)
        assert (again.state, again.check_unit) == ("resolved", town.street)
        assert act("verify", again, "street_leader").state == "closed"
        assert list(Rating.objects.filter(issue=issue).values_list("round", flat=True)) == [1, 2]

    def test_or_the_level_above_the_reviewer(self, town: Town, act: Acting) -> None:
        taken = act("lift", disputed(act), "street_leader")
        assert (taken.state, taken.owner) == ("handling", town.street)

    def test_nobody_takes_over_what_the_reporter_may_still_rate(self, town: Town, act: Acting) -> None:
        assert act.refused("lift", resolved(act), "street_leader").code == "open_or_disputed"

    def test_nobody_takes_over_from_themselves(self, town: Town, act: Acting) -> None:
        issue = disputed(act, "permit", "district_dispatcher")
        assert isinstance(act.refused("lift", issue, "second_dispatcher"), NotAllowed)

    def test_a_check_that_fails_after_two_redos_goes_to_the_level_above(
        self, town: Town, act: Acting
    ) -> None:
        """However it came back: a redo, a result sent back, a failed check."""
        issue = act("sign", act("redo", disputed(act), "community_worker"), "grid_worker")
        issue = act("verify", act("submit_result", issue, "grid_worker"), "community_worker", passed=False)
        assert (issue.state, issue.redo_count) == ("assigned", 2)
        heard = act.heard()
        assert ("grid_worker", "verify.failed") in heard
        assert "verify.registrar" not in {word for _name, word in heard}
        issue = act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        issue = act("verify", issue, "community_worker", passed=False)
        assert (issue.state, issue.disputed, issue.redo_count) == ("resolved", True, 2)
        assert (issue.owner, issue.waits_for_check) == (town.community, False)
        assert Deadline.objects.open().get(issue=issue).clock == "review"
        assert ("community_secretary", "verify.review") in act.heard()
        assert act.refused("redo", issue, "community_secretary").code == "redo_left"
        assert act("lift", issue, "community_secretary").state == "handling"

    def test_what_was_sent_back_counts_too(self, town: Town, act: Acting) -> None:
        issue = act("send_back", resolved(act), "street_leader")
        issue = act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        issue = act("send_back", issue, "street_leader")
        issue = act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        assert act.refused("send_back", issue, "street_leader").code == "redo_left"
        assert (
            act.refused("redo", act("rate", issue, None, **UNSOLVED), "community_worker").code == "redo_left"
        )

    @pytest.mark.parametrize("verb", ["redo", "close"])
    @pytest.mark.parametrize("name", ["grid_worker", "street_leader", "other_secretary", "body_officer"])
    def test_only_by_the_reviewer(self, town: Town, act: Acting, verb: str, name: str) -> None:
        assert isinstance(act.refused(verb, disputed(act), name), NotAllowed)

    @pytest.mark.parametrize("verb", ["redo", "close"])
    def test_only_what_is_disputed(self, town: Town, act: Acting, verb: str) -> None:
        assert act.refused(verb, resolved(act), "grid_chief").code == "disputed"

    def test_nobody_closes_their_own_result(self, town: Town, act: Acting) -> None:
        issue = disputed(act, "permit", "district_dispatcher")
        assert act.refused("close", issue, "district_dispatcher").code == "not_own_result"
        assert act("close", issue, "second_dispatcher").state == "closed"

    @pytest.mark.parametrize("verb", ["redo", "close"])
    def test_not_without_a_reason(self, town: Town, act: Acting, verb: str) -> None:
        assert act.refused(verb, disputed(act), "community_worker", text="").code == "text"


class TestWindow:
    def test_no_answer_is_no_praise(self, town: Town, act: Acting) -> None:
        issue = resolved(act)
        act.now = issue.due_at - timedelta(seconds=1)
        assert act.sweep() == 0
        act.later(seconds=1)
        assert act.sweep() == 1
        issue.refresh_from_db()
        assert (issue.state, issue.closed_at) == ("closed", act.now)
        assert last(issue).data["rated"] is False
        assert not Rating.objects.exists()

    def test_too_late_is_too_late_even_before_the_sweep(self, town: Town, act: Acting) -> None:
        issue = resolved(act)
        act.now = issue.due_at + timedelta(seconds=1)
        assert act.refused("rate", issue, None, **SOLVED).code == "wrong_state"
        assert act.sweep() == 1

    def test_no_reminder_nobody_is_pressed_to_rate(self, town: Town, act: Acting) -> None:
        issue = resolved(act)
        assert Deadline.objects.open().get(issue=issue).rung == "expire"
        assert events(issue)[-1] == "submit_result"


class TestReasons:
    """What was not: reasons of the district's, beside the words."""

    def test_kept_by_key_and_named_in_the_event(self, act: Acting) -> None:
        issue = act("rate", resolved(act), None, **UNSOLVED, reasons=["rude", "still_there"])
        assert Rating.objects.get(issue=issue).reasons == ["still_there", "rude"]
        assert last(issue).data["reasons"] == ["still_there", "rude"]

    @pytest.mark.parametrize("reasons", [["unknown"], ["late"], ["still_there", "nobody_called"]])
    def test_only_such_as_are_in_force_and_fit_the_answers(self, act: Acting, reasons: list[str]) -> None:
        assert act.refused("rate", resolved(act), None, **UNSOLVED, reasons=reasons).code == "reasons"

    def test_who_is_satisfied_gives_none(self, act: Acting) -> None:
        issue = resolved(act)
        assert act.refused("rate", issue, None, **SOLVED, reasons=["rude"]).code == "reasons"
        with pytest.raises(IntegrityError, match="rating_reasons_of_a_no"), transaction.atomic():
            Rating.objects.create(issue=issue, round=1, rated_at=act.now, reasons=["rude"], **SOLVED)

    def test_the_districts_own_are_offered_and_what_it_dropped_stays_readable(
        self, town: Town, act: Acting
    ) -> None:
        by = town.people["system_admin"]

        def sets(**rows: dict[str, str]) -> None:
            act.later(minutes=1)
            set_policy(town.district, "rating_reasons", rows, by=by, now=act.now, reason="演示:调整")
            forget_rules()

        sets(own_way={"about": "solved", "name": "自己解决了", "name_en": "Solved it ourselves"})
        issue = resolved(act)
        assert act.refused("rate", issue, None, **UNSOLVED, reasons=["still_there"]).code == "reasons"
        issue = act("rate", issue, None, **UNSOLVED, reasons=["own_way"])
        sets(other={"about": "solved", "name": "其他", "name_en": "Other"})
        assert act.refused("rate", resolved(act), None, **UNSOLVED, reasons=["own_way"]).code == "reasons"
        with translation.override("zh-hans"):
            assert all("自己解决了" in timeline(issue, resident=who)[-1].words for who in (True, False))
        with translation.override("en"):
            assert "Solved it ourselves" in timeline(issue)[-1].words

    def test_who_looks_from_outside_reads_none(self, town: Town, act: Acting) -> None:
        issue = act("rate", resolved(act), None, **UNSOLVED, reasons=["rude"])
        with translation.override("en"):
            (line,) = timeline(issue, sight=Sight(False, town.people["spotter"].pk))[-1:]
            assert line.words == "Rated by the resident"
