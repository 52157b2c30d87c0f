"""The handler's own steps: sign, contact, note, answer, submit the result."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.posts import end_post, record_leave
from issues.actions import PERFORM
from issues.models import Deadline, Issue, Note
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting, events, last
from trail.models import Event
from trail.refusals import NotAllowed, Stale


class TestSign:
    def test_the_signer_has_it_and_the_clock_for_the_result_runs(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.later(hours=1)
        signed = act("sign", issue, "grid_worker")
        assert (signed.state, signed.signed_by, signed.signed_at) == (
            "handling",
            town.people["grid_worker"],
            act.now,
        )
        clock = Deadline.objects.open().get(issue=issue)
        assert (clock.clock, clock.rung) == ("submit", "remind")
        # Counted from when it was given: the next working day's close, as promised.
        assert clock.limit_at == signed.due_at == signed.promised_at == issue.promised_at
        assert last(signed).data == {"state": "handling", "owner": {"unit": town.grid.pk}}

    def test_one_of_two_is_first(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report(), "grid_worker")
        refused = act.refused("sign", issue, "grid_chief")
        assert refused.code == "wrong_state"
        assert "submit_result" in refused.allowed

    @pytest.mark.parametrize(
        "name",
        ["other_worker", "community_worker", "street_dispatcher", "spotter", "part_time_grid_worker",
         "building_head", "body_officer", "far_worker", "supervisor", "audit_admin", "grid_worker_deputy"],
    )  # fmt: skip
    def test_nobody_else(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("sign", town.report(), name), NotAllowed)

    def test_nobody_at_all_is_not_the_system(self, town: Town, act: Acting) -> None:
        assert isinstance(act.refused("sign", town.report(), None), NotAllowed)

    def test_the_deputy_while_the_holder_is_away(self, town: Town, act: Acting) -> None:
        record_leave(
            town.posts["grid_worker"],
            starts_at=act.now - timedelta(hours=1),
            ends_at=act.now + timedelta(days=1),
            by=None,
            now=act.now,
        )
        assert act("sign", town.report(), "grid_worker_deputy").state == "handling"

    def test_a_vacant_grid_is_covered_from_the_community(self, town: Town, act: Acting) -> None:
        for name in ("grid_worker", "grid_chief"):
            end_post(town.posts[name], by=None, now=act.now)
        issue = town.report()
        assert act("sign", issue, "community_worker").owner == town.grid
        assert isinstance(act.refused("sign", town.report(), "street_dispatcher"), NotAllowed)

    def test_who_only_reports_there_may_still_cover_it_from_above(self, town: Town, act: Acting) -> None:
        town.appoint("community_worker", "part_time_grid_worker", town.grid)
        for name in ("grid_worker", "grid_chief"):
            end_post(town.posts[name], by=None, now=act.now)
        assert act("sign", town.report(), "community_worker").state == "handling"

    def test_at_the_district_the_dispatcher_signs(self, town: Town, act: Acting) -> None:
        assert act("sign", town.report("permit"), "district_dispatcher").state == "handling"

    def test_in_danger_whoever_above_is_first_takes_it(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report("fire"), "street_dispatcher")
        assert issue.owner == town.street
        assert act.refused("sign", issue, "grid_worker").code == "not_yours"

    def test_in_danger_the_nearest_of_several_posts_counts(self, town: Town, act: Acting) -> None:
        town.appoint("street_leader", "community_worker", town.community)
        assert act("sign", town.report("fire"), "street_leader").owner == town.community

    def test_the_form_was_opened_before_something_happened(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act("note", issue, "grid_chief")
        assert isinstance(act.refused("sign", issue, "grid_worker", version=issue.version), Stale)
        assert act("sign", issue, "grid_worker", version=issue.version + 1).state == "handling"

    def test_costs_few_statements(self, town: Town, act: Acting) -> None:
        act.handling()
        issue, by = town.report(), town.people["grid_worker"]
        with CaptureQueriesContext(connection) as asked:
            PERFORM["sign"](issue, by=by, now=act.now)
        statements = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
        assert len(statements) <= 8, statements


class TestContact:
    def test_signs_too_and_only_the_first_one_counts(self, town: Town, act: Acting) -> None:
        issue = act("contact", town.report(), "grid_worker", way="visit", text="演示:在家")
        assert (issue.state, issue.contacted_at) == ("handling", act.now)
        assert last(issue).data["way"] == "visit"
        act.later(hours=1)
        assert act("contact", issue, "grid_chief").contacted_at == issue.contacted_at

    def test_what_was_said_is_for_staff_and_not_in_the_event(self, town: Town, act: Acting) -> None:
        issue = act("contact", town.report(contact=CONTACT), "grid_worker", text="住户说钥匙在门卫")
        note = Note.objects.get(issue=issue)
        assert (note.text, note.internal, note.seq) == ("住户说钥匙在门卫", True, issue.version)
        assert "钥匙" not in str(last(issue).data)

    def test_it_may_have_been_earlier_but_not_later(self, town: Town, act: Acting) -> None:
        known = town.report(now=act.now - timedelta(hours=1))
        early = act("contact", known, "grid_worker", occurred_at=act.now - timedelta(minutes=20))
        late = act("contact", town.report(), "grid_worker", occurred_at=act.now + timedelta(days=1))
        assert early.contacted_at == act.now - timedelta(minutes=20)
        assert late.contacted_at == last(late).occurred_at == act.now

    def test_nor_before_what_it_is_about(self, town: Town, act: Acting) -> None:
        """Said or seen earlier than it was typed in, it may be from then on."""
        seen = act.now - timedelta(hours=3)
        known = town.report(occurred_at=seen, source="visit")
        before = act("contact", known, "grid_worker", occurred_at=act.now - timedelta(days=300))
        assert before.contacted_at == last(before).occurred_at == before.reported_at == seen

    def test_an_unknown_way(self, town: Town, act: Acting) -> None:
        assert act.refused("contact", town.report(), "grid_worker", way="telepathy").code == "word"


class TestNote:
    @pytest.mark.parametrize(("internal", "seen"), [(True, False), (False, True)])
    def test_with_words_for_whom_they_are(self, town: Town, act: Acting, internal: bool, seen: bool) -> None:
        issue = act("note", act.handling(), "grid_worker", text=" 演示:等配件 ", internal=internal)
        note = Note.objects.get(issue=issue)
        assert (note.text, note.internal, note.author) == (
            "演示:等配件",
            not seen,
            town.people["grid_worker"],
        )
        assert issue.state == "handling"

    @pytest.mark.parametrize("name", ["community_worker", "street_leader", "district_dispatcher"])
    def test_the_levels_above_may_too(self, town: Town, act: Acting, name: str) -> None:
        assert events(act("note", act.handling(), name))[-1] == "note"

    @pytest.mark.parametrize("text", ["", "   ", "长" * 2001])
    def test_not_without_words(self, town: Town, act: Acting, text: str) -> None:
        assert act.refused("note", act.handling(), "grid_worker", text=text).code == "text"

    def test_not_any_more(self, town: Town, act: Acting) -> None:
        issue = act(
            "rate",
            act("answer", town.report(), "grid_worker"),
            None,
            answered=True,
            solved=True,
            satisfied=True,
        )
        assert act.refused("note", issue, "grid_worker").code == "wrong_state"


class TestSubmit:
    def test_the_rating_window_opens(self, town: Town, act: Acting) -> None:
        issue = act("submit_result", act.handling(), "grid_worker", internal_text="演示:费用自理")
        assert (issue.state, issue.outcome, issue.lead_unit) == ("resolved", "solved", town.grid)
        assert (issue.resolved_by, issue.resolved_at) == (town.people["grid_worker"], act.now)
        clock = Deadline.objects.open().get(issue=issue)
        assert (clock.clock, clock.rung) == ("rate", "expire")
        # Five working days after Tuesday: next Tuesday's close.
        assert issue.due_at == act.now + timedelta(days=7, hours=7, minutes=30)
        notes = Note.objects.filter(issue=issue).order_by("pk").values_list("text", "internal")
        assert list(notes) == [("演示:已清运", False), ("演示:费用自理", True)]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"outcome": "forgotten"}, "word"),
            ({"text": " "}, "text"),
            ({"outcome": "legal"}, "legal"),
            ({"outcome": "legal", "case_number": "演示1号"}, "legal"),
            ({"outcome": "legal", "feedback_on": date(2026, 4, 1)}, "legal"),
        ],
    )
    def test_refused(self, town: Town, act: Acting, given: dict, code: str) -> None:
        assert act.refused("submit_result", act.handling(), "grid_worker", **given).code == code

    def test_a_legal_procedure_names_its_case_to_the_reporter(self, town: Town, act: Acting) -> None:
        legal = {"outcome": "legal", "case_number": "演示字第1号", "feedback_on": date(2026, 4, 1)}
        issue = act("submit_result", act.handling(), "grid_worker", **legal)
        assert last(issue).data["feedback_on"] == "2026-04-01"
        assert "演示字第1号" in [note.text for note in Note.objects.filter(issue=issue, internal=False)]
        assert "演示字" not in str(last(issue).data)

    def test_who_did_not_sign_first_may_submit_for_the_unit(self, town: Town, act: Acting) -> None:
        assert act("submit_result", act.handling(), "grid_chief").state == "resolved"

    def test_not_before_it_is_signed(self, town: Town, act: Acting) -> None:
        assert act.refused("submit_result", town.report(), "grid_worker").code == "wrong_state"

    @pytest.mark.parametrize("name", ["community_worker", "other_worker", "grid_worker_deputy"])
    def test_not_by_others(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("submit_result", act.handling(), name), NotAllowed)


class TestFoundAndSettledAtOnce:
    def mine(self, town: Town, act: Acting, category: str = "litter", **given: object) -> Issue:
        found = {"by": town.people["grid_worker"], "source": "patrol"} | given
        issue = act("sign", town.report(category, **found), "grid_worker")
        return act("submit_result", issue, "grid_worker")

    def test_closes_at_once(self, town: Town, act: Acting) -> None:
        issue = self.mine(town, act)
        assert (issue.state, issue.outcome, issue.closed_at, issue.due_at) == (
            "closed",
            "solved",
            act.now,
            None,
        )
        assert events(issue)[-2:] == ["submit_result", "close"]
        assert last(issue).data["rated"] is False

    def test_but_not_a_danger(self, town: Town, act: Acting) -> None:
        assert self.mine(town, act, "fire").state == "resolved"

    def test_nor_what_was_registered_for_somebody_else(self, town: Town, act: Acting) -> None:
        assert self.mine(town, act, on_behalf=True).state == "resolved"

    def test_nor_what_a_colleague_found(self, town: Town, act: Acting) -> None:
        assert self.mine(town, act, by=town.people["grid_chief"]).state == "resolved"


class TestAnswer:
    @pytest.mark.parametrize(
        ("category", "who"),
        [("other", "community_worker"), ("permit", "district_dispatcher"), ("litter", "grid_worker")],
    )
    def test_at_once(self, town: Town, act: Acting, category: str, who: str) -> None:
        issue = act("answer", town.report(category), who, text="演示:周一至周五办理")
        assert (issue.state, issue.outcome) == ("resolved", "answered")
        assert Note.objects.get(issue=issue).internal is False

    def test_not_without_words(self, town: Town, act: Acting) -> None:
        assert act.refused("answer", town.report(), "grid_worker", text="").code == "text"


def test_an_event_says_who_and_in_which_role(town: Town, act: Acting) -> None:
    event = last(act.handling())
    assert (event.actor, event.actor_label) == (
        town.people["grid_worker"],
        f"grid_worker@unit:{town.grid.pk}",
    )
    assert (event.unit_id, event.unit_label) == (town.grid.pk, "新发街道 天光社区 第一网格 1号楼")
    assert Event.objects.filter(subject_type="issue", actor=None).count() == 2  # report and dispatch by rule
