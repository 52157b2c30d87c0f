"""Which results are looked at on the spot, and why. Pure: the issue as it is, and the rules."""

from typing import TYPE_CHECKING

from issues import sampling
from issues.kinds import RESULTS
from issues.policies import DistrictRules

if TYPE_CHECKING:
    from issues.models import Issue

SUBMITTED = frozenset(word.key for word in RESULTS)
# An answer, or the number of a case: nothing that stands anywhere.
IN_WORDS = frozenset({"answered", "legal"})


def reason_to_check(issue: "Issue", category: str, rules: DistrictRules) -> str:
    """Why this result is looked at on the spot; "" if it is not (domain.md §2).

    What was or may be dangerous is, whatever came of it; what was disputed or suspended too, unless it was a question
    and has its answer; of the rest what can be seen there. `category` is the key of what it is about.
    """
    if issue.outcome not in SUBMITTED:
        return ""
    in_words = issue.outcome in IN_WORDS
    answered = in_words and issue.kind == "question"
    applies = {
        "danger": issue.is_danger,
        "hazard": issue.kind == "hazard",
        "disputed": issue.redo_count > 0 and not answered,
        "suspended": issue.suspended_at is not None and not answered,
    }
    asked = [reason for reason, holds in applies.items() if holds and reason in rules.checked]
    if asked:
        return asked[0]
    if in_words:
        return ""
    if rules.check_for(category, issue.street_id):
        return "category"
    drawn = sampling.drawn(f"{issue.code}:{issue.redo_count}", rules.sample_percent)
    return "sample" if drawn else ""
