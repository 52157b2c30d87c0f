"""Units as answers show them: which a person sees, and one of them by its code."""

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404

from grids.actions.authority import allows
from grids.api.fields import find_units
from grids.api.versions import Told
from grids.models import Unit
from trail.querysets import version_of

LINEAGE = ("parent", "district", "street", "community", "grid")


UNIT_VERBS = ("change", "rename", "move", "merge", "close")


def shown_units(user: Any, now: datetime) -> QuerySet:
    """Units that this person sees, with everything an answer shows, in one statement."""
    codes = {f"{name}_code": F(f"{name}__code") for name in LINEAGE}
    seen: Any = Unit.objects.visible_to(user, now).labelled().defer("boundary")
    return seen.annotate(**codes, calendar_name=F("calendar__name"), version=version_of("unit"))


def find_by_code(seen: QuerySet, user: Any, now: datetime, code: str) -> Any:
    """The one of these with this code, or the one that a merged unit with it became part of. Raises Http404; no code
    holds what cannot be printed."""
    found = seen.filter(code=code).first() if code.isprintable() else None
    if found is None and code.isprintable() and (moved := find_units([code], user, now)):
        found = seen.filter(code=moved[code].code).first()
    if found is None:
        raise Http404
    return found


def find_unit(user: Any, now: datetime, code: str) -> Any:
    """With everything an answer shows; else Http404."""
    return find_by_code(shown_units(user, now), user, now, code)


def tell_unit(unit: Unit, user: Any, now: datetime) -> Told:
    """What a 412 says of a unit besides."""
    current = Unit.objects.defer("boundary").get(pk=unit.pk)
    if not current.is_open:
        return Told("closed", [])
    verbs = [verb for verb in UNIT_VERBS if verb != "move" or current.parent_id]
    return Told("open", verbs if allows(user, "manage_units", current, now) else [])
