"""Transfers between communities: asked by the volunteer, taken in by the new community. What was done so far, and the
teams, stay with the person."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.models import Unit
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.homes import held_home, place_of, successor_of
from volunteers.actions.locks import lock_volunteer
from volunteers.models import Transfer, Volunteer
from volunteers.querysets import RUNS
from volunteers.wish_ties import is_account


@transaction.atomic
def ask_transfer(volunteer: Volunteer, *, home: Unit, by: Any, now: datetime) -> Transfer:
    """The volunteer asks to be at home in another community of the district; for somebody without an account whoever
    runs volunteering at the present home does.

    Raises NotAllowed, or Refused: ("left"), ("home", "closed_place"), ("same": it is the present community), ("district"),
    ("asked": one transfer waits already).
    """
    volunteer = lock_volunteer(volunteer.pk)
    _require_asker(volunteer, by, now)
    if volunteer.state != "active":
        raise Refused(_("Whoever has left comes back first."), code="left")
    home = held_home(home)
    where = place_of(home)
    if where["community_id"] == volunteer.community_id:
        raise Refused(_("This is your community already."), code="same")
    if where["district_id"] != volunteer.district_id:
        reason = _("A transfer stays within the district. In another one, sign up there.")
        raise Refused(reason, code="district")
    if Transfer.objects.waiting().filter(volunteer=volunteer).exists():
        raise Refused(_("You have asked for a transfer already; withdraw that one first."), code="asked")
    transfer = Transfer.objects.create(
        volunteer=volunteer, left=volunteer.home, home=home, asked_at=now, **where
    )
    _record(transfer, "ask_transfer", home, by, now)
    return transfer


@transaction.atomic
def take_in(transfer: Transfer, *, by: Any, now: datetime) -> Transfer:
    """The new community takes the volunteer in. Raises NotAllowed, or Refused ("decided", "closed_place")."""
    transfer = _to_decide(transfer, by, now)
    home, volunteer = held_home(_now_there(transfer.home)), transfer.volunteer
    volunteer.home = home
    for name, pk in place_of(home).items():
        setattr(volunteer, name, pk)
    volunteer.save(update_fields=["home", "district", "street", "community", "grid"])
    return _decided(transfer, "taken", "take_in", by, now)


@transaction.atomic
def refuse_transfer(transfer: Transfer, *, by: Any, now: datetime) -> Transfer:
    """The new community does not; the volunteer stays where they are. Raises NotAllowed, or Refused ("decided")."""
    return _decided(_to_decide(transfer, by, now), "refused", "refuse_transfer", by, now)


@transaction.atomic
def withdraw_transfer(transfer: Transfer, *, by: Any, now: datetime) -> Transfer:
    """The volunteer, or who asked for them, thinks otherwise. Raises NotAllowed, or Refused ("decided")."""
    transfer = _held(transfer)
    _require_asker(transfer.volunteer, by, now)
    _require_waiting(transfer)
    return _decided(transfer, "withdrawn", "withdraw_transfer", by, now)


def withdraw_waiting(volunteer: Volunteer, *, by: Any, now: datetime) -> None:
    """Whoever volunteers no longer moves nowhere; the trail says so. Inside the transaction of a caller who holds the
    volunteer."""
    for transfer in Transfer.objects.waiting().filter(volunteer=volunteer).order_by("pk"):
        _decided(_held(transfer), "withdrawn", "withdraw_transfer", by, now)


# --- what they share --------------------------------------------------------------------------------------
def _held(transfer: Transfer) -> Transfer:
    """As it is now; the volunteer first, as everywhere."""
    volunteer = lock_volunteer(transfer.volunteer_id)
    rows = Transfer.objects.select_for_update(of=("self",), no_key=True).select_related("home", "left")
    found = rows.defer("home__boundary", "left__boundary").get(pk=transfer.pk)
    found.volunteer = volunteer
    return found


def _to_decide(transfer: Transfer, by: Any, now: datetime) -> Transfer:
    transfer = _held(transfer)
    require(by, RUNS, _now_there(transfer.home), now)
    _require_waiting(transfer)
    return transfer


def _require_asker(volunteer: Volunteer, by: Any, now: datetime) -> None:
    """The volunteer; of one who does not sign in those at home."""
    if is_account(volunteer.user_id, by):
        return
    if volunteer.user_id:
        raise NotAllowed(_("The volunteer asks for a transfer."), code="not_yours")
    require(by, RUNS, volunteer.home, now)


def _require_waiting(transfer: Transfer) -> None:
    if transfer.state != "asked":
        raise Refused(_("This has been decided already."), code="decided")


def _now_there(unit: Unit) -> Unit:
    """What the unit has become, where it was merged or closed meanwhile."""
    return successor_of(unit) or unit


def _decided(transfer: Transfer, state: str, verb: str, by: Any, now: datetime) -> Transfer:
    transfer.state, transfer.decided_at, transfer.decided_by = state, now, by
    transfer.save(update_fields=["state", "decided_at", "decided_by"])
    _record(transfer, verb, transfer.home, by, now)
    return transfer


def _record(transfer: Transfer, verb: str, home: Unit, by: Any, now: datetime) -> None:
    """Of the volunteer, at the community that is asked."""
    record_event(
        "volunteer",
        transfer.volunteer_id,
        verb,
        by=by,
        now=now,
        unit_id=home.pk,
        unit_label=home.name,
        district_id=transfer.district_id,
        data={"transfer": transfer.pk, "from": transfer.left_id, "to": transfer.home_id},
    )
