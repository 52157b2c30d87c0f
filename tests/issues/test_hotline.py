"""Hotline orders become issues; the same number again changes its issue; their deadline wins."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from calendars.worktime import SHANGHAI
from grids.actions.policies import set_policy
from issues.actions.hotline import confirm_import, drop_import, erase_files, read_file, take_in_file
from issues.actions.reveal import reveal_contact
from issues.hotline.parcels import wrong_in
from issues.hotline_results import replies
from issues.models import Deadline, HotlineOrder, ImportBatch, ImportParcel, Issue, Reporter
from issues.page import issue_page
from issues.timeline import timeline
from notices.models import Notice
from notices.words import say
from tests.issues.acting import events, last
from tests.issues.invariants import check_invariants
from tests.issues.sheets import row, workbook
from trail.job_actions import run_job_once
from trail.models import Event
from trail.refusals import NotAllowed, Refused

DEADLINE = datetime(2026, 3, 16, 17, 30, tzinfo=SHANGHAI)


def take(town, *rows, who="district_dispatcher", area="district", now=None):
    brings = {"by": town.people[who], "now": now or town.now}
    sheet = read_file(getattr(town, area), workbook(rows), **brings)
    return take_in_file(getattr(town, area), sheet, file_name="工单.xlsx", **brings)


def run_jobs(now):
    while run_job_once(now=now):
        pass


def bring(town, *rows, who="district_dispatcher", area="district", now=None):
    """Taken in, confirmed and imported."""
    batch = take(town, *rows, who=who, area=area, now=now)
    confirm_import(batch, by=town.people[who], now=now or town.now)
    run_jobs(now or town.now)
    check_invariants(now or town.now)
    return ImportBatch.objects.get(pk=batch.pk)


def only(**given):
    return Issue.objects.get(**given)


# --- the file -----------------------------------------------------------------------------------------------
def test_checking_writes_no_issue_and_counts(town):
    bring(town, row(number="old"))
    batch = take(town, row(number="old"), row(number="new"), row(number="bad", deadline="x"))
    assert (batch.total, batch.expected_new, batch.expected_known, batch.wrong) == (3, 1, 1, 1)
    assert batch.state == "checked" and Issue.objects.count() == 1


def test_personal_data_lies_encrypted_and_is_gone_after_the_import(town):
    batch = take(town, row(), row(number="bad", deadline="x"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT orders FROM issues_importparcel UNION SELECT wrong_rows FROM issues_importbatch"
        )
        stored = "".join(text for (text,) in cursor.fetchall())
    assert stored and "13800001234" not in stored and "演示居民" not in stored
    confirm_import(batch, by=town.people["district_dispatcher"], now=town.now)
    run_jobs(town.now)
    assert not ImportParcel.objects.exists()


def test_a_file_that_cannot_be_read_is_refused(town):
    with pytest.raises(Refused) as caught:
        read_file(town.district, b"x", by=town.people["district_dispatcher"], now=town.now)
    assert caught.value.code == "file" and not ImportBatch.objects.exists()


@pytest.mark.parametrize("who", ["far_dispatcher", "community_secretary", "body_officer", "supervisor"])
def test_only_dispatchers_of_the_area(town, who):
    with pytest.raises(NotAllowed):
        take(town, row(), who=who, area="street")
    batch = take(town, row(), who="street_dispatcher", area="street")
    with pytest.raises(NotAllowed):
        confirm_import(batch, by=town.people[who], now=town.now)


def test_a_street_brings_orders_for_itself_alone(town):
    foreign = row(number="2", street="站前街道", community="")
    batch = bring(town, row(), foreign, who="street_dispatcher", area="street")
    assert (batch.added, batch.wrong) == (1, 1)
    assert wrong_in(batch.wrong_rows)[0].line == 3


def test_a_centre_imports_for_its_district(town):
    assert bring(town, row(), who="centre_dispatcher").added == 1


def test_it_is_confirmed_once(town):
    batch = bring(town, row())
    for again in (confirm_import, drop_import):
        with pytest.raises(Refused) as caught:
            again(batch, by=town.people["district_dispatcher"], now=town.now)
        assert caught.value.code == "batch_state"


def test_nothing_right_is_nothing_to_confirm(town):
    batch = take(town, row(deadline="x"))
    with pytest.raises(Refused):
        confirm_import(batch, by=town.people["district_dispatcher"], now=town.now)


def test_dropped_or_forgotten_its_words_are_deleted(town):
    dropped = take(town, row(), row(number="bad", deadline="x"))
    drop_import(dropped, by=town.people["district_dispatcher"], now=town.now)
    forgotten = take(town, row(), row(number="bad", deadline="x"))
    assert erase_files(now=town.now + timedelta(hours=23)) == 0
    assert erase_files(now=town.now + timedelta(hours=25)) == 1
    assert {one.state for one in ImportBatch.objects.all()} == {"dropped"}
    assert not ImportParcel.objects.exists() and forgotten.pk != dropped.pk
    assert not any(wrong_in(one.wrong_rows) for one in ImportBatch.objects.all())


def test_wrong_rows_are_erased_after_a_week(town):
    batch = bring(town, row(), row(number="bad", deadline="x"))
    assert wrong_in(batch.wrong_rows) and erase_files(now=town.now + timedelta(days=6)) == 0
    assert erase_files(now=town.now + timedelta(days=8)) == 1
    assert erase_files(now=town.now + timedelta(days=8)) == 0
    assert not wrong_in(ImportBatch.objects.get().wrong_rows)


def test_a_long_file_goes_in_chunk_by_chunk(town):
    rows = [row(number=f"GZ{number}") for number in range(90)]
    batch = take(town, *rows)
    confirm_import(batch, by=town.people["district_dispatcher"], now=town.now)
    assert run_job_once(now=town.now)
    half = ImportBatch.objects.get()
    assert half.state == "running" and half.added == half.imported == HotlineOrder.objects.count() == 25
    run_jobs(town.now)
    assert ImportBatch.objects.get().added == 90 and ImportBatch.objects.get().state == "done"
    verbs = Event.objects.filter(subject_type="hotline_file").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["check", "confirm", "finish"]


# --- a new order --------------------------------------------------------------------------------------------
def test_an_order_becomes_an_issue_with_the_hotlines_deadline(town):
    batch = bring(town, row())
    issue = only()
    assert (batch.added, batch.updated, batch.unchanged, batch.remarks) == (1, 0, 0, [[2, "topic", False]])
    assert (issue.source, issue.on_behalf, issue.place_code) == ("hotline", True, town.community.code)
    assert issue.promised_at == DEADLINE and issue.spot == "1号楼北侧"
    order = HotlineOrder.objects.get()
    assert (order.number, order.district, order.deadline_at) == (row()["number"], town.district, DEADLINE)
    assert "13800001234" not in str(order.given) and order.given["content"] == row()["content"]


def test_nobody_is_late_because_the_hotline_dispatched_it_yesterday(town):
    bring(town, row(category="演示litter"))
    issue = only()
    assert issue.state == "assigned" and issue.due_at > town.now and issue.reported_at < town.now


def test_signing_keeps_the_hotlines_deadline(town, act):
    bring(town, row(category="演示litter", community="天光社区"))
    issue = act("sign", only(), "community_secretary")
    assert issue.due_at == issue.promised_at == DEADLINE
    assert Deadline.objects.open().get(issue=issue).limit_at == DEADLINE


def test_handing_up_does_not_move_it(town, act):
    bring(town, row(category="演示litter"))
    issue = act("hand_up", only(), "community_secretary")
    assert issue.promised_at == DEADLINE
    assert act("sign", issue, "street_dispatcher").due_at == DEADLINE


def test_after_a_whistle_its_clock_ends_when_the_hotline_says(town, act):
    bring(town, row(category="演示litter"))
    issue = act("sign", only(), "community_secretary")
    act("whistle", issue, "community_secretary", kind="quick", bodies=[town.department])
    callee = issue.whistles.get().callees.get()
    act.later(hours=1)
    act("acknowledge", callee, "body_officer")
    act("report_in", callee, "body_officer")
    issue = act("done", callee, "body_officer")
    assert issue.due_at == issue.promised_at == DEADLINE


def test_nobody_here_extends_the_hotlines_deadline(town, act):
    """Neither asked for nor granted; what is possible instead is said and offered."""
    bring(town, row(category="演示litter"))
    issue = act("sign", only(), "community_secretary")
    refused = act.refused("ask_extension", issue, "community_secretary", until=date(2026, 3, 18))
    assert refused.code == "within_hotline" and "12345" in str(refused)
    assert "return_to_hotline" in refused.allowed and "ask_extension" not in refused.allowed
    verbs = issue_page(issue, town.people["community_secretary"], town.now).verbs
    assert "ask_extension" not in {verb.key for verb in verbs}


def test_an_extension_that_waits_already_is_not_granted_past_it(town, act):
    bring(town, row(category="演示litter"))
    issue = act("sign", only(), "community_secretary")
    HotlineOrder.objects.all().update(issue=town.report())
    act("ask_extension", issue, "community_secretary", until=date(2026, 3, 18))
    HotlineOrder.objects.all().update(issue=issue)
    refused = act.refused("grant", issue.decisions.get(), "street_dispatcher")
    assert (refused.code, "refuse" in refused.allowed) == ("within_hotline", True)
    assert act("refuse", issue.decisions.get(), "street_dispatcher").due_at == DEADLINE


def test_one_that_was_typed_in_without_a_deadline_is_extended_as_any_other(town, act):
    issue = act("sign", town.report(source="hotline"), "grid_worker")
    assert act("ask_extension", issue, "grid_worker").open_decisions == 1


def test_it_is_not_parked_past_the_hotlines_deadline(town, act):
    bring(town, row(category="演示litter"))
    issue = act("sign", only(), "community_secretary")
    refused = act.refused("ask_suspension", issue, "community_secretary", until=date(2026, 3, 17))
    assert refused.code == "until" and "2026-03-16" in str(refused)
    act("ask_suspension", issue, "community_secretary", until=date(2026, 3, 16))
    parked = act("grant", issue.decisions.get(), "street_dispatcher")
    assert parked.due_at == DEADLINE
    assert act("resume", parked, "community_secretary").due_at == DEADLINE


def test_one_whose_deadline_has_passed_still_goes_in(town):
    bring(town, row(category="演示litter", deadline="2026-03-10 08:00"))
    issue = only()
    assert issue.promised_at < town.now and issue.state == "assigned"


def test_an_order_that_a_rule_refuses_is_named_and_the_others_go_in(town):
    town.categories["other"].delete()
    batch = bring(town, row(), row(number="2", category="演示litter"))
    assert batch.added == 1
    [[line, reason, refused]] = batch.remarks
    assert line == 2 and refused and reason and batch.imported == 2


# --- confidential -------------------------------------------------------------------------------------------
def test_who_keeps_it_confidential_is_known_to_handlers_alone(town):
    bring(town, row(category="演示litter", secret="是"))
    issue = only()
    assert Reporter.objects.get().is_secret

    def sees(who):
        return issue_page(issue, town.people[who], town.now).reporter is not None

    assert sees("community_secretary") and not sees("street_dispatcher") and not sees("grid_worker")
    with pytest.raises(NotAllowed):
        reveal_contact(issue, by=town.people["street_dispatcher"], now=town.now, occasion="contact")
    shown = reveal_contact(issue, by=town.people["community_secretary"], now=town.now, occasion="contact")
    assert shown.phone == "13800001234"


def test_an_open_one_is_seen_above_as_usual(town):
    bring(town, row(category="演示litter"))
    assert issue_page(only(), town.people["street_dispatcher"], town.now).reporter is not None


# --- the same number again ----------------------------------------------------------------------------------
def test_the_same_row_again_changes_nothing(town):
    bring(town, row())
    before = events(only())
    batch = bring(town, row())
    assert (batch.added, batch.updated, batch.unchanged) == (0, 0, 1) and events(only()) == before


def test_what_changed_goes_into_the_issue(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    changed = row(
        category="演示litter", content="演示:又催了一次", deadline="2026-03-13 12:00", phone="13911112222"
    )
    batch = bring(town, changed)
    issue, later = only(), datetime(2026, 3, 13, 12, 0, tzinfo=SHANGHAI)
    assert (batch.added, batch.updated) == (0, 1)
    assert "又催了一次" in issue.text and issue.promised_at == issue.due_at == later
    assert Reporter.objects.get().phone == "13911112222" and HotlineOrder.objects.get().deadline_at == later
    event = last(issue)
    assert event.verb == "hotline_update" and event.data["changed"] == ["text", "deadline", "contact"]
    assert Deadline.objects.open().get(issue=issue).limit_at == later


def words_of(town, name):
    """What this person has been told last, in English."""
    with translation.override("en"):
        notice = Notice.objects.filter(recipient=town.people[name]).last()
        return say(notice.key, notice.params)


def test_the_owner_hears_what_moved_and_the_event_says_it(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act.heard()
    bring(town, row(category="演示litter", content="演示:又催了一次", deadline="2026-03-13 12:00"))
    assert ("community_secretary", "hotline_update.moved") in act.heard()
    told = words_of(town, "community_secretary")
    assert told.endswith("changed: the text, the deadline. Its deadline is 3-13 12:00 instead of 3-16 17:30")
    data = last(only()).data
    assert datetime.fromisoformat(data["was"]) == DEADLINE
    assert datetime.fromisoformat(data["due"]) == only().promised_at == only().due_at
    with translation.override("en"):
        line = timeline(only())[-1]
        assert line.words.endswith("Its deadline is 2026-03-13 12:00 instead of 2026-03-16 17:30")
        assert line.promised == only().promised_at
        assert timeline(only(), resident=True)[-1].words.startswith("The hotline has set another date")


def test_before_it_is_signed_for_its_owner_hears_too(town, act):
    bring(town, row(category="演示litter"))
    act.heard()
    bring(town, row(category="演示litter", content="演示:又催了一次"))
    assert ("community_secretary", "hotline_update.updated") in act.heard()
    assert words_of(town, "community_secretary").endswith("changed: the text; read it anew")
    assert last(only()).data["changed"] == ["text"] and "was" not in last(only()).data


def test_whoever_brings_it_need_not_be_told(town, act):
    bring(town, row(category="没听说过", community="", street=""))
    assert only().owner == town.district
    act.heard()
    bring(town, row(category="没听说过", community="", street="", content="演示:又催了一次"))
    told = {who for who, word in act.heard() if word.startswith("hotline_update")}
    assert told and "district_dispatcher" not in told


def test_other_details_are_an_event_but_no_news(town, act):
    bring(town, row(category="演示litter", tags="一般"))
    act.heard()
    batch = bring(town, row(category="演示litter", tags="重要", related="GZ1"))
    assert batch.updated == 1 and last(only()).data["changed"] == ["details"] and not act.heard()
    assert HotlineOrder.objects.get().given["tags"] == "重要"


def test_the_same_moment_in_other_figures_is_no_change(town):
    bring(town, row(category="演示litter"))
    before = events(only())
    assert bring(town, row(category="演示litter", deadline="2026年3月16日17时30分")).unchanged == 1
    assert events(only()) == before


def test_nothing_in_the_event_or_the_notice_is_personal(town, act):
    bring(town, row(category="演示litter"))
    bring(town, row(category="演示litter", phone="13911112222", caller="演示新名", content="演示:秘密"))
    act.heard()
    kept = str(
        [*Event.objects.values_list("data", flat=True), *Notice.objects.values_list("params", flat=True)]
    )
    assert last(only()).data["changed"] == ["text", "contact"]
    assert not any(word in kept for word in ("13911112222", "演示新名", "演示:秘密"))


def test_a_new_deadline_before_it_is_signed_for_holds_afterwards(town, act):
    bring(town, row(category="演示litter"))
    due = only().due_at
    bring(town, row(category="演示litter", deadline="2026-03-20 12:00"))
    assert only().due_at == due
    assert act("sign", only(), "community_secretary").due_at == datetime(2026, 3, 20, 12, tzinfo=SHANGHAI)


def test_one_that_has_ended_stays_as_it_is_and_is_named(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary")
    act("rate", only(), None, answered=True, solved=True, satisfied=True)
    batch = bring(town, row(category="演示litter", content="演示:还没好"))
    assert batch.remarks == [[2, "closed", False]] and "还没好" not in only().text


@pytest.mark.parametrize(
    ("before", "after", "is_secret"),
    [("否", "是", True), ("是", "否", False), ("是", None, True), (None, "是", True), ("是", "", True)],
)
def test_confidential_until_the_hotline_says_otherwise(town, before, after, is_secret):
    bring(town, row(secret=before))
    bring(town, row(secret=after, phone=None, caller=None))
    assert Reporter.objects.get().is_secret is is_secret and Reporter.objects.get().phone == "13800001234"


def test_what_was_confidential_before_there_was_a_number_is_so_with_it(town):
    bring(town, row(secret="是", phone=None, caller=None))
    assert not Reporter.objects.exists()
    bring(town, row(secret=None))
    assert Reporter.objects.get().is_secret


def test_erased_contact_data_stays_erased(town):
    bring(town, row())
    Reporter.objects.update(name="", phone="", erased_at=town.now)
    bring(town, row(phone="13911112222"))
    assert Reporter.objects.get().phone == ""


def test_the_same_number_of_another_district_is_another_order(town):
    bring(town, row())
    order = HotlineOrder.objects.get()
    assert HotlineOrder.objects.filter(district=order.district, number=order.number).count() == 1
    assert not HotlineOrder.objects.filter(number=order.number).exclude(district=order.district).exists()


def test_two_importers_at_the_same_time_take_a_number_in_once(town):
    one, two = take(town, row()), take(town, row())
    for batch in (one, two):
        confirm_import(batch, by=town.people["district_dispatcher"], now=town.now)
    run_jobs(town.now)
    assert Issue.objects.count() == 1
    assert sorted(ImportBatch.objects.values_list("added", "unchanged")) == [(0, 1), (1, 0)]


# --- what goes back -----------------------------------------------------------------------------------------
def test_the_result_goes_back_in_their_words(town, act):
    bring(town, row(category="演示litter"), row(number="open", category="演示litter"))
    issue = HotlineOrder.objects.get(number=row()["number"]).issue
    act("sign", issue, "community_secretary")
    act("submit_result", issue, "community_secretary", text="演示:已清运")
    act("rate", issue, None, answered=True, solved=True, satisfied=False)
    told = {one.number: one for one in replies(HotlineOrder.objects.all())}
    done, waiting = told[row()["number"]], told["open"]
    assert (done.ended_at, done.outcome, done.answer) == (town.now, "solved", "演示:已清运")
    assert (done.solved, done.satisfied, waiting.ended_at) == (True, False, None)
    assert (done.deadline_at, done.dispatched_at.hour) == (DEADLINE, 8)


def told(town):
    [reply] = replies(HotlineOrder.objects.all())
    return reply


def test_it_ends_when_the_result_is_handed_in_not_when_the_window_for_ratings_is_over(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary")
    handed_in = act.now
    assert (told(town).ended_at, told(town).solved) == (handed_in, None)
    act.later(days=20)
    act.sweep()
    assert only().state == "closed" and only().closed_at > DEADLINE > handed_in
    assert (told(town).ended_at, told(town).answer) == (handed_in, "演示:已清运")


def test_a_disputed_result_is_none_and_the_next_one_is_not_rated_yet(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary", text="演示:第一次")
    act("rate", only(), None, answered=True, solved=False, satisfied=False)
    assert told(town).ended_at is None
    act("redo", only(), "street_dispatcher")
    assert told(town).ended_at is None
    act("sign", only(), "community_secretary")
    act.later(hours=1)
    act("submit_result", only(), "community_secretary", text="演示:第二次")
    handed_in = act.now
    assert told(town).ended_at is None, "what was disputed is looked at on the spot"
    act.later(hours=1)
    act("verify", only(), "street_dispatcher")
    again = told(town)
    assert (again.ended_at, again.answer, again.solved, again.satisfied) == (
        handed_in,
        "演示:第二次",
        None,
        None,
    )
    act("rate", only(), None, answered=True, solved=False, satisfied=False)
    act("close", only(), "street_dispatcher", text="演示:属个人权属")
    ended = told(town)
    assert (ended.solved, ended.satisfied) == (False, False)
    assert ended.answer == "演示:第二次\n演示:属个人权属"


def test_what_is_still_to_be_seen_on_the_spot_is_in_hand(town, act):
    by, value = town.people["system_admin"], {"litter": {"check": "yes"}}
    set_policy(town.district, "categories", value, by=by, now=town.now, reason="演示")
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary")
    assert only().waits_for_check and told(town).ended_at is None


def test_a_legal_procedure_names_its_case_and_the_next_date_in_chinese(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    more = {"outcome": "legal", "case_number": "演示调字第1号", "feedback_on": date(2026, 4, 1)}
    act("submit_result", only(), "community_secretary", text="演示:已立案", internal_text="演示:内部", **more)
    with translation.override("en"):
        words, case = told(town).answer.split("\n")
    assert words == "演示:已立案" and "案号" in case and "演示调字第1号" in case and "2026-04-01" in case


def test_one_returned_to_the_hotline_says_so_and_why(town, act):
    bring(town, row(category="演示litter"))
    assert act.refused("reject", only(), "community_secretary").code in {"not_hotline", "not_yours"}
    act("return_to_hotline", only(), "community_secretary", text="演示:不属本区")
    [reply] = replies(HotlineOrder.objects.all())
    assert reply.returned and "不属本区" in reply.answer and reply.ended_at == town.now


def test_reading_replies_costs_the_same_for_many(town):
    def cost():
        with CaptureQueriesContext(connection) as found:
            list(replies(HotlineOrder.objects.all()))
        return len(found)

    bring(town, row())
    one = cost()
    bring(town, row(number="2"), row(number="3"))
    assert one == cost() <= 6


def test_who_sees_orders(town):
    bring(town, row(category="演示litter"))

    def seen(who):
        return HotlineOrder.objects.visible_to(town.people[who], town.now).count()

    assert seen("community_secretary") == seen("street_dispatcher") == seen("district_dispatcher") == 1
    assert seen("far_secretary") == seen("spotter") == 0
    assert ImportBatch.objects.visible_to(town.people["street_dispatcher"], town.now).count() == 0
    assert ImportBatch.objects.visible_to(town.people["centre_dispatcher"], town.now).count() == 1
