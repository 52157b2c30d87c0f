"""重办/二次派单: the hotline sends an order again that had ended here; the work on it is opened again, twice is once."""

from datetime import datetime

import pytest
from django.utils import translation

from calendars.worktime import SHANGHAI
from grids.actions.policies import set_policy
from issues.hotline.again import Sent, is_sent_again, rounds_of, way_of
from issues.hotline_results import replies
from issues.lifecycle import OPEN_STATES, STATE
from issues.models import HotlineOrder
from issues.page import issue_page
from issues.timeline import timeline
from tests.api.conftest import client_of
from tests.faces import signed_in, stop_clock
from tests.issues.acting import events, last
from tests.issues.sheets import row
from tests.issues.test_hotline import DEADLINE, bring, only, take, words_of

FIRST = datetime(2026, 3, 16, 17, 30, tzinfo=SHANGHAI)
SECOND = datetime(2026, 3, 25, 17, 30, tzinfo=SHANGHAI)
AGAIN = row(
    category="演示litter",
    dispatched="2026-03-18 09:00",
    deadline="2026-03-25 17:30",
    content="演示:还没清干净",
)


def sent_again(day):
    """Dispatched anew some days before its new deadline."""
    return AGAIN | {"dispatched": f"2026-03-{day - 2} 09:00", "deadline": f"2026-03-{day} 17:30"}


# --- when it is sent again, and what then -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "now", "again"),
    [
        ((None, FIRST), (None, FIRST), False),
        ((None, FIRST), (None, SECOND), True),
        ((None, SECOND), (None, FIRST), False),
        ((FIRST, SECOND), (SECOND, SECOND), True),
        ((FIRST, FIRST), (FIRST, SECOND), False),
        ((SECOND, FIRST), (FIRST, SECOND), False),
        ((SECOND, SECOND), (FIRST, SECOND), False),
        ((None, SECOND), (FIRST, SECOND), False),
        ((None, FIRST), (FIRST, SECOND), True),
        ((FIRST, SECOND), (None, SECOND), False),
    ],
)
def test_a_later_dispatch_sends_it_again_a_later_deadline_only_without_one(before, now, again):
    assert is_sent_again(Sent(*before), Sent(*now)) is again


@pytest.mark.parametrize("state", STATE)
@pytest.mark.parametrize("disputed", [False, True])
@pytest.mark.parametrize("redone", [0, 1, 2, 3])
def test_what_becomes_of_it(state, disputed, redone):
    way = way_of(state, disputed=disputed, redo_count=redone)
    if state == "rejected":
        assert way == "returned"
    elif state == "merged" or (state in OPEN_STATES and (state != "resolved" or disputed)):
        assert way == ""
    else:
        assert way == ("redo" if redone < 2 else "review")


# --- a result that does not hold ----------------------------------------------------------------------------
def solved(act, who="community_secretary"):
    act("sign", only(), who)
    act("submit_result", only(), who)
    return act("rate", only(), None, answered=True, solved=True, satisfied=True)


@pytest.fixture
def ended(town, act):
    bring(town, row(category="演示litter"))
    assert solved(act).state == "closed"
    act.later(days=8)
    act.heard()
    return only()


def test_whoever_had_it_redoes_it_by_the_new_deadline(town, act, ended):
    batch = bring(town, AGAIN, now=act.now)
    issue = only()
    assert (issue.state, issue.owner, issue.redo_count) == ("assigned", town.community, 1)
    assert (issue.promised_at, issue.closed_at, issue.outcome) == (SECOND, None, "")
    assert "还没清干净" in issue.text and HotlineOrder.objects.get().deadline_at == SECOND
    assert (batch.added, batch.updated, batch.unchanged) == (0, 1, 0)
    assert batch.remarks == [[2, "redo", False]]
    assert act("sign", issue, "community_secretary").due_at == SECOND


def test_what_the_duty_list_keeps_from_a_grid_by_then_is_redone_above_it(town, act):
    bring(town, row(category="演示litter"))
    act("dispatch", only(), "community_secretary", unit=town.grid)
    assert solved(act, "grid_worker").state == "closed"
    road = {"group": "演示组", "name": "演示项", "state": "admitted", "categories": ["road"]}
    admin = {"by": town.people["system_admin"], "now": town.now, "reason": "演示:试行"}
    set_policy(town.district, "duty_list", {"a": road}, **admin)
    act.later(days=8)
    bring(town, AGAIN, now=act.now)
    assert (only().state, only().owner, only().redo_count) == ("assigned", town.community, 1)


