"""Bodies: the head names the officer and approves replies; the reply's checklist; what firms see of others."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from grids.actions.bodies import change_body
from grids.actions.posts import end_post
from issues.actions import PERFORM
from issues.answering import Answering
from issues.forms import verb_form
from issues.kinds import REPLY_CHECKS, VERDICTS, label
from issues.models import Attachment, Deadline, Decision, Issue, Note
from issues.page import issue_page
from issues.sights import sight_of
from issues.timeline import timeline
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import asked, callee_of
from tests.issues.test_escalate import ticks
from tests.issues.test_photos import picture
from trail.refusals import NotAllowed, Refused


@pytest.fixture
def given(town: Town, act: Acting) -> Issue:
    """A permit that the district has given to a department."""
    issue = act("sign", town.report("permit", now=act.now), "district_dispatcher")
    issue = act("dispatch", issue, "district_dispatcher", body=town.department)
    act.heard()
    return issue


class TestOfficer:
    def test_the_head_says_who_does_it(self, town: Town, act: Acting, given: Issue) -> None:
        officer = town.people["body_officer"]
        issue = act("assign_officer", given, "body_head", officer=officer)
        assert issue.officer == officer
        assert last(issue).data["officer"] == officer.pk
        assert act.heard() == {("body_officer", "assign_officer.officer")}
        assert str(officer) in timeline(issue)[-1].words
        assert "assign_officer" not in {line.verb for line in timeline(issue, resident=True)}

    def test_the_others_may_still_act(self, town: Town, act: Acting, given: Issue) -> None:
        town.appoint("colleague", "body_officer", town.department)
        issue = act("assign_officer", given, "body_head", officer=town.people["colleague"])
        assert act("sign", issue, "body_officer").state == "handling"

    def test_nobody_is_the_officer_once_it_is_with_somebody_else(
        self, town: Town, act: Acting, given: Issue
    ) -> None:
        officer = town.people["body_officer"]
        assigned = act("assign_officer", given, "body_head", officer=officer)
        while assigned.owner == town.department:
            act.now = max(act.now, Deadline.objects.open().filter(issue=given).earliest("due_at").due_at)
            act.sweep()
            assigned.refresh_from_db()
        assert (assigned.owner, assigned.officer) == (town.district, None)
        kept = act(
            "sign", act("dispatch", assigned, "district_dispatcher", body=town.department), "body_head"
        )
        done = act("submit_result", act("assign_officer", kept, "body_head", officer=officer), "body_officer")
        unsolved = act("rate", done, None, answered=True, solved=False, satisfied=False)
        assert (unsolved.owner, unsolved.officer) == (town.district, None)

    @pytest.mark.parametrize("name", ["grid_worker", "office_officer", "body_officer_deputy"])
    def test_only_somebody_who_works_there(self, town: Town, act: Acting, given: Issue, name: str) -> None:
        refused = act.refused("assign_officer", given, "body_head", officer=town.people[name])
        assert refused.code == "officer"

    def test_only_the_head(self, town: Town, act: Acting, given: Issue) -> None:
        refused = act.refused("assign_officer", given, "body_officer", officer=town.people["body_officer"])
        assert isinstance(refused, NotAllowed)

    def test_it_ends_with_the_owner(self, town: Town, act: Acting, given: Issue) -> None:
        act("assign_officer", given, "body_head", officer=town.people["body_officer"])
        assert act("recall", given, "district_dispatcher").officer is None

    def test_for_a_whistle_too(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        issue = act("whistle", issue, "street_dispatcher", kind="quick", bodies=[town.department])
        act.heard()
        officer = town.people["body_officer"]
        issue = act("send_officer", callee_of(issue, town.department), "body_head", officer=officer)
        assert callee_of(issue, town.department).officer == officer
        assert act.heard() == {("body_officer", "send_officer.officer")}
        act("acknowledge", callee_of(issue, town.department), "body_head")


class TestChecklist:
    def test_a_body_confirms_every_point(self, town: Town, act: Acting, given: Issue) -> None:
        act("sign", given, "body_officer")
        for missing in REPLY_CHECKS:
            checks = [word.key for word in REPLY_CHECKS if word != missing]
            refused = act.refused("submit_result", given, "body_officer", checks=checks)
            assert refused.code == "checks"
            assert str(missing.label) in str(refused)
        issue = act("submit_result", given, "body_officer")
        assert last(issue).data["checks"] == ["point", "result", "date", "contact"]

    def test_the_form_asks_a_body_alone_and_offers_templates(
        self, town: Town, act: Acting, given: Issue
    ) -> None:
        form = verb_form("submit_result", given, town.people["body_officer"], act.now)
        assert form.fields["checks"].required
        assert [key for key, _label in form.fields["checks"].choices] == [
            "point",
            "result",
            "date",
            "contact",
        ]
        assert {one.outcome for one in form.reply_templates()} >= {"solved", "answered"}
        grid = verb_form("submit_result", act.handling(), town.people["grid_worker"], act.now)
        assert "checks" not in grid.fields
        assert not verb_form("note", given, town.people["body_officer"], act.now).reply_templates()

    def test_an_answer_at_once_is_asked_the_same(self, town: Town, act: Acting, given: Issue) -> None:
        refused = act.refused("answer", given, "body_officer", checks=["point"])
        assert refused.code == "checks"
        issue = act("answer", given, "body_officer", internal_text="演示:依据内部规定")
        assert last(issue).data["checks"] == ["point", "result", "date", "contact"]
        assert ("演示:依据内部规定", True) in Note.objects.filter(issue=issue).values_list("text", "internal")

    def test_the_form_of_an_answer_has_what_a_reply_needs(
        self, town: Town, act: Acting, given: Issue
    ) -> None:
        form = verb_form("answer", given, town.people["body_officer"], act.now)
        assert {"text", "internal_text", "photos", "checks"} <= set(form.fields)
        assert {one.outcome for one in form.reply_templates()} == {"answered"}
        grid = verb_form("answer", town.report(now=act.now), town.people["grid_worker"], act.now)
        assert "checks" not in grid.fields

    def test_what_the_page_keeps_when_a_point_is_missing(
        self, town: Town, act: Acting, given: Issue, client: Client
    ) -> None:
        issue = act("sign", given, "body_officer")
        client.force_login(town.people["body_officer"])
        address = reverse("issues:act", args=[issue.code, "submit_result"])
        shown = client.get(address).content.decode()
        assert "data-fill" in shown
        answer = client.post(address, {"outcome": "solved", "text": "演示:已办", "checks": ["point"]})
        assert answer.status_code == 409
        assert "演示:已办" in answer.content.decode()
        assert "checks" in answer.context["tried"].form.errors

    def test_a_unit_is_not_asked(self, town: Town, act: Acting) -> None:
        issue = act("submit_result", act.handling(), "grid_worker", checks=[])
        assert "checks" not in last(issue).data


class TestApproval:
    @pytest.fixture
    def strict(self, town: Town, act: Acting, given: Issue) -> Issue:
        change_body(town.department, approves_replies=True, by=None, now=act.now)
        issue = act("sign", given, "body_officer")
        act.heard()
        return issue

    def test_an_officers_reply_waits_and_the_clock_runs_on(
        self, town: Town, act: Acting, strict: Issue
    ) -> None:
        issue = act("submit_result", strict, "body_officer", text="演示:可以办理", internal_text="演示:内部")
        decision = asked(issue, "reply")
        assert (issue.state, issue.due_at, issue.outcome) == ("handling", strict.due_at, "")
        assert (decision.party, decision.outcome, decision.text) == (
            town.department, "solved", "演示:可以办理",
        )  # fmt: skip
        assert last(issue).verb == "propose_reply"
        assert act.heard() == {("body_head", "propose_reply.asked")}
        assert not [line for line in timeline(issue, resident=True) if line.verb == "propose_reply"]
        assert act.refused("submit_result", issue, "body_officer").code == "not_asked_reply"
        assert act.refused("answer", issue, "body_officer").code == "not_asked_reply"

    def test_granted_it_is_submitted_as_written_by_whoever_wrote_it(
        self, town: Town, act: Acting, strict: Issue
    ) -> None:
        act("submit_result", strict, "body_officer", text="演示:可以办理", photos=[picture()])
        assert Attachment.objects.get().internal
        act.later(hours=1)
        issue = act("grant", asked(strict, "reply"), "body_head")
        assert (issue.state, issue.outcome, issue.resolved_by) == (
            "resolved", "solved", town.people["body_officer"],
        )  # fmt: skip
        assert events(issue)[-2:] == ["submit_result", "grant"]
        line = next(one for one in timeline(issue, resident=True) if one.verb == "submit_result")
        assert [note.text for note in line.notes] == ["演示:可以办理"]
        assert len(line.photos) == 1

    def test_a_legal_procedure_keeps_its_case(self, town: Town, act: Acting, strict: Issue) -> None:
        legal = {"outcome": "legal", "case_number": "演示2026-1", "feedback_on": date(2026, 4, 1)}
        act("submit_result", strict, "body_officer", **legal)
        issue = act("grant", asked(strict, "reply"), "body_head")
        line = next(one for one in timeline(issue, resident=True) if one.verb == "submit_result")
        assert any("演示2026-1" in note.text for note in line.notes)

    def test_refused_it_goes_back_with_the_reason(self, town: Town, act: Acting, strict: Issue) -> None:
        act("submit_result", strict, "body_officer")
        act.heard()
        issue = act("refuse", asked(strict, "reply"), "body_head", text="演示:请写明联系人")
        assert (issue.state, issue.open_decisions) == ("handling", 0)
        assert ("body_officer", "refuse.asker") in act.heard()
        assert timeline(issue)[-1].notes[0].text == "演示:请写明联系人"
        act("submit_result", issue, "body_officer", text="演示:请联系窗口")

    def test_the_head_needs_nobody(self, town: Town, act: Acting, strict: Issue) -> None:
        assert act("submit_result", strict, "body_head").state == "resolved"

    def test_answering_at_once_is_a_reply_too(self, town: Town, act: Acting, given: Issue) -> None:
        change_body(town.department, approves_replies=True, by=None, now=act.now)
        issue = act("answer", given, "body_officer")
        assert (issue.state, asked(issue, "reply").outcome) == ("handling", "answered")
        assert act("grant", asked(issue, "reply"), "body_head").outcome == "answered"

    def test_a_colleague_does_not_approve(self, town: Town, act: Acting, strict: Issue) -> None:
        town.appoint("colleague", "body_officer", town.department)
        act("submit_result", strict, "body_officer")
        for verb in ("grant", "refuse"):
            assert act.refused(verb, asked(strict, "reply"), "colleague").code == "approves"
        assert act.refused("grant", asked(strict, "reply"), "body_officer").code == "not_own_request"

    def test_a_silent_head_is_followed_by_the_level_above(
        self, town: Town, act: Acting, strict: Issue
    ) -> None:
        end_post(town.posts["body_head"], on=date(2026, 3, 10), by=None, now=act.now)
        act("submit_result", strict, "body_officer")
        decision = asked(strict, "reply")
        act.now = decision.due_at
        while not decision.raised_to:
            act.sweep()
            act.later(hours=4)
            decision.refresh_from_db()
        assert act("grant", decision, "district_dispatcher").state == "resolved"

    def test_the_deputy_who_is_called_instead_of_a_silent_head_approves(
        self, town: Town, act: Acting, strict: Issue
    ) -> None:
        deputy = town.person("head_deputy")
        town.appoint("second_head", "body_head", town.department, deputy)
        act("submit_result", strict, "body_officer")
        decision = asked(strict, "reply")
        assert isinstance(act.refused("grant", decision, "head_deputy"), NotAllowed)
        list(ticks(act, strict, decision.due_at))
        assert events(strict)[-1] == "call_deputy"
        assert ("head_deputy", "call_deputy.deputy") in act.heard()
        assert [*Answering(deputy, act.now).parts(Issue.objects.all()).decisions] == [decision]
        assert act("grant", decision, "head_deputy").state == "resolved"

    def test_while_somebody_is_called_nothing_is_submitted(
        self, town: Town, act: Acting, strict: Issue
    ) -> None:
        act("submit_result", strict, "body_officer")
        decision = asked(strict, "reply")
        Issue.objects.filter(pk=strict.pk).update(open_tasks=1)
        with pytest.raises(Refused) as caught:
            PERFORM["grant"](decision, by=town.people["body_head"], now=act.now)
        assert caught.value.code == "can_be_submitted"

    def test_what_goes_elsewhere_waits_for_no_approval(self, town: Town, act: Acting, strict: Issue) -> None:
        act("submit_result", strict, "body_officer")
        issue = act("hand_up", strict, "body_officer")
        assert issue.open_decisions == 0
        assert Decision.objects.get(kind="reply").state == "dropped"


class TestShown:
    def test_officer_meeting_and_plan_stand_on_the_page(
        self, town: Town, act: Acting, client: Client
    ) -> None:
        issue = act.handling("road", "street_dispatcher")
        issue = act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.department])
        callee = callee_of(issue, town.department)
        act("acknowledge", callee, "body_officer")
        act("send_officer", callee, "body_head", officer=town.people["body_officer"])
        act("meet", callee, "body_officer")
        act("plan", callee, "body_officer")
        client.force_login(town.people["street_leader"])
        page = client.get(reverse("issues:issue", args=[issue.code])).content.decode()
        assert "演示:查清原因" in page
        assert str(town.people["body_officer"]) in page

    def test_what_both_sides_think_stands_there_for_staff(
        self, town: Town, act: Acting, client: Client
    ) -> None:
        issue = act.handling("road", "street_dispatcher")
        issue = act("whistle", issue, "street_dispatcher", kind="quick", bodies=[town.property])
        callee = callee_of(issue, town.property)
        act("decline", callee, "property_officer")
        act("rate_callee", callee, "street_leader", verdict="poor")
        with override("en"):
            words = str(label(VERDICTS, "poor"))
        for name, sees in (("street_leader", True), ("property_officer", False)):
            client.force_login(town.people[name])
            page = client.get(reverse("issues:issue", args=[issue.code]), headers={"accept-language": "en"})
            shown = [one.part.verdict for one in page.context["page"].callees]
            assert shown == ["poor"]
            side = page.content.decode().partition('id="called"')[2].partition('id="history"')[0]
            assert (words in side) is sees

    def test_the_officer_of_an_issue_is_shown_to_staff(
        self, town: Town, act: Acting, given: Issue, client: Client
    ) -> None:
        town.people["body_officer"].display_name = "演示经办"
        town.people["body_officer"].save()
        act("assign_officer", given, "body_head", officer=town.people["body_officer"])
        client.force_login(town.people["body_head"])
        assert "演示经办" in client.get(reverse("issues:issue", args=[given.code])).content.decode()


class TestOutside:
    @pytest.fixture
    def several(self, town: Town, act: Acting) -> Issue:
        """A street has whistled for its squad, which leads, two firms and an office."""
        issue = act.handling("road", "street_dispatcher")
        bodies = [town.posted, town.property, town.utility, town.office]
        return act("whistle", issue, "street_dispatcher", kind="tough", bodies=bodies)

    def test_a_firm_sees_itself_and_who_leads(self, town: Town, act: Acting, several: Issue) -> None:
        page = issue_page(several, town.people["property_officer"], act.now)
        assert {one.part.party for one in page.callees} == {town.property, town.posted}
        staff = issue_page(several, town.people["office_officer"], act.now)
        assert len(staff.callees) == 4

    def test_and_reads_no_other_names(self, town: Town, act: Acting, several: Issue) -> None:
        for party, name in (
            (town.office, "office_officer"), (town.utility, "utility_officer"), (town.posted, "posted_officer")
        ):  # fmt: skip
            act("report_in", callee_of(several, party), name)
        sight = sight_of(several, town.people["property_officer"], act.now)
        words = " ".join(line.words for line in timeline(several, sight=sight))
        assert town.posted.name in words
        assert town.property.name in words
        assert town.office.name not in words
        assert town.utility.name not in words
