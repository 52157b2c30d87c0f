"""Bodies: departments, offices, centres, posted squads, utilities, property firms, owners' bodies."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.actions.notes import note
from grids.actions.posts import end_posts_at
from grids.body_kinds import BODY_KINDS
from grids.models import Body, Unit
from trail.refusals import Refused

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,39}")


@transaction.atomic
def add_body(
    unit: Unit,
    *,
    kind: str,
    code: str,
    name: str,
    by: Any,
    now: datetime,
    phone: str = "",
    approves_replies: bool = False,
) -> Body:
    """A new body of a district or a street.

    Raises Refused (kind, level, closed, code, name), NotAllowed.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    require(by, "manage_units", unit, now)
    if kind not in BODY_KINDS or unit.kind not in BODY_KINDS[kind].at:
        raise Refused(_("Such a body does not exist at this level."), code="level")
    if unit.closed_at:
        raise Refused(_("%(unit)s is closed.") % {"unit": unit.name}, code="closed")
    if not CODE.fullmatch(code):
        raise Refused(_("A body's code consists of 2 to 40 letters, digits, - and _."), code="code")
    if Body.objects.filter(code=code).exists():
        raise Refused(_("The code %(code)s is taken.") % {"code": code}, code="code")
    _check_name(name)
    body = Body(
        kind=kind,
        code=code,
        name=name.strip(),
        unit=unit,
        phone=phone.strip(),
        approves_replies=approves_replies,
    )
    body.district_id, body.street_id = unit.district_id, unit.street_id
    body.save(force_insert=True)
    note(body, "add", by=by, now=now, code=code, kind=kind, unit=unit.code)
    return body


@transaction.atomic
def change_body(
    body: Body,
    *,
    by: Any,
    now: datetime,
    name: str | None = None,
    phone: str | None = None,
    approves_replies: bool | None = None,
) -> Body:
    """Correct name or public telephone, or say whether its head approves replies; None stays as it is.

    Raises Refused (closed, name), NotAllowed.
    """
    body = _locked(body)
    require(by, "manage_units", body, now)
    if body.closed_at:
        raise Refused(_("%(unit)s is closed.") % {"unit": body.name}, code="closed")
    given = {"name": name, "phone": phone}
    new: dict[str, str | bool] = {field: text.strip() for field, text in given.items() if text is not None}
    if approves_replies is not None:
        new["approves_replies"] = approves_replies
    _check_name(str(new.get("name", body.name)))
    changed = [field for field, value in new.items() if getattr(body, field) != value]
    if changed:
        note(body, "change", by=by, now=now, fields=changed)
        for field in changed:
            setattr(body, field, new[field])
        body.save(update_fields=changed)
    return body


@transaction.atomic
def close_body(body: Body, *, by: Any, now: datetime) -> Body:
    """The body is no more; its posts end, and what it still has is covered from above. Raises NotAllowed."""
    # Not beside those who hold it open (grids.actions.locks).
    body = Body.objects.select_for_update().get(pk=body.pk)
    require(by, "manage_units", body, now)
    if body.closed_at:
        return body
    end_posts_at(body, by=by, now=now)
    body.closed_at = now
    body.save(update_fields=["closed_at"])
    note(body, "close", by=by, now=now, code=body.code)
    return body


def _locked(body: Body) -> Body:
    return Body.objects.select_for_update(no_key=True).get(pk=body.pk)


def _check_name(name: str) -> None:
    if not name.strip():
        raise Refused(_("A body needs a name."), code="name")
