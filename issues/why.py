"""Why did this go there? A sentence from the events alone, naming the rule and the version that decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Body, Policy, Unit
from issues.ladder import climbed
from issues.models import Category, Issue
from trail.models import Event

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Reason of a route (issues.routing) → what it says; names are put in here.
REASONS: dict[str, "StrOrPromise"] = {
    "danger": gettext_lazy("It is a danger: %(to)s has it at once, grid, community and street were called."),
    "category": gettext_lazy(
        "The category %(category)s is handled at this level: for %(place)s that is %(to)s."
    ),
    "policy": gettext_lazy("%(rule)s sends the category %(category)s to %(to)s."),
    "duty_list": gettext_lazy(
        "The category %(category)s is outside the duty list of grid workers (%(rule)s), so %(to)s has it."
    ),
    "community_screens": gettext_lazy(
        "No rule names who handles the category %(category)s: %(to)s screens it."
    ),
    "complaint": gettext_lazy("A complaint about a unit or body goes one level up from it: to %(to)s."),
    "complaint_unnamed": gettext_lazy(
        "A complaint that does not say about whom is kept from the whole street until %(to)s has named them."
    ),
    "body_gone": gettext_lazy(
        "%(rule)s names a body for the category %(category)s that is closed by now: %(to)s screens it."
    ),
}
# Events that move an issue on without a rule.
MOVES = (
    *("dispatch", "give_proposed", "hand_up", "climb", "return", "lift", "recall", "rule"),
    *("mark_complaint", "take_back"),
)
# A danger that is dropped does, where its grid is out of it.
MAY_MOVE = ("all_clear", "grant")


@dataclass(frozen=True)
class Why:
    """`reason` is a stable key; `policy` the version that decided, None where no district's rule did.
    `moved`: others have moved it on since."""

    reason: str
    sentence: str
    policy: int | None
    moved: bool


def why(issue: Issue) -> Why | None:
    """Why the rules gave it to whom they did; None where no rule ever did (imported before there were any).

    At most four queries: events, the version, the names of party and category.
    """
    looked_at = ("report", "screen", *MOVES, *MAY_MOVE)
    events = list(Event.objects.about("issue", issue.pk).filter(verb__in=looked_at).order_by("seq"))
    ruled = next((event for event in reversed(events) if event.data.get("rule") in REASONS), None)
    if ruled is None:
        return None
    reason, policy = ruled.data["rule"], ruled.data.get("policy")
    words = {
        "category": _category(issue, ruled.data.get("category", "")),
        "place": issue.place_label,
        "to": _name(ruled.data.get("to") or ruled.data.get("owner") or {}),
        "rule": rule_words(policy) if policy else "—",
    }
    return Why(reason, str(REASONS[reason]) % words, policy, _moved_since(events, ruled))


def rule_words(policy: int) -> str:
    """A version in words: whose, which, and since when."""
    row = Policy.objects.select_related("unit").filter(pk=policy).first()
    if row is None:
        return "—"
    day = date_format(timezone.localtime(row.effective_from), "DATE_FORMAT")
    return _("The rule “%(rule)s” of %(unit)s (since %(day)s, version %(number)d)") % {
        "rule": row.label,
        "unit": row.unit.name,
        "day": day,
        "number": row.pk,
    }


def _moved_since(events: Iterable[Event], ruled: Event) -> bool:
    since = (event for event in events if event.seq > ruled.seq and event.verb in (*MOVES, *MAY_MOVE))
    return any(_moved(event) for event in since)


def _moved(event: Event) -> bool:
    if event.verb in MAY_MOVE:
        return "relieved" in event.data
    return event.verb != "climb" or not climbed(event.data)


def _category(issue: Issue, key: str) -> str:
    """As it was called when the rule decided: it may have been corrected since."""
    if not key or key == issue.category.key:
        return issue.category.label
    found = Category.objects.filter(key=key).first()
    return found.label if found else key


def _name(party: Mapping[str, Any]) -> str:
    model: Any = Body if "body" in party else Unit
    found = model.objects.filter(pk=party.get("body") or party.get("unit")).values_list("name", flat=True)
    return found.first() or "—"
