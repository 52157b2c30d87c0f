"""Confirmed hours put right on request: asked by one, decided by another, with both values kept."""

from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from trail.refusals import Refused
from volunteers.actions.days import CONFIRMED, check_room
from volunteers.actions.hours import check_minutes, lock_service, reason_of, step
from volunteers.actions.running import acts_for, placed, require_runs_there
from volunteers.actions.teams import leads
from volunteers.hours import refusal_to_confirm
from volunteers.models import Correction, Service

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def ask_correction(service: Service, *, minutes: int, reason: str, by: "User", now: datetime) -> Correction:
    """Confirmed minutes are wrong: say what is right, 0 for nothing at all. By the person, the leader of the team or
    whoever runs volunteering there; somebody else decides.

    Raises NotAllowed, Refused("state") for what is not confirmed, ("minutes"), ("same"), ("text"), ("asked") already,
    ("overlap") or ("day_full") for more than the day has room for.
    """
    service = lock_service(service)
    team = service.activity.team if service.activity else None
    if not (leads(team, by) or acts_for(service.volunteer, by, now)):
        require_runs_there(by, placed(service), now)
    if service.state != "confirmed":
        raise Refused(_("Only confirmed hours are corrected."), code="state")
    check_minutes([minutes], least=0)
    if minutes == service.minutes:
        raise Refused(_("This is what it says already."), code="same")
    if service.corrections.waiting().exists():
        raise Refused(_("Somebody has asked for a correction already."), code="asked")
    wanted = copy(service)
    wanted.minutes = minutes
    check_room(wanted)
    made = Correction.objects.create(
        service=service,
        was=service.minutes,
        minutes=minutes,
        reason=reason_of(reason),
        asked_by=by,
        asked_at=now,
    )
    step(service, "ask_correction", by, now, {"correction": made.pk, "minutes": minutes})
    return made


@transaction.atomic
def decide_correction(correction: Correction, *, granted: bool, by: "User", now: datetime) -> Correction:
    """Whoever runs volunteering there decides, never on one's own hours nor on one's own request; both values stay.

    Raises NotAllowed, also ("own_hours", "own_proposal"), Refused("decided"); to grant it ("overlap"), ("day_full").
    """
    service = lock_service(correction.service)
    correction = Correction.objects.get(pk=correction.pk)
    require_runs_there(by, placed(service), now)
    if correction.state != "asked":
        raise Refused(_("This has been decided already."), code="decided")
    if no := refusal_to_confirm(by.pk, volunteer=service.volunteer.user_id, proposer=correction.asked_by_id):
        raise no
    correction.state, correction.decided_by, correction.decided_at = "refused", by, now
    if granted:
        correction.state = "granted"
        service.minutes = correction.minutes
        check_room(service, CONFIRMED)
        facts = {"volunteer": service.volunteer_id, "minutes": service.minutes, "was": correction.was}
        step(service, "correct", by, now, facts | {"on": service.on.isoformat()}, ["minutes"])
    else:
        step(service, "refuse_correction", by, now, {"correction": correction.pk})
    correction.save(update_fields=["state", "decided_by", "decided_at"])
    return correction
