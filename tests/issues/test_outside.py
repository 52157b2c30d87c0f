"""What a grid worker was given outside the duty list: reported in three taps, read and settled by the district."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook
from rest_framework.test import APIClient

from accounts.models import User
from grids.actions.bodies import close_body
from grids.actions.policies import set_policy
from grids.actions.tree import merge_units
from grids.models import Unit
from issues.actions.outside import report_outside, settle_outside
from issues.models import Decision, HotlineOrder, Issue, OutsideTask, Task
from issues.relieving import Way, way_back
from issues.timeline import timeline
from issues.why import why
from notices.actions import fan_out_once
from notices.models import Notice
from notices.words import say
from tests.builders import Town
from tests.faces import signed_in, stop_clock, take
from tests.issues.acting import Acting, events, last
from tests.issues.any_order.replay import unexplained
from tests.issues.calling import asked, callee_of, clocks, own_clocks
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import NotAllowed, Refused

LIST = {"a": {"group": "组", "name": "项", "state": "admitted", "categories": ["road"]}}
NOTHING = {"a": {"group": "组", "name": "项", "state": "admitted", "categories": ["litter"]}}
PAGE = "/outside/"


@pytest.fixture(autouse=True)
def _now(town, monkeypatch) -> None:
    stop_clock(monkeypatch, town.now)


def desk(town: Town, name: str) -> Client:
    User.objects.filter(pk=town.people[name].pk).update(is_staff=True)
    return signed_in(town, name)


def told(town: Town, by: str = "grid_worker", **more: Any) -> OutsideTask:
    usual = {"grid": town.grid, "given_by": town.street, "text": "演示:替街道填报表"} | more
    return report_outside(by=town.people[by], now=town.now, **usual)


def refused(town: Town, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        told(town, **more)
    return caught.value.code


def outside_issue(town: Town) -> Issue:
    """One that the grid had before the list was set."""
    issue = town.report("litter")
    set_policy(town.district, "duty_list", LIST, by=None, now=town.now, reason="演示:清单")
    return issue


class TestReporting:
    def test_by_word_of_mouth(self, town) -> None:
        task = told(town)
        assert (task.grid, task.given_by, task.state, task.issue) == (town.grid, town.street, "open", None)
        event = Event.objects.about("outside_task", task.pk).get()
        assert (event.verb, event.data) == ("report", {"state": "open", "given_by": {"unit": town.street.pk}})
        assert event.unit_id == town.grid.pk and event.district_id == town.district.pk

    def test_only_whoever_works_in_the_grid(self, town) -> None:
        for name in ("community_worker", "street_leader", "spotter", "office_officer"):
            with pytest.raises(NotAllowed):
                told(town, by=name)

    def test_what_is_wrong_is_said(self, town) -> None:
        assert refused(town, text=" x ") == "text"
        assert refused(town, given_by=town.grid) == "giver"
        assert refused(town, given_by=town.other_street) == "giver"
        assert refused(town, given_on=town.now.date() + timedelta(days=1)) == "given_on"
        assert told(town, given_by=town.office).given_by == town.office

    def test_an_issue_must_be_the_grids_and_outside(self, town) -> None:
        issue = town.report("litter")
        assert refused(town, issue=issue) == "on_list"
        set_policy(town.district, "duty_list", LIST, by=None, now=town.now, reason="演示:清单")
        assert told(town, issue=issue).issue == issue
        assert refused(town, issue=issue) == "again"
        assert refused(town, issue=town.report("noise")) == "not_given"


class TestSettling:
    def test_the_district_decides_once(self, town) -> None:
        task = told(town)
        by = {"by": town.people["district_dispatcher"], "now": town.now}
        for name in ("street_leader", "community_secretary", "grid_worker", "system_admin"):
            with pytest.raises(NotAllowed):
                settle_outside(task, state="taken_back", by=town.people[name], now=town.now)
        for state, until, code in (
            ("allowed", None, "until"),
            ("taken_back", town.now.date(), "until"),
            ("allowed", town.now.date() - timedelta(days=1), "until"),
            ("open", None, "state"),
        ):
            with pytest.raises(Refused) as caught:
                settle_outside(task, state=state, until=until, **by)
            assert caught.value.code == code
        done = settle_outside(task, state="allowed", until=town.now.date(), text="演示:经批准", **by)
        assert (done.state, done.settled_by) == ("allowed", town.people["district_dispatcher"])
        with pytest.raises(Refused) as caught:
            settle_outside(task, state="taken_back", **by)
        assert caught.value.code == "settled"

    def test_who_hears_of_it(self, town) -> None:
        fan_out_once(now=town.now)
        Notice.objects.all().delete()
        task = told(town)
        fan_out_once(now=town.now)
        heard = set(
            Notice.objects.filter(key__startswith="issues.outside").values_list("recipient", flat=True)
        )
        assert town.people["district_dispatcher"].pk in heard
        givers = {town.people[name].pk for name in ("street_leader", "street_dispatcher", "grid_worker")}
        assert not heard & givers
        settle_outside(task, state="taken_back", by=town.people["district_dispatcher"], now=town.now)
        fan_out_once(now=town.now)
        settled = Notice.objects.filter(key="issues.outside_taken_back").values_list("recipient", flat=True)
        assert set(settled) == {town.people["grid_worker"].pk}

    @pytest.mark.parametrize(
        ("state", "until", "said"),
        [
            ("taken_back", None, "(given by {giver}) is taken back"),
            ("allowed", date(2026, 3, 31), "is allowed until March 31, 2026"),
            ("on_list", None, "stands on it"),
        ],
    )
    def test_the_notice_says_what_was_decided(self, town, state, until, said) -> None:
        task, by = told(town), town.people["district_dispatcher"]
        settle_outside(task, state=state, until=until, by=by, now=town.now)
        fan_out_once(now=town.now)
        notice = Notice.objects.get(recipient=town.people["grid_worker"], key__startswith="issues.outside")
        with translation.override("en"):
            assert said.format(giver=town.street.name) in say(notice.key, notice.params)


class TestTakenBack:
    """What came as an issue goes back to whoever gave it, in the same moment."""

    def settle(self, act: Acting, issue: Issue, *, state: str = "taken_back", **more: Any) -> Issue:
        by, task = act.town.people["district_dispatcher"], OutsideTask.objects.get(issue=issue)
        settle_outside(task, state=state, by=by, now=act.now, **more)
        check_invariants(act.now)
        issue.refresh_from_db()
        assert not list(unexplained([issue]))
        return issue

    def given(self, act: Acting) -> Issue:
        """The community gave the grid something that has been kept from grids since."""
        issue = act("sign", act.town.report("noise"), "community_worker")
        return self.listed(act, act("dispatch", issue, "community_worker", unit=act.town.grid))

    def listed(self, act: Acting, issue: Issue) -> Issue:
        set_policy(act.town.district, "duty_list", LIST, by=None, now=act.now, reason="演示:清单")
        told(act.town, issue=issue)
        return Issue.objects.get(pk=issue.pk)

    def test_to_whoever_gave_it_and_the_promised_date_stays(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        promised, since = issue.promised_at, issue.assigned_at
        act.heard()
        act.later(hours=2)
        issue = self.settle(act, issue)
        assert (issue.owner, issue.state, issue.sender_unit) == (town.community, "assigned", None)
        assert (issue.promised_at, issue.counted_from, issue.keeper_unit) == (promised, since, None)
        assert own_clocks(issue) == {"sign": issue.due_at}
        event = last(issue)
        assert (event.verb, event.data["from"], event.data["to"]) == (
            "take_back",
            {"unit": town.grid.pk},
            {"unit": town.community.pk},
        )
        task = OutsideTask.objects.get()
        assert task.moved_to == town.community
        settled = Event.objects.about("outside_task", task.pk).last()
        assert settled.data["to"] == {"unit": town.community.pk}
        heard = act.heard()
        assert {
            ("community_worker", "taken_back.to_sign"),
            ("grid_worker", "outside_moved"),
            ("grid_chief", "taken_back.left_by"),
        } <= heard
        # Of one decision whoever reported it is told once.
        assert [key for who, key in heard if who == "grid_worker"] == ["outside_moved"]
        # Whoever has it goes on as with any matter that came back; the promise holds.
        assert act("sign", issue, "community_worker").promised_at >= promised
        assert why(issue).moved

    def test_it_can_be_read_in_the_timeline(self, town: Town, act: Acting) -> None:
        issue = self.settle(act, self.given(act))
        with translation.override("en"):
            staff, resident = timeline(issue)[-1].words, timeline(issue, resident=True)[-1].words
        assert f"Taken back from {town.grid.name} by the district" in staff and town.community.name in staff
        assert resident == f"Passed on to {town.community.name}"

    def test_by_rule_it_goes_to_the_level_above(self, town: Town, act: Acting) -> None:
        issue = self.listed(act, act.handling())
        issue = self.settle(act, issue)
        assert (issue.owner, issue.state, issue.signed_by) == (town.community, "assigned", None)

    def test_a_giver_that_has_closed_is_passed_over(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        Issue.objects.filter(pk=issue.pk).update(sender_unit=None, sender_body=town.owners)
        close_body(town.owners, by=None, now=act.now)
        assert self.settle(act, issue).owner == town.community

    def test_a_body_that_gave_it_has_it_again(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        Issue.objects.filter(pk=issue.pk).update(sender_unit=None, sender_body=town.office)
        issue = self.settle(act, issue)
        assert issue.owner == town.office
        assert OutsideTask.objects.get().moved_to == town.office
        assert Issue.objects.visible_to(town.people["office_officer"], act.now).filter(pk=issue.pk).exists()

    def test_it_never_comes_to_whom_the_complaint_is_about(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
        assert self.settle(act, issue).owner == town.street

    def test_while_somebody_is_called_it_is_taken_over(self, town: Town, act: Acting) -> None:
        """Nothing of theirs is lost: they have another caller, and their clocks run on."""
        issue = act(
            "whistle",
            act("sign", self.given(act), "grid_worker"),
            "grid_worker",
            kind="quick",
            bodies=[town.property],
        )
        callee = callee_of(issue, town.property)
        called, promised = clocks(callee), issue.promised_at
        act.heard()
        issue = self.settle(act, issue)
        assert issue.promised_at == promised
        assert (issue.owner, issue.state, issue.open_whistles) == (town.community, "handling", 1)
        callee.refresh_from_db()
        assert (clocks(callee), callee.whistle.caller) == (called, town.community)
        assert (issue.submit_left or 0) > 0 and own_clocks(issue) == {}
        heard = act.heard()
        assert {
            ("community_worker", "taken_back.in_hand"),
            ("property_officer", "relieved.callees"),
            ("grid_chief", "taken_back.left_by"),
        } <= heard
        act("acknowledge", callee, "property_officer")
        act("report_in", callee, "property_officer")
        issue = act("done", callee, "property_officer")
        # It runs on with what the promised date leaves, though the community has longer than the grid.
        assert issue.promised_at == promised and own_clocks(issue)["submit"] <= promised
        assert act("submit_result", issue, "community_worker").state == "resolved"

    def test_while_somebody_is_called_the_promised_date_stays(self, town: Town, act: Acting) -> None:
        """Whoever gets it has longer than the grid had."""
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", bodies=[town.property])
        left, promised = issue.submit_left, issue.promised_at
        issue = self.listed(act, issue)
        act.later(hours=3)
        issue = self.settle(act, issue)
        assert (issue.owner, issue.promised_at, issue.submit_left) == (town.community, promised, left)
        callee = callee_of(issue, town.property)
        act("acknowledge", callee, "property_officer")
        act("report_in", callee, "property_officer")
        assert act("done", callee, "property_officer").promised_at == promised

    def test_while_somebody_has_a_sub_task_the_promised_date_stays(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        # A sub-task from when the street had it.
        given = {"issue": issue, "given_by": town.people["street_leader"], "given_at": act.now}
        task = Task.objects.create(unit=town.other_grid, due_at=act.now, limit_at=act.now, **given)
        Issue.objects.filter(pk=issue.pk).update(open_tasks=1)
        issue = self.listed(act, issue)
        by = town.people["district_dispatcher"]
        settle_outside(OutsideTask.objects.get(), state="taken_back", by=by, now=act.now)
        moved = Issue.objects.get(pk=issue.pk)
        assert (moved.owner, moved.state, moved.promised_at) == (
            town.community,
            "handling",
            issue.promised_at,
        )
        assert own_clocks(moved)["submit"] <= issue.promised_at
        task.refresh_from_db()
        assert task.state == "given"

    @pytest.mark.parametrize("days", [0, 9], ids=["in time", "late"])
    def test_called_itself_it_has_until_the_promised_date(self, town: Town, act: Acting, days: int) -> None:
        issue = act("sign", self.given(act), "grid_worker")
        issue = act("whistle", issue, "grid_worker", kind="quick", units=[town.community])
        act.later(days=days)
        while act.sweep():
            pass
        issue.refresh_from_db()
        promised = issue.promised_at
        assert (promised < act.now) is bool(days)
        issue = self.settle(act, issue)
        assert (issue.owner, issue.state, issue.open_whistles) == (town.community, "handling", 0)
        assert (issue.promised_at, issue.submit_left) == (promised, None)
        assert own_clocks(issue)["submit"] <= promised

    def test_a_suspended_one_goes_on_elsewhere(self, town: Town, act: Acting) -> None:
        issue = act("ask_suspension", act.handling(), "grid_worker")
        issue = self.listed(act, act("grant", asked(issue, "suspension"), "community_secretary"))
        issue = self.settle(act, issue)
        assert (issue.owner, issue.state, issue.cause) == (town.community, "assigned", "")

    def test_what_was_asked_for_is_asked_no_more_and_a_letter_stays(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        issue = self.listed(act, act("supervise", issue, "street_leader"))
        act.heard()
        issue = self.settle(act, issue)
        assert [one.kind for one in Decision.objects.waiting()] == ["supervision"]
        assert ("community_worker", "taken_back.to_sign_letter") in act.heard()

    @pytest.mark.parametrize(
        ("state", "until"), [("allowed", date(2026, 3, 31)), ("on_list", None)], ids=["allowed", "on_list"]
    )
    def test_what_is_allowed_stays(self, town: Town, act: Acting, state: str, until: date | None) -> None:
        issue = self.given(act)
        version = issue.version
        issue = self.settle(act, issue, state=state, until=until)
        assert (issue.owner, issue.version, OutsideTask.objects.get().moved_to) == (town.grid, version, None)

    def stays(self, act: Acting, issue: Issue, why: str, owner: Any = None) -> None:
        task, version = OutsideTask.objects.get(issue=issue), issue.version
        assert way_back(task, issue) == Way(None, why)
        issue = self.settle(act, issue)
        assert (issue.version, issue.owner) == (version, owner or act.town.grid)
        task.refresh_from_db()
        assert (task.state, task.moved_to) == ("taken_back", None)

    def test_a_danger_stays(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        self.stays(act, act("correct", issue, "grid_worker", category=town.categories["fire"]), "danger")

    def test_what_has_a_result_stays(self, town: Town, act: Acting) -> None:
        issue = act("sign", self.given(act), "grid_worker")
        self.stays(act, act("submit_result", issue, "grid_worker"), "over")

    def test_what_follows_another_stays(self, town: Town, act: Acting) -> None:
        main, issue = town.report("road"), self.given(act)
        self.stays(act, act("merge", issue, "grid_worker", main=main), "over")

    def test_what_the_grid_has_handed_up_stays(self, town: Town, act: Acting) -> None:
        issue = act("hand_up", self.given(act), "grid_worker")
        self.stays(act, issue, "elsewhere", town.community)

    def test_of_a_grid_that_has_merged_it_leaves_the_other(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
        act.heard()
        issue.refresh_from_db()
        assert issue.owner == town.other_grid
        # What the one has reported the other need not report again.
        with pytest.raises(Refused) as caught:
            told(town, by="other_worker", grid=town.other_grid, issue=issue)
        assert caught.value.code == "again"
        issue = self.settle(act, issue)
        assert (issue.owner, issue.state) == (town.community, "assigned")
        assert OutsideTask.objects.get().moved_to == town.community
        assert ("other_worker", "taken_back.left_by") in act.heard()

    def test_of_a_grid_that_has_closed_it_stays_with_the_community(self, town: Town, act: Acting) -> None:
        issue = act("hand_up", self.given(act), "grid_worker")
        Unit.objects.filter(pk=town.grid.pk).update(closed_at=act.now)
        assert way_back(OutsideTask.objects.get(), issue) == Way(None, "elsewhere")

    def test_what_is_due_fires_first(self, town: Town, act: Acting) -> None:
        issue = self.given(act)
        act.later(days=2)
        assert events(self.settle(act, issue))[-2:] == ["call_deputy", "take_back"]

    def test_an_order_of_the_hotline_keeps_its_deadline(self, town: Town, act: Acting) -> None:
        ends = act.now + timedelta(days=8)
        issue = town.report(
            "litter", source="hotline", on_behalf=True, deadline=ends, by=town.people["district_dispatcher"]
        )
        order = {"issue": issue, "district": town.district, "number": "D1", "deadline_at": ends}
        HotlineOrder.objects.create(**order)
        issue = self.settle(act, self.listed(act, act("sign", issue, "grid_worker")))
        assert (issue.owner, issue.promised_at) == (town.community, ends)
        assert own_clocks(act("sign", issue, "community_worker")) == {"submit": ends}


class TestWhoSees:
    def test_the_district_and_whoever_reported_it(self, town) -> None:
        task = told(town)

        def sees(name: str) -> bool:
            return OutsideTask.objects.visible_to(town.people[name], town.now).filter(pk=task.pk).exists()

        assert sees("grid_worker") and sees("district_dispatcher")
        for name in ("grid_chief", "community_secretary", "street_leader", "office_officer", "spotter"):
            assert not sees(name)


class TestPhone:
    def test_from_an_issue_it_takes_three_taps(self, town) -> None:
        issue = outside_issue(town)
        client = signed_in(town, "grid_worker")
        there = f"{PAGE}?issue={issue.code}"
        assert there in client.get(reverse("issues:issue", args=[issue.code])).content.decode()
        form = client.get(there).context["form"]
        sent = {field.html_name: field.value() for field in form}
        assert sent["text"] and sent["grid"] == town.grid.code
        for _tap in range(2):
            assert client.post(PAGE, sent).status_code == 302
        task = OutsideTask.objects.get()
        assert (task.issue, task.given_by) == (issue, town.community)
        assert str(task) in client.get(PAGE).content.decode()

    def test_it_says_what_whoever_gave_it_reads(self, town) -> None:
        """Of the report nothing; of what is taken back from which grid it comes, and why."""
        words = signed_in(town, "grid_worker").get(PAGE).content.decode()
        assert "sees neither this report nor your name" in words
        assert "they then read that it was outside the duty list of your grid" in words
        issue = outside_issue(town)
        task = told(town, issue=issue)
        fan_out_once(now=town.now)
        heard = Notice.objects.filter(recipient=town.people["community_worker"])
        assert not heard.filter(key__startswith="issues.outside").exists()
        settle_outside(task, state="taken_back", by=town.people["district_dispatcher"], now=town.now)
        fan_out_once(now=town.now)
        notice = heard.get(key="issues.taken_back.to_sign")
        with translation.override("en"):
            assert f"Taken back from {town.grid.name} as outside the duty list" in say(
                notice.key, notice.params
            )

    def test_the_link_stands_only_where_it_is_outside(self, town) -> None:
        issue = town.report("litter")
        page = signed_in(town, "grid_worker").get(reverse("issues:issue", args=[issue.code]))
        assert PAGE not in page.content.decode()
        assert PAGE in signed_in(town, "grid_worker").get(reverse("desk:today")).content.decode()
        assert PAGE not in signed_in(town, "community_worker").get(reverse("desk:today")).content.decode()

    def test_a_form_of_its_own(self, town) -> None:
        client = signed_in(town, "grid_worker")
        sent = {field.html_name: field.value() or "" for field in client.get(PAGE).context["form"]}
        refused = client.post(PAGE, sent | {"text": "x"})
        assert refused.status_code == 422 and refused.context["form"].errors["text"]
        giver = f"body:{town.office.code}"
        assert client.post(PAGE, sent | {"text": "演示:发传单", "giver": giver}).status_code == 302
        assert OutsideTask.objects.get().given_by == town.office

    def test_not_for_others_and_a_foreign_issue_is_unknown(self, town) -> None:
        assert signed_in(town, "community_worker").get(PAGE).status_code == 403
        far = town.report("litter", place=town.far_building)
        client = signed_in(town, "grid_worker")
        for code in (far.code, "nothing"):
            assert client.get(f"{PAGE}?issue={code}").status_code == 404


class TestDesk:
    def test_list_page_and_decision(self, town, django_assert_max_num_queries) -> None:
        task = told(town)
        client = desk(town, "district_dispatcher")
        lists = reverse("admin:issues_outsidetask_changelist")
        with django_assert_max_num_queries(16):
            page = client.get(lists).content.decode()
        assert "演示:替街道填报表" in page and town.street.name in page
        one = reverse("admin:issues_outsidetask_change", args=[task.pk])
        shown = client.get(one)
        step = shown.context["steps"][0]
        sent = {"settle-state": "taken_back"}
        assert client.post(step["url"], sent).status_code == 302
        task.refresh_from_db()
        assert task.state == "taken_back"
        assert not client.get(one).context["steps"]

    def test_the_page_says_where_the_issue_goes_and_where_it_went(self, town) -> None:
        task = told(town, issue=outside_issue(town))
        client, there = (
            desk(town, "district_dispatcher"),
            reverse("admin:issues_outsidetask_change", args=[task.pk]),
        )
        shown = client.get(there)
        step = shown.context["steps"][0]
        before = f"its issue goes from the grid to {town.community.name}"
        page = shown.content.decode()
        assert before in page
        # Somebody else is named as having given it.
        assert task.given_by == town.street and "whoever is named as having given it" in page
        assert "It is suspended with approval" not in page
        Issue.objects.filter(pk=task.issue_id).update(state="suspended")
        assert "It is suspended with approval: that ends with it." in client.get(there).content.decode()
        Issue.objects.filter(pk=task.issue_id).update(state="assigned")
        assert client.post(step["url"], {"settle-state": "taken_back"}).status_code == 302
        after = client.get(there)
        assert ("Issue went to", town.community) in [
            (str(name), value) for name, value in after.context["page"].facts
        ]
        assert before not in after.content.decode()
        own = signed_in(town, "grid_worker").get(PAGE).content.decode()
        assert f"the issue is with {town.community.name} now" in own

    @pytest.mark.parametrize("by_word", [True, False])
    def test_the_page_says_why_it_stays(self, town, by_word) -> None:
        issue = None if by_word else outside_issue(town)
        task = told(town, issue=issue)
        if issue:
            Issue.objects.filter(pk=issue.pk).update(is_danger=True)
        there = reverse("admin:issues_outsidetask_change", args=[task.pk])
        page = desk(town, "district_dispatcher").get(there).content.decode()
        assert ("no issue moves" if by_word else "it stays with the grid") in page

    @pytest.mark.parametrize("many", [1, 3])
    def test_the_file_holds_what_the_list_shows(self, town, many, django_assert_max_num_queries) -> None:
        for number in range(many):
            told(town, text=f"=演示{number}")
        client = desk(town, "district_dispatcher")
        with django_assert_max_num_queries(14):
            answer = take(client, f"{reverse('admin:issues_outsidetask_export')}?q=%3D演示")
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        assert len(rows) == many + 1
        assert rows[1][1] == town.street.name and rows[1][2].startswith("'=演示")

    def test_a_street_reads_nothing_of_it(self, town) -> None:
        task = told(town)
        client = desk(town, "street_leader")
        assert (
            "演示:替街道" not in client.get(reverse("admin:issues_outsidetask_changelist")).content.decode()
        )
        assert client.get(reverse("admin:issues_outsidetask_change", args=[task.pk])).status_code == 404
        rows = take(client, reverse("admin:issues_outsidetask_export")).content
        assert len(list(load_workbook(io.BytesIO(rows)).active.values)) == 1


class TestRest:
    URL = "/api/v1/outside-tasks/"

    def api(self, town: Town, name: str) -> APIClient:
        client = APIClient()
        client.force_authenticate(town.people[name])
        return client

    def test_reported_and_listed(self, town) -> None:
        issue = outside_issue(town)
        worker = self.api(town, "grid_worker")
        sent = {
            "grid": town.grid.code,
            "given_by": town.community.code,
            "text": "演示:填表",
            "issue": issue.code,
        }
        key = {"HTTP_IDEMPOTENCY_KEY": "outside-1"}
        for _again in range(2):
            answer = worker.post(self.URL, sent, format="json", **key)
            assert answer.status_code == 201, answer.content
        task = OutsideTask.objects.get()
        assert task.issue == issue
        shown = answer.json()
        assert shown["given_by"]["code"] == town.community.code and shown["state"]["key"] == "open"
        rows = self.api(town, "district_dispatcher").get(self.URL).json()["results"]
        assert [one["id"] for one in rows] == [task.pk]
        assert self.api(town, "street_leader").get(self.URL).json()["results"] == []

    def test_what_is_wrong_is_said(self, town) -> None:
        worker = self.api(town, "grid_worker")
        usual = {"grid": town.grid.code, "given_by": town.street.code, "text": "演示:填表"}
        far = town.report("litter", place=town.far_building)
        for key, wrong, status in (
            ("1", {"given_by": ""}, 400),
            ("2", {"issue": far.code}, 400),
            ("3", {"given_by": town.grid.code}, 409),
        ):
            answer = worker.post(self.URL, usual | wrong, format="json", HTTP_IDEMPOTENCY_KEY=key)
            assert answer.status_code == status, answer.content
        secretary = self.api(town, "community_secretary")
        answer = secretary.post(self.URL, usual, format="json", HTTP_IDEMPOTENCY_KEY="s")
        assert answer.status_code == 403

    def test_the_district_settles_it(self, town) -> None:
        task = told(town)
        here = f"{self.URL}{task.pk}/"
        decider, worker = self.api(town, "district_dispatcher"), self.api(town, "grid_worker")
        assert (decider.get(here).json()["allowed"], worker.get(here).json()["allowed"]) == (["settle"], [])
        sent = {"state": "allowed", "until": "2026-03-31", "text": "演示:经批准"}
        # Who may not learns nothing of what is wrong with it.
        assert worker.post(f"{here}settle/", {}, format="json").status_code == 403
        for name in ("street_leader", "far_worker"):
            client = self.api(town, name)
            asked = client.get(here), client.post(f"{here}settle/", sent, format="json")
            assert [answer.status_code for answer in asked] == [404, 404], name
        for wrong, status in (({"state": "open"}, 400), ({"state": "taken_back"}, 409), ({"until": ""}, 400)):
            answer = decider.post(f"{here}settle/", sent | wrong, format="json")
            assert answer.status_code == status, answer.content
        key = {"HTTP_IDEMPOTENCY_KEY": "settle-1"}
        done, again = (decider.post(f"{here}settle/", sent, format="json", **key) for _time in range(2))
        assert done.status_code == 200 and again.content == done.content
        shown = done.json()
        assert (shown["state"]["key"], shown["until"], shown["note"]) == (
            "allowed",
            "2026-03-31",
            "演示:经批准",
        )
        assert (
            shown["allowed"] == []
            and OutsideTask.objects.get().settled_by == town.people["district_dispatcher"]
        )
        assert (shown["goes_to"], shown["moved_to"]) == (None, None)
        late = decider.post(f"{here}settle/", sent, format="json")
        assert (late.status_code, late.json()["code"]) == (409, "settled")

    @pytest.mark.parametrize("many", [1, 3])
    def test_a_longer_list_asks_no_more(self, town, act, many, django_assert_num_queries) -> None:
        """Half of them with a sender, the others by rule."""
        issues = [act("sign", town.report("noise"), "community_worker") for _one in range(many)]
        issues = [act("dispatch", one, "community_worker", unit=town.grid) for one in issues]
        issues += [town.report("litter") for _one in range(many)]
        set_policy(town.district, "duty_list", LIST, by=None, now=town.now, reason="演示:清单")
        for issue in issues:
            told(town, issue=issue)
        decider = self.api(town, "district_dispatcher")
        decider.get(self.URL)
        with django_assert_num_queries(1) as asked:
            rows = decider.get(self.URL).json()["results"]
        assert [one["goes_to"]["code"] for one in rows] == [town.community.code] * 2 * many
        assert not any('"boundary"' in one["sql"] for one in asked.captured_queries)

    def test_what_is_taken_back_goes_to_its_giver(self, town, act, django_assert_max_num_queries) -> None:
        # Given past the community, which would have it if nobody had given it.
        issue = town.report("road")
        issue = act("dispatch", act("sign", issue, "street_leader"), "street_leader", unit=town.grid)
        set_policy(town.district, "duty_list", NOTHING, by=None, now=town.now, reason="演示:清单")
        task, decider = told(town, issue=issue), self.api(town, "district_dispatcher")
        here, giver = f"{self.URL}{task.pk}/", town.street.code
        asked = decider.get(here).json()
        assert (asked["goes_to"]["code"], asked["moved_to"]) == (giver, None)
        with django_assert_max_num_queries(6):
            assert decider.get(self.URL).json()["results"][0]["goes_to"]["code"] == giver
        key = {"HTTP_IDEMPOTENCY_KEY": "back-1"}
        done = decider.post(f"{here}settle/", {"state": "taken_back"}, format="json", **key).json()
        assert (done["goes_to"], done["moved_to"]["code"]) == (None, giver)
        assert Issue.objects.get(pk=task.issue_id).owner == town.street