def test_the_trail_and_whoever_has_it_are_told(town, act, ended):
    bring(town, AGAIN, now=act.now)
    event = last(only())
    assert (event.verb, event.data["what"], event.data["count"]) == ("hotline_again", "redo", 2)
    assert event.data["changed"] == ["text", "deadline", "details"]
    assert ("community_secretary", "hotline_again.redo") in act.heard()
    assert "to be redone by 天光社区" in words_of(town, "community_secretary")
    with translation.override("en"):
        line = timeline(only())[-1]
        assert "round 2" in line.words and "2026-03-25 17:30" in line.words and line.promised == SECOND
        assert timeline(only(), resident=True)[-1].words == (
            "The hotline has sent it again; goes back to 天光社区 to be redone"
        )


def test_the_same_file_twice_changes_nothing(town, act, ended):
    bring(town, AGAIN, now=act.now)
    before = events(only())
    batch = bring(town, AGAIN, now=act.now)
    assert (batch.updated, batch.unchanged, batch.remarks) == (0, 1, []) and events(only()) == before
    assert solved(act).state == "resolved", "a redone result is looked at on the spot"
    act("verify", only(), "street_dispatcher")
    before = events(only())
    assert bring(town, AGAIN, now=act.now).remarks == [[2, "closed", False]]
    assert bring(town, row(category="演示litter"), now=act.now).remarks == [[2, "closed", False]]
    assert events(only()) == before and only().state == "closed"


def test_the_preview_counts_what_would_be_opened_again(town, act, ended):
    bring(town, row(number="open"), now=act.now)
    batch = take(town, AGAIN, row(number="open", content="演示:别的话"), row(number="new"), now=act.now)
    assert (batch.expected_again, batch.expected_known, batch.expected_new) == (1, 1, 1)
    assert HotlineOrder.objects.get(number=AGAIN["number"]).issue.state == "closed"


def test_other_words_alone_leave_what_has_ended(town, act, ended):
    batch = bring(town, row(category="演示litter", content="演示:回访满意", tags="已回访"), now=act.now)
    assert batch.remarks == [[2, "closed", False]] and only().state == "closed"


def test_the_later_date_that_was_asked_for_does_not_open_what_has_ended(town, act, ended):
    """As the platform says itself: ask 12345 for a later date, which comes with its next file."""
    longer = row(category="演示litter", deadline="2026-03-25 17:30", content="演示:准予延期")
    batch = bring(town, longer, now=act.now)
    issue = only()
    assert (issue.state, issue.redo_count, issue.outcome) == ("closed", 0, "solved")
    assert (issue.promised_at, "准予延期" in issue.text) == (SECOND, False)
    assert (batch.updated, batch.remarks) == (1, [[2, "extended", False]])
    [reply] = replies(HotlineOrder.objects.all())
    assert (reply.deadline_at, reply.solved, reply.ended_at) == (SECOND, True, issue.resolved_at)
    assert last(issue).data["changed"] == ["deadline"] and not act.heard()
    before = events(issue)
    assert bring(town, longer, now=act.now).remarks == [[2, "closed", False]] and events(issue) == before


