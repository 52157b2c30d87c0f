"""Duplicates follow a main issue to its end, and each reporter is told what they need to know."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from grids.actions.bodies import change_body
from grids.actions.policies import set_policy
from issues.actions.photos import Photo
from issues.models import Attachment, Deadline, Decision, Issue
from issues.timeline import timeline
from issues.views.follow import SIGNER, follow_link
from tests.builders import Town
from tests.faces import hidden, photo, stop_clock, visitor
from tests.issues.acting import Acting
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import NotAllowed


def test_whoever_follows_a_matter_that_is_not_ours_reads_where_to_turn(town: Town, act: Acting) -> None:
    main, other = town.report("other"), town.report("other")
    other = act("merge", other, "community_worker", main=main)
    act("reject", main, "community_worker", channel="供电服务热线 95598", text="演示:属供电公司")
    other.refresh_from_db()
    assert other.state == "rejected"
    with translation.override("en"):
        line = timeline(other, resident=True)[-1]
    assert line.verb == "reject_with"
    assert [note.text for note in line.notes] == [
        "演示:属供电公司",
        "Please turn to: 供电服务热线 95598",
    ]


FAILED: dict[str, dict[str, Any]] = {"send_back": {}, "verify": {"passed": False}}
LEGAL = {"outcome": "legal", "case_number": "演示调字第7号", "feedback_on": date(2026, 4, 1)}
PLAIN = {"outcome": "solved"}


def merged(act: Acting, who: str = "grid_worker", **given: Any) -> tuple[Issue, Issue]:
    """A main issue in hand, and one that follows it."""
    main = act.handling(**given)
    return main, act("merge", act.town.report(now=act.now), who, main=main)


@pytest.mark.parametrize("result", [PLAIN, LEGAL], ids=["solved", "legal"])
def test_solved_with_the_main_issue_its_reporter_has_the_same(
    act: Acting, settings: Any, tmp_path: Any, monkeypatch: Any, result: dict[str, Any]
) -> None:
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, act.now)
    main, other = merged(act)
    sent = [Photo(one.file, one.size) for one in (photo(), photo())]
    act("submit_result", main, "grid_worker", text="演示:已清运", photos=sent, **result)
    other.refresh_from_db()
    pages = {one: visitor().get(follow_link(one)) for one in (main, other)}
    shown = [[note.text for note in page.context["result"].notes] for page in pages.values()]
    assert shown[0] == shown[1] and "演示:已清运" in shown[1]
    assert any("演示调字第7号" in words and "April 1, 2026" in words for words in shown[1]) == (
        result is LEGAL
    )
    photos = pages[other].context["result"].photos
    assert [one.issue for one in photos] == [other, other]
    picture = visitor().get(reverse("issues:public_photo", args=[SIGNER.sign(other.code), photos[0].pk]))
    assert picture.status_code == 200 and b"".join(picture.streaming_content)[:2] == b"\xff\xd8"
    foreign = reverse("issues:public_photo", args=[SIGNER.sign(main.code), photos[0].pk])
    assert visitor().get(foreign).status_code == 404
    assert main.number not in pages[other].content.decode()


@pytest.mark.parametrize("how", ["send_back", "verify", "redo"])
def test_what_was_solved_with_it_follows_again_where_the_result_does_not_hold(
    town: Town, act: Acting, how: str
) -> None:
    """And is solved with the next one; whoever has said what they think of it goes their own way."""
    main, other = merged(act)
    pleased = act("merge", town.report(now=act.now), "grid_worker", main=main)
    if how == "verify":
        by = town.people["system_admin"]
        set_policy(
            town.district, "categories", {"litter": {"check": "yes"}}, by=by, now=act.now, reason="演示:试行"
        )
    main = act("submit_result", main, "grid_worker")
    pleased.refresh_from_db()
    act("rate", pleased, None, answered=True, solved=True, satisfied=True)
    act.heard()
    if how == "redo":
        main = act("rate", main, None, answered=True, solved=False, satisfied=False)
        main = act("redo", main, "community_worker")
    else:
        main = act(how, main, "street_leader" if how == "send_back" else "community_worker", **FAILED[how])
    other.refresh_from_db()
    pleased.refresh_from_db()
    assert (other.state, other.main, other.outcome, other.due_at) == ("merged", main, "", None)
    assert (main.follower_count, pleased.state) == (1, "closed")
    assert not Deadline.objects.open().filter(issue=other).exists()
    with translation.override("en"):
        assert timeline(other, resident=True)[-1].words.startswith("Looked at again together")
    check_invariants(act.now)
    act("submit_result", act("sign", main, "grid_worker"), "grid_worker")
    other.refresh_from_db()
    assert other.state == "resolved"
    act("rate", other, None, answered=True, solved=True, satisfied=True)
    check_invariants(act.now)


def test_its_reporter_reads_why_the_main_issue_has_to_wait(
    town: Town, act: Acting, settings: Any, monkeypatch: Any
) -> None:
    stop_clock(monkeypatch, act.now)
    main, other = merged(act)
    act("ask_suspension", main, "grid_worker")
    decision = Decision.objects.waiting().get(issue=main)
    act("grant", decision, "community_secretary" if decision.party == town.community else "street_leader")
    page = visitor().get(follow_link(other)).content.decode()
    main.refresh_from_db()
    assert main.state == "suspended" and str(main.get_cause_display()) in page


def test_whoever_has_solved_it_sees_what_lay_elsewhere(town: Town, act: Acting) -> None:
    """The follower is the district's, the main issue a community's."""
    main, other = act.handling("noise", "community_worker"), town.report("permit", place=town.district)
    act("merge", other, "second_dispatcher", main=main)
    worker = town.people["community_worker"]
    assert not Issue.objects.visible_to(worker, act.now).filter(pk=other.pk).exists()
    act("submit_result", main, "community_worker")
    solved = Issue.objects.get(pk=other.pk)
    assert (solved.state, solved.owner) == ("resolved", town.community)
    assert Issue.objects.visible_to(worker, act.now).filter(pk=other.pk).exists()


def test_and_rates_for_themselves(act: Acting, monkeypatch: Any) -> None:
    stop_clock(monkeypatch, act.now)
    main, other = merged(act)
    act("submit_result", main, "grid_worker")
    page = visitor().get(follow_link(other))
    assert "You said that" not in page.content.decode() and page.context["may_rate"]
    answers = {"answered": "yes", "solved": "yes", "satisfied": "yes"}
    sent = visitor().post(follow_link(other) + "rate/", hidden(page.context["form"]) | answers)
    other.refresh_from_db()
    assert (sent.status_code, other.state) == (302, "closed")
    assert Issue.objects.get(pk=main.pk).state == "resolved"
    assert "you are told of the result here" not in visitor().get(follow_link(other)).content.decode()


def test_photos_that_a_head_had_to_see_first_are_theirs_too(
    town: Town, act: Acting, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    change_body(town.department, approves_replies=True, by=None, now=act.now)
    main = act("sign", act("dispatch", town.report("permit"), "district_dispatcher", body=town.department),
               "body_officer")  # fmt: skip
    other = act("merge", town.report("permit"), "district_dispatcher", main=main)
    sent = photo()
    act("submit_result", main, "body_officer", photos=[Photo(sent.file, sent.size)])
    other.refresh_from_db()
    assert other.state == "merged" and not other.attachments.exists()
    act("grant", Decision.objects.get(kind="reply"), "body_head")
    other.refresh_from_db()
    assert other.state == "resolved" and other.attachments.get().internal is False
    told = Event.objects.about("issue", main.pk).get(verb="submit_result")
    assert Attachment.objects.get(issue=main).seq == told.seq
    assert Attachment.objects.values("file").distinct().count() == 1


class TestTheReporterOfWhatFollows:
    """Whoever reported it still has a say: the same matter is theirs too."""

    def test_a_chase_goes_to_whoever_has_the_main_issue(self, town: Town, act: Acting) -> None:
        main, other = merged(act)
        main = act("hand_up", main, "grid_worker")
        act.heard()
        act("chase", other, None, text="演示:三天了")
        told = {name for name, word in act.heard() if word == "chase.person"}
        assert told == {"community_secretary", "community_worker"}
        event = Event.objects.about("issue", main.pk).last()
        assert (event.verb, event.data["issue"]) == ("chase", other.pk)
        with translation.override("en"):
            assert timeline(other)[-1].words == f"{town.community.name} is asked to hurry"
        assert act.refused("chase", other, None).code == "not_chased"
        assert act("chase", main, None).chased_at == act.now, "the other reporter may, too"

    def test_a_withdrawal_takes_only_their_own_away(self, town: Town, act: Acting) -> None:
        main, other = merged(act)
        other = act("withdraw", other, None)
        main.refresh_from_db()
        assert (other.state, other.outcome, other.main) == ("closed", "withdrawn", None)
        assert (main.state, main.follower_count) == ("handling", 0)
        act("submit_result", main, "grid_worker")
        assert Issue.objects.get(pk=other.pk).outcome == "withdrawn"

    def test_one_objection_makes_it_a_matter_of_its_own(self, town: Town, act: Acting) -> None:
        main, other = merged(act)
        act.heard()
        other = act("object_merge", other, None)
        main.refresh_from_db()
        assert (other.state, other.owner, other.main, main.follower_count) == (
            "assigned", town.grid, None, 0,
        )  # fmt: skip
        assert {("grid_worker", "object_merge.to"), ("grid_chief", "object_merge.to")} <= act.heard()
        assert [note.text for note in timeline(other)[-1].notes] == ["演示:我家漏水,不是公共管道"]
        other = act("merge", act("sign", other, "grid_worker"), "grid_worker", main=main)
        assert act.refused("object_merge", other, None).code == "not_objected"

    def test_only_who_reported_it(self, town: Town, act: Acting) -> None:
        _main, other = merged(act)
        for name in ("grid_worker", "community_secretary", "street_leader"):
            assert isinstance(act.refused("object_merge", other, name), NotAllowed)
            assert isinstance(act.refused("withdraw", other, name), NotAllowed)

    def test_the_page_offers_it(self, act: Acting, monkeypatch: Any) -> None:
        stop_clock(monkeypatch, act.now)
        _main, other = merged(act)
        page = visitor().get(follow_link(other))
        offered = {form.verb.key: form for form in page.context["others"]}
        assert set(offered) == {"chase", "withdraw", "object_merge"}
        sent = hidden(offered["object_merge"]) | {"text": "演示:不是一回事"}
        assert visitor().post(follow_link(other) + "object_merge/", sent).status_code == 302
        assert Issue.objects.get(pk=other.pk).state == "assigned"
