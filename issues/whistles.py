"""The three whistles and who may call whom.

Kinds: quick, tough and emergency are named in S0:27 (宽城); the times are our defaults until a district
sets its own. Who calls whom: grid to community, community to street, street to departments (S0:27);
communities also call departments (S3:31, 白城); an emergency whistle may call anyone direct.
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
    """One kind of whistle and the clocks of those it calls; `most` is the largest number of callees."""

    key: str
    label: StrOrPromise
    explain: StrOrPromise
    badge: str
    acknowledge: Span
    arrive: Span
    done: Span
    most: int
    urgent: bool = False


KINDS = (
    WhistleKind(
        "quick",
        _("Quick whistle"),
        _("One body, clear duty. It acknowledges within 2 working hours and comes by the next working day."),
        "info",
        working_hours(2),
        working_days(1),
        working_days(3),
        most=1,
    ),
    WhistleKind(
        "tough",
        _("Tough whistle"),
        _("Several bodies, no clear owner. Joint meeting within 3 working days, each stage within 15."),
        "warning",
        working_hours(4),
        working_days(3),
        working_days(15),
        most=12,
    ),
    WhistleKind(
        "emergency",
        _("Emergency whistle"),
        _("Danger to life or property. Answer within 5 minutes, on the spot within 30, day and night."),
        "danger",
        minutes(5),
        minutes(30),
        hours(24),
        most=12,
        urgent=True,
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}

# caller's level → kind of whistle → levels and kinds of bodies that it may call.
_COMMUNITY_FORCES = frozenset({"community", "property", "owners", "posted"})
_STREET_FORCES = frozenset({"street", "office", "centre", "posted", "property", "owners", "utility"})
_DEPARTMENTS = frozenset({"department"})
_EVERYBODY = _COMMUNITY_FORCES | _STREET_FORCES | _DEPARTMENTS | {"district"}
CALLABLE = {
    "grid": {"quick": _COMMUNITY_FORCES, "tough": _COMMUNITY_FORCES},
    "community": {"quick": _STREET_FORCES | _DEPARTMENTS, "tough": _STREET_FORCES},
    "street": {"quick": _STREET_FORCES | _DEPARTMENTS | {"district"}, "tough": _EVERYBODY - {"community"}},
    "district": {"quick": _STREET_FORCES | _DEPARTMENTS, "tough": _EVERYBODY - {"community", "district"}},
}


def callable_by(caller_level: str, kind: str) -> frozenset[str]:
    """Levels of units and kinds of bodies that a caller at this level may whistle for with this kind."""
    if kind not in BY_KEY or caller_level not in CALLABLE:
        return frozenset()
    return _EVERYBODY if BY_KEY[kind].urgent else CALLABLE[caller_level][kind]


def clock_span(kind: str, clock: str) -> Span:
    """How long a callee of this kind of whistle has for `acknowledge`, `arrive` or `done`."""
    return getattr(BY_KEY[kind], clock)


def whistle_choices() -> list[tuple[str, StrOrPromise]]:
    return [(kind.key, kind.label) for kind in KINDS]
