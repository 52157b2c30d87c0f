"""The only writers of wall links: read-only addresses of the command centre for a wall that nobody signs in at."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.secrets import keyed_hash
from desk.models import Kiosk
from desk.querysets import CONNECTS
from grids.actions.authority import require
from grids.actions.notes import at
from grids.models import Unit
from issues.figures import LEVELS
from trail.actions import record_event
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

BYTES = 32
LONGEST, LONGEST_NAME = 64, 60
PURPOSE = "kiosk"
MOST_PER_DISTRICT = 50
# To the minute is enough to see which walls still look; whoever is noting it already need not be waited for.
USE_IS_NOTED = timedelta(minutes=1)
NOTE_USE = """
    UPDATE desk_kiosk SET last_used_at = %(now)s WHERE id IN (
        SELECT id FROM desk_kiosk WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at <= %(before)s)
        FOR UPDATE SKIP LOCKED
    )
"""


@transaction.atomic
def make_kiosk(
    name: str, *, unit: Unit, language: str, by: "User | None", now: datetime
) -> tuple[Kiosk, str]:
    """A link for this unit and what lies below it, and its secret, which is shown this once.

    Raises NotAllowed for whoever does not connect systems there, Refused (name, unit, language, too_many).
    """
    require(by, CONNECTS, unit, now)
    _check(name, unit, language)
    open_ones = Kiosk.objects.filter(unit__district=unit.district_id).open()
    if open_ones.count() >= MOST_PER_DISTRICT:
        text = _("At most %(most)d wall links in a district; revoke one first.")
        raise Refused(text % {"most": MOST_PER_DISTRICT}, code="too_many")
    secret = secrets.token_urlsafe(BYTES)
    kiosk = Kiosk.objects.create(
        name=name.strip(),
        unit=unit,
        language=language,
        secret_hash=keyed_hash(secret, purpose=PURPOSE),
        made_by=by,
        made_at=now,
    )
    record_event("kiosk", kiosk.pk, "make", by=by, now=now, seq=1, **at(unit))
    return kiosk, secret


@transaction.atomic
def revoke_kiosk(kiosk: Kiosk, *, by: "User | None", now: datetime) -> Kiosk:
    """It opens nothing any more, from now on and for good. Raises NotAllowed, Refused("ended")."""
    kiosk = Kiosk.objects.select_for_update(of=("self",)).select_related("unit").get(pk=kiosk.pk)
    require(by, CONNECTS, kiosk.unit, now)
    if kiosk.revoked_at:
        raise Refused(_("It is revoked already."), code="ended")
    kiosk.revoked_at = now
    kiosk.save(update_fields=["revoked_at"])
    record_event("kiosk", kiosk.pk, "revoke", by=by, now=now, **at(kiosk.unit))
    return kiosk


def kiosk_of(secret: str, *, now: datetime) -> Kiosk | None:
    """The link that this secret opens, its use noted; None for what is unknown or revoked, or whose unit is closed."""
    if not secret or len(secret) > LONGEST:
        return None
    found = Kiosk.objects.filter(secret_hash=keyed_hash(secret, purpose=PURPOSE), unit__closed_at=None).open()
    kiosk = found.select_related("unit").defer("unit__boundary").first()
    if kiosk and (kiosk.last_used_at is None or now - kiosk.last_used_at >= USE_IS_NOTED):
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, {"id": kiosk.pk, "now": now, "before": now - USE_IS_NOTED})
    return kiosk


def _check(name: str, unit: Unit, language: str) -> None:
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise Refused(
            _("Give it a name of at most %(most)d characters.") % {"most": LONGEST_NAME}, code="name"
        )
    if unit.kind not in LEVELS or not unit.is_open:
        raise Refused(_("Choose an open district, street, community or grid."), code="unit")
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("There is no such language here."), code="language")
