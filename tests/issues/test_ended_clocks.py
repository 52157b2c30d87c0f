"""Whoever's clock ends by somebody else's step hears of it; whoever has a supervised matter now sees its letter."""

from datetime import datetime

import pytest
from django.db.models import Q
from django.utils.translation import override

from calendars.worktime import SHANGHAI
from desk.querysets import Day
from issues.answering import Answering
from issues.models import Issue
from notices.models import Notice
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting
from tests.issues.calling import callee_of
from trail.models import Event


def words_of(town: Town, who: str) -> str:
    """What this person was told last, in English."""
    with override("en"):
        return Notice.objects.filter(recipient=town.people[who]).latest("pk").words


def test_who_has_met_need_not_report_in(town: Town, act: Acting) -> None:
    issue = act.handling("road", "street_dispatcher")
    bodies = [town.posted, town.office, town.property]
    issue = act("whistle", issue, "street_dispatcher", kind="tough", bodies=bodies)
    act("acknowledge", callee_of(issue, town.posted), "posted_officer")
    act("report_in", callee_of(issue, town.property), "property_officer")
    act.heard()
    act("meet", callee_of(issue, town.posted), "posted_officer")
    told = act.heard()
    assert ("office_officer", "meet.met") in told
    assert not {("property_officer", "meet.met"), ("posted_officer", "meet.met")} & told
    assert "平安办 need not report in" in words_of(town, "office_officer")


def test_a_complaint_frees_those_who_were_called_without_saying_why(town: Town, act: Acting) -> None:
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    act("split", issue, "community_secretary", units=[town.grid])
    act.heard()
    act("mark_complaint", issue, "street_dispatcher", unit=town.community)
    told = act.heard()
    assert ("office_officer", "mark_complaint.callees") in told
    assert not any(who in {"community_worker", "community_secretary"} for who, _word in told)
    assert "need not come any more" in words_of(town, "office_officer")


@pytest.mark.parametrize(("verb", "more"), [("sign", {}), ("contact", {"way": "phone"})])
def test_in_danger_whoever_had_it_hears_who_was_first(town, act, verb, more):
    issue = town.report("fire")
    act.heard()
    act(verb, issue, "street_leader", **more)
    assert ("grid_worker", f"{verb}.left_by") in act.heard()
    assert words_of(town, "grid_worker").startswith("新发街道 was the first to sign for it")


def test_signing_for_ones_own_disturbs_nobody(town: Town, act: Acting) -> None:
    issue = town.report("litter")
    act.heard()
    act("sign", issue, "grid_worker")
    assert not act.heard()


def to_check(town: Town, act: Acting) -> Issue:
    """A result that the community is still to look at on the spot."""
    issue = act("submit_result", act.handling("fire", "grid_worker"), "grid_worker")
    assert issue.check_unit == town.community
    act.heard()
    return issue


def test_whoever_was_to_check_a_result_that_was_sent_back_hears(town: Town, act: Acting) -> None:
    act("send_back", to_check(town, act), "street_leader")
    assert ("community_worker", "send_back.freed") in act.heard()


def test_who_reviews_it_instead_is_told_that_alone(town: Town, act: Acting) -> None:
    act("rate", to_check(town, act), None, answered=True, solved=False, satisfied=False)
    told = {word for who, word in act.heard() if who == "community_worker"}
    assert told == {"rate.owner"}


def test_a_reporter_called_back_takes_the_check_away_as_well(town: Town, act: Acting) -> None:
    """The level above the checker reviews; whoever was to go and look hears that there is nothing to look at."""
    issue = act("submit_result", act.handling("fire", "grid_worker", contact=CONTACT), "grid_worker")
    Issue.objects.filter(pk=issue.pk).update(check_unit=town.street)
    act.heard()
    heard = {"reached": True, "answered": True, "solved": False, "satisfied": False}
    issue = act("call_back", issue, "community_secretary", **heard)
    assert (issue.owner, issue.check_unit) == (town.community, None)
    assert ("street_dispatcher", "call_back.freed") in act.heard()


# --- a supervision letter goes with the matter --------------------------------------------------------------
@pytest.fixture
def supervised(town: Town, act: Acting) -> Issue:
    """In hand at the grid, with a letter to it."""
    issue = act("supervise", act.handling("litter", "grid_worker"), "supervisor")
    act.heard()
    return Issue.objects.get(pk=issue.pk)


def asked(town: Town, act: Acting, who: str) -> list[int]:
    return [one.about for one in Day(town.people[who], act.now).asked() if one.what == "supervision"]


def test_whoever_has_it_now_is_told_and_asked(town: Town, act: Acting, supervised: Issue) -> None:
    assert asked(town, act, "grid_worker") == [supervised.pk] and not asked(town, act, "community_worker")
    letter = supervised.decisions.get()
    act("hand_up", supervised, "grid_worker")
    assert ("community_worker", "hand_up.to_letter") in act.heard()
    said = words_of(town, "community_worker")
    assert f"Supervision letter {letter.number} asks for an answer by 3-20 17:30" in said
    assert asked(town, act, "community_worker") == asked(town, act, "grid_worker") == [supervised.pk]
    found = Issue.objects.asking(Answering(town.people["community_worker"], act.now))
    assert list(found.values_list("pk", flat=True)) == [supervised.pk]
    act("answer_letter", letter, "community_worker")
    assert not asked(town, act, "community_worker") and not asked(town, act, "grid_worker")


def test_whoever_has_it_now_is_reminded_of_the_letter(town: Town, act: Acting, supervised: Issue) -> None:
    act("hand_up", supervised, "grid_worker")
    act.heard()
    # Nine working days of the ten are over; the letter's day is the 20th.
    act.now = datetime(2026, 3, 20, 15, 0, tzinfo=SHANGHAI)
    while act.sweep():
        pass
    reminded = Event.objects.about("issue", supervised.pk).get(verb="remind", data__clock="letter")
    assert reminded.data["asked"] == {"unit": town.community.pk}
    assert reminded.data["above"] == town.street.pk


def test_it_stands_there_once_for_whoever_is_both(town: Town, act: Acting, supervised: Issue) -> None:
    assert asked(town, act, "grid_worker") == [supervised.pk]


def test_without_a_letter_the_words_are_the_usual_ones(town: Town, act: Acting) -> None:
    issue = act.handling("litter", "grid_worker")
    act.heard()
    act("hand_up", issue, "grid_worker")
    assert ("community_worker", "hand_up.to") in act.heard()


def test_a_letter_that_goes_back_to_whom_it_was_written_is_not_said_again(town, act, supervised):
    act("hand_up", supervised, "grid_worker")
    act.heard()
    act("dispatch", supervised, "community_secretary", unit=town.grid)
    assert ("grid_worker", "dispatch.to") in act.heard()


def test_what_climbed_within_it_is_not_the_matter(town: Town, act: Acting, supervised: Issue) -> None:
    issue = act("whistle", supervised, "grid_worker", kind="quick", bodies=[town.property])
    due = callee_of(issue, town.property).due_at
    told = set()
    while not any(word == "climb.owner" for _who, word in told):
        act.now = max(act.now, due)
        act.later(minutes=30)
        act.sweep()
        told |= act.heard()
    assert not Notice.objects.filter(Q(key__endswith="_letter"))
