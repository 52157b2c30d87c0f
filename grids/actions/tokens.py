"""Tokens behind the QR codes on buildings' doors."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.models import BuildingToken, Unit
from trail.actions import NewEvent, next_seq, record_events
from trail.refusals import Refused


@transaction.atomic
def issue_token(unit: Unit, *, by: Any, now: datetime) -> BuildingToken:
    """A new token for a building; older ones keep working until revoked. Raises Refused, NotAllowed."""
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    require(by, "manage_units", unit, now)
    if unit.kind != "building" or unit.closed_at:
        raise Refused(_("Only a building that still stands has a QR code."), code="building")
    token = BuildingToken.objects.create(unit=unit)
    _record([token], [unit], "issue", by, now, [1])
    return token


@transaction.atomic
def issue_tokens(units: Iterable[Unit], *, by: Any, now: datetime) -> list[BuildingToken]:
    """A first token for each of many buildings at once; buildings that have a live one are passed over."""
    have = BuildingToken.objects.live().values("unit")
    wanted = Unit.objects.open().filter(kind="building", pk__in=[unit.pk for unit in units])
    buildings = list(wanted.exclude(pk__in=have).select_for_update(no_key=True).order_by("pk"))
    for district in {unit.district_id: unit for unit in buildings}.values():
        require(by, "manage_units", district.district, now)
    tokens = BuildingToken.objects.bulk_create([BuildingToken(unit=unit) for unit in buildings])
    _record(tokens, buildings, "issue", by, now, [1] * len(tokens))
    return tokens


@transaction.atomic
def revoke_token(token: BuildingToken, *, by: Any, now: datetime) -> BuildingToken:
    """The QR code stops working. Raises NotAllowed."""
    token = BuildingToken.objects.select_for_update(of=("self",)).select_related("unit").get(pk=token.pk)
    require(by, "manage_units", token.unit, now)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        _record([token], [token.unit], "revoke", by, now, [next_seq("token", token.pk)])
    return token


def _record(
    tokens: list[BuildingToken], units: list[Unit], verb: str, by: Any, now: datetime, seqs: list[int]
) -> None:
    """Ids only: the token itself opens a door."""
    record_events(
        [
            NewEvent(
                "token",
                token.pk,
                verb,
                seq,
                by=by,
                unit_id=unit.pk,
                unit_label=unit.name,
                district_id=unit.district_id,
            )
            for token, unit, seq in zip(tokens, units, seqs, strict=True)
        ],
        now=now,
    )
