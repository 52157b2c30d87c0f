"""A section of an issue's page: what may be the same matter."""

from typing import Any

from django import template
from django.utils import timezone

from issues.lifecycle import STATE
from issues.likely import likely_of
from issues.models import Issue
from trail.idempotency import new_key

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
