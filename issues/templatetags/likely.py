"""Sections of an issue's page: what may be the same matter, and to take it out again that was merged by mistake."""

from typing import Any

from django import template
from django.utils import timezone

from issues.lifecycle import STATE
from issues.likely import likely_of
from issues.models import Issue
from issues.relieving import kept_or_above
from issues.routing import now_at
from trail.idempotency import new_key
from trail.models import Event

register = template.Library()
# Once it is being handled nobody wonders any more.
SCREENED_IN = ("reported", "assigned")


@register.inclusion_tag("issues/_likely.html")
def perhaps_the_same(page: Any, user: Any, address: str, link: str) -> dict[str, Any]:
    """For whoever may merge this issue now: those that may be the same, with their words and a button each.

    `address`: where the form of the verb is sent; `link`: "admin" or "phone", how an issue is opened there.
    """
    issue = page.issue
    if issue.state not in SCREENED_IN or all(verb.key != "merge" for verb in page.verbs):
        return {"found": []}
    now = timezone.now()
    found = likely_of(issue, now=now, seen=Issue.objects.visible_to(user, now))
    return {
        "found": [(one, STATE[one.issue.state], new_key()) for one in found],
        "issue": issue,
        "address": address,
        "link": link,
    }


@register.inclusion_tag("issues/_merged.html", takes_context=True)
def just_merged(context: Any, page: Any, user: Any, address: str, link: str) -> dict[str, Any]:
    """For whoever merged this issue, while nothing has happened to it since and they may: what it was merged into, who
    would have to sign for it, and one tap to undo it. `address` and `link` as above."""
    issue = page.issue
    if issue.state != "merged" or all(verb.key != "unmerge" for verb in page.verbs):
        return {"main": None}
    last = Event.objects.about("issue", issue.pk).last()
    if last is None or (last.verb, last.actor_id) != ("merge", user.pk):
        return {"main": None}
    now = timezone.now()
    seen = Issue.objects.visible_to(user, now).select_related("category")
    return {
        "to": kept_or_above(issue, now_at(issue.owner), now),
        "link": link,
        "main": seen.filter(pk=issue.main_id).first(),
        "issue": issue,
        "address": address,
        "key": new_key(),
        "csrf_token": context.get("csrf_token"),
    }