def test_nor_what_waits_for_its_rating(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary")
    bring(town, row(category="演示litter", deadline="2026-03-25 17:30"), now=act.now)
    assert (only().state, only().redo_count, only().promised_at) == ("resolved", 0, SECOND)


def test_without_a_time_of_dispatch_the_later_deadline_tells(town, act):
    bring(town, row(category="演示litter", dispatched=None))
    solved(act)
    act.later(days=8)
    bring(town, row(category="演示litter", dispatched=None, deadline="2026-03-25 17:30"), now=act.now)
    assert (only().state, only().redo_count) == ("assigned", 1)


def test_a_result_that_waits_for_its_rating_is_redone_too(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary")
    bring(town, AGAIN, now=act.now)
    assert (only().state, only().redo_count) == ("assigned", 1)


def test_both_rounds_are_kept_and_the_reply_is_of_the_second(town, act, ended):
    first_result = ended.resolved_at
    bring(town, AGAIN, now=act.now)
    [first] = rounds_of(HotlineOrder.objects.get().earlier)
    assert (first.number, first.deadline_at, first.ended_at, first.outcome) == (
        1,
        DEADLINE,
        first_result,
        "solved",
    )
    [reply] = replies(HotlineOrder.objects.all())
    assert reply.ended_at is None and reply.deadline_at == SECOND
    act("sign", only(), "community_secretary")
    act("submit_result", only(), "community_secretary", outcome="explained", text="演示:第二轮")
    [reply] = replies(HotlineOrder.objects.all())
    assert (reply.outcome, reply.answer, reply.solved) == ("explained", "演示:第二轮", None)


def test_after_two_redos_the_level_above_decides(town, act, ended):
    for day in (20, 24):
        bring(town, sent_again(day), now=act.now)
        solved(act)
    batch = bring(town, sent_again(30), now=act.now)
    issue = only()
    assert batch.remarks == [[2, "review", False]]
    assert (issue.state, issue.disputed, issue.owner, issue.redo_count) == ("resolved", True, town.street, 2)
    assert ("street_dispatcher", "hotline_again.review") in act.heard()
    assert act.refused("redo", issue, "street_dispatcher").code == "redo_left"
    lifted = act("lift", issue, "street_leader")
    assert (lifted.state, lifted.owner) == ("handling", town.street)
    assert lifted.due_at == datetime(2026, 3, 30, 17, 30, tzinfo=SHANGHAI)
    assert len(HotlineOrder.objects.get().earlier) == 3


def test_the_reviewer_may_end_it_with_a_reason(town, act, ended):
    for day in (20, 24, 30):
        bring(town, sent_again(day), now=act.now)
        if day < 30:
            solved(act)
    closed = act("close", only(), "street_dispatcher", text="演示:已两次核实")
    assert closed.state == "closed"
    [reply] = replies(HotlineOrder.objects.all())
    assert "已两次核实" in reply.answer


# --- one that was returned ----------------------------------------------------------------------------------
def test_what_the_hotline_does_not_take_back_goes_to_the_level_above(town, act):
    bring(town, row(category="演示litter"))
    act("return_to_hotline", only(), "community_secretary")
    act.heard()
    batch = bring(town, AGAIN, now=act.now)
    issue = only()
    assert batch.remarks == [[2, "returned", False]]
    assert (issue.state, issue.owner, issue.redo_count, issue.promised_at) == (
        "reported",
        town.street,
        0,
        SECOND,
    )
    assert ("street_dispatcher", "hotline_again.returned") in act.heard()
    assert act("return_to_hotline", issue, "street_dispatcher").state == "rejected"
    assert [one.outcome for one in rounds_of(HotlineOrder.objects.get().earlier)] == ["returned"]


def test_one_in_hand_is_only_changed(town, act):
    bring(town, row(category="演示litter"))
    act("sign", only(), "community_secretary")
    batch = bring(town, AGAIN, now=act.now)
    assert (batch.updated, batch.remarks) == (1, []) and last(only()).verb == "hotline_update"
    assert HotlineOrder.objects.get().earlier == []


# --- where it is seen ---------------------------------------------------------------------------------------
def test_both_rounds_stand_on_every_staff_face_and_on_no_other(town, act, ended, monkeypatch):
    bring(town, AGAIN, now=act.now)
    stop_clock(monkeypatch, act.now)
    issue = only()
    secretary = town.people["community_secretary"]
    secretary.is_staff = True
    secretary.save(update_fields=["is_staff"])
    client = signed_in(town, "community_secretary")
    told = "Round 1, until 2026-03-16 17:30: ended 2026-03-10 10:00, Solved"
    for address in (f"/i/{issue.code}/", f"/admin/issues/issue/{issue.pk}/change/"):
        page = client.get(address).content.decode()
        assert told in page and "Now round 2" in page, address
    assert told in client.get(f"/admin/issues/hotlineorder/{issue.pk}/change/").content.decode()
    listed = client.get("/admin/issues/hotlineorder/?again=yes").content.decode()
    assert row()["number"] in listed
    assert row()["number"] not in client.get("/admin/issues/hotlineorder/?again=no").content.decode()
    order = client_of(secretary).get(f"/api/v1/issues/{issue.code}/").json()["hotline"]
    assert (order["number"], order["round"], len(order["earlier"])) == (row()["number"], 2, 1)
    assert order["earlier"][0]["outcome"]["key"] == "solved"
    page = issue_page(issue, town.people["property_officer"], act.now)
    assert not page.inside and page.order is None
