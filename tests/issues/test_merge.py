"""Duplicates follow a main issue to its end, and each reporter is told what they need to know."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from grids.actions.bodies import change_body
from issues.actions.photos import Photo
from issues.models import Attachment, Decision, Issue
from issues.timeline import timeline
from issues.views.follow import SIGNER, follow_link
from tests.builders import Town
from tests.faces import hidden, photo, stop_clock, visitor
from tests.issues.acting import Acting
from trail.models import Event


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
