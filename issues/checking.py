"""Which results are looked at on the spot, and why. Pure: the issue as it is, and the rules."""

from typing import TYPE_CHECKING

from issues import sampling
from issues.policies import DistrictRules

if TYPE_CHECKING:
    from issues.models import Issue


def reason_to_check(issue: "Issue", category: str, rules: DistrictRules) -> str:
    """Why this result is looked at on the spot; "" if it is not. What was only explained has no spot.

    `category` is the key of what it is about.
    """
    if issue.outcome != "solved":
        return ""
    applies = {
        "danger": issue.is_danger,
        "hazard": issue.kind == "hazard",
        "disputed": issue.redo_count > 0,
        "suspended": issue.suspended_at is not None,
    }
    asked = [reason for reason, holds in applies.items() if holds and reason in rules.checked]
    if asked:
        return asked[0]
    if rules.check_for(category, issue.street_id):
        return "category"
    drawn = sampling.drawn(f"{issue.code}:{issue.redo_count}", rules.sample_percent)
    return "sample" if drawn else ""
