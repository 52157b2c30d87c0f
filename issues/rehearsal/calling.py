"""Whom one could not have called or given something to, and which whistles would have been reviewed."""

from collections.abc import Iterator
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS
from grids.models import Body, Unit
from issues.models import Callee, Whistle
from issues.rehearsal.past import Change, Past
from issues.whistles import BY_KEY
from trail.models import Event

GIVEN = ("dispatch", "give_proposed")


def callees(past: Past) -> Iterator[Change]:
    """Those called by somebody who could not call them any more. Who was not called has left no trace."""
    called = Callee.objects.filter(issue__in=past.by_id).order_by("pk")
    parties = ("unit", "body", "whistle__caller_unit", "whistle__caller_body__unit")
    for one in called.select_related(*parties):
        caller, kind = level_of(one.whistle.caller), one.whistle.kind
        called_as = one.party.kind
        before, after = (rules.callable_by(caller, kind) for rules in (past.before, past.after))
        if called_as in before and called_as not in after:
            label = format_lazy(_("{}: could not have been called"), BY_KEY[kind].label)
            yield label, past.by_id[one.issue_id], _pair(caller, called_as)


def reviews(past: Past) -> Iterator[Change]:
    """Whistles that would have been looked at by the street first, or would not."""
    blown = Whistle.objects.filter(issue__in=past.by_id).order_by("pk")
    for one in blown.select_related("caller_unit", "caller_body__unit"):
        level = level_of(one.caller)
        before, after = (rules.needs_review(level, one.kind) for rules in (past.before, past.after))
        if before != after:
            label = (
                _("Would have waited for the street's review")
                if after
                else _("Would have been blown at once")
            )
            yield (
                label,
                past.by_id[one.issue_id],
                format_lazy("{} · {}", _name(level), BY_KEY[one.kind].label),
            )


def powers(past: Past) -> Iterator[Change]:
    """What streets gave to bodies posted to them, and how they assessed them, without the power to."""
    lost = past.before.powers - past.after.powers
    posted = {one.pk: one for one in Body.objects.filter(district=past.district, kind="posted")}
    if "command" in lost:
        given = Event.objects.filter(subject_type="issue", subject_id__in=past.by_id, verb__in=GIVEN)
        for pk, data in given.values_list("subject_id", "data"):
            body = posted.get((data.get("to") or {}).get("body"))
            # By rule a category goes where it goes; commanded is what a person gave.
            if body and "rule" not in data:
                yield _("Could not have been given to those posted there"), past.by_id[pk], body.name
    if "rate" in lost:
        rated = Callee.objects.filter(issue__in=past.by_id, body__in=posted).exclude(verdict="")
        for one in rated.order_by("pk"):
            label = _("Those posted there could not have been assessed")
            yield label, past.by_id[one.issue_id], posted[one.body_id].name


def level_of(caller: Unit | Body) -> str:
    """The level that whistles: of a body that of the unit it belongs to."""
    return caller.kind if isinstance(caller, Unit) else caller.unit.kind


def _pair(caller: str, callee: str) -> Any:
    return format_lazy("{} → {}", _name(caller), _name(callee))


def _name(kind: str) -> Any:
    """What a level, or a kind of body, is called."""
    return LEVELS[kind].labels[0] if kind in LEVELS else BODY_KINDS[kind].label
