"""The three whistles and who may call whom.

Kinds: quick, tough and emergency are named in S0:47 (宽城); the times are our defaults until a district
sets its own. Who calls whom: grid to community, community to street, street to departments (three levels
S0:27, called from community and grid S4:9); communities also call departments (S3:19, 白城). These are the levels above
the place and the bodies that serve it. An emergency whistle may call anyone direct: any body of the district and any
of its units down to the grids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span, hours, minutes, working_days, working_hours

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class WhistleKind:
    """One kind of whistle and the clocks of those it calls, as shipped: a district's own times come from
    DistrictRules.whistle. `most` is the largest number of callees; `plan` and `report` (首报: the first report of how
    it stands) only where there is one; `remote`: may the caller agree to a report by telephone or online."""

    key: str
    label: StrOrPromise
    explain: StrOrPromise
    badge: str
    acknowledge: Span
    arrive: Span
    done: Span
    most: int
    urgent: bool = False
    plan: Span | None = None
    report: Span | None = None
    remote: bool = False


KINDS = (
    WhistleKind(
        "quick",
        _("Quick whistle"),
        _("One body, clear duty. It acknowledges, comes and finishes within the times below."),
        "info",
        working_hours(2),
        working_days(1),
        working_days(3),
        most=1,
        remote=True,
    ),
    WhistleKind(
        "tough",
        _("Tough whistle"),
        _("Several bodies, no clear owner. A joint meeting, a plan, and a date for each of its stages."),
        "warning",
        working_hours(4),
        working_days(3),
        working_days(15),
        most=12,
        plan=working_days(7),
    ),
    WhistleKind(
        "emergency",
        _("Emergency whistle"),
        _("Danger to life or property. Answered and on the spot within minutes, day and night."),
        "danger",
        minutes(5),
        minutes(30),
        hours(24),
        most=12,
        urgent=True,
        report=hours(2),
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}
# Others can be called in while such a one is open.
CALL_SEVERAL = tuple(kind.key for kind in KINDS if kind.most > 1)

# Shipped. Caller's level → kind of whistle → levels and kinds of bodies that it may call.
_COMMUNITY_FORCES = frozenset({"community", "property", "owners", "posted"})
_STREET_FORCES = frozenset({"street", "office", "centre", "posted", "property", "owners", "utility"})
_DEPARTMENTS = frozenset({"department"})
EVERYBODY = _COMMUNITY_FORCES | _STREET_FORCES | _DEPARTMENTS | {"district"}
# In an emergency; how far such a one reaches: issues.reach.
ANYBODY = EVERYBODY | {"grid"}
CALLABLE = {
    "grid": {"quick": _COMMUNITY_FORCES, "tough": _COMMUNITY_FORCES},
    "community": {"quick": _STREET_FORCES | _DEPARTMENTS, "tough": _STREET_FORCES},
    "street": {"quick": _STREET_FORCES | _DEPARTMENTS | {"district"}, "tough": EVERYBODY - {"community"}},
    "district": {"quick": _STREET_FORCES | _DEPARTMENTS, "tough": EVERYBODY - {"community", "district"}},
}

# 审哨: whistles of these callers and kinds pass the street's review first (白城: tough ones from below).
REVIEWED = frozenset({("grid", "tough"), ("community", "tough")})


def whistle_choices() -> list[tuple[str, StrOrPromise]]:
    return [(kind.key, kind.label) for kind in KINDS]
