"""What groups of a district hear of issues: alarms, and what came on the supervision board.

Of a complaint about somebody no group hears: nobody knows who reads there. The words are those that people are told,
with the community as the place: no address, no reporter.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from issues import whistles
from issues.models import Issue
from issues.notices.hearing import Hearing, facts_of, hearings
from notices.batches import hears_many
from notices.group_actions import groups_told, tell_groups
from trail import words
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["issues.groups"] = _("Tell groups of alarms and of what is late")
# Verb → the sort of groups.SORTS, and the word.
TOLD = {
    "alarm": ("alarm", "issues.alarm.units"),
    "whistle": ("alarm", "issues.whistle.callees"),
    "board": ("late", "issues.board.board"),
}


def is_loud(verb: str, data: Mapping[str, Any]) -> bool:
    """Of whistles only the urgent ones."""
    return verb != "whistle" or whistles.BY_KEY[data["kind"]].urgent


@hears_many("issues.groups")
def tell_all(events: Sequence["Event"], now: datetime) -> None:
    """Each group once; what came on the board again is not told again, as for people. One query where no group is."""
    told = groups_told()
    if not told:
        return
    places: Any = Issue.objects.select_related("community", "street", "district")
    issues = places.in_bulk({event.subject_id for event in events})
    wanted = [event for event in events if _concerns(issues[event.subject_id], event.verb, told)]
    for hearing in hearings(wanted, now) if wanted else ():
        if not hearing.boarded or hearing.danger:
            _tell(hearing, issues[hearing.event.subject_id], now)


@handler("issues.groups", *(f"issue.{verb}" for verb in TOLD), worth=is_loud)
def tell(event: "Event", now: datetime) -> None:
    """`tell_all` of one."""
    tell_all([event], now)


def _concerns(issue: Issue, verb: str, told: set[tuple[int, str]]) -> bool:
    return not issue.is_about_somebody and (issue.district_id, TOLD[verb][0]) in told


def _tell(hearing: Hearing, issue: Issue, now: datetime) -> None:
    sort, key = TOLD[hearing.event.verb]
    link = reverse("issues:issue", args=[issue.code])
    tell_groups(hearing.event, issue.district_id, sort, key, _facts(hearing, issue), link, now=now)


def _facts(hearing: Hearing, issue: Issue) -> dict[str, Any]:
    place = issue.community or issue.street or issue.district
    facts = facts_of(hearing) | {"place": place.name if place else None}
    if hearing.callees:
        facts["callee"] = "、".join(one.party.name for one in hearing.callees)[:200]
    return {name: value for name, value in facts.items() if value is not None}
