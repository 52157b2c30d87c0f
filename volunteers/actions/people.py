"""The only writers of volunteers: sign-up, one's data, leaving, coming back, erasing, and a look at a number."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions import erase_account, has_stood_somewhere, keep_own_phone, open_own_account
from grids.actions.authority import require
from grids.models import Unit
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.check_ins import end_check_ins
from volunteers.actions.facts import (
    GUARDIAN,
    NO_GUARDIAN,
    Person,
    cleaned,
    columns_of_person,
    guarded,
    is_guardian,
)
from volunteers.actions.homes import held_home, place_of
from volunteers.actions.locks import lock_volunteer
from volunteers.actions.teams import leave_all_teams
from volunteers.actions.transfers import withdraw_waiting
from volunteers.actions.wishers import erase_wishers_of
from volunteers.contacts import OCCASIONS
from volunteers.models import Volunteer
from volunteers.querysets import RUNS, reads_contact
from volunteers.wish_ties import is_account

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def sign_up(home: Unit, person: Person, *, by: "User", now: datetime) -> Volunteer:
    """Somebody with an account volunteers, at home in this community, grid or building.

    Raises Refused: ("home", "closed_place"), what is wrong with the person (volunteers.actions.facts), ("phone") for
    somebody of fourteen or more without one, ("again": this account, or this number under the same alias, is a
    volunteer already), ("service": the account of another system).
    """
    if by.is_service:
        raise Refused(_("This is the account of another system, not of a person."), code="service")
    if Volunteer.objects.filter(user=by).exists():
        raise Refused(_("You are a volunteer already."), code="again")
    return _sign_up(home, person, by=by, user=by, now=now)


@transaction.atomic
def sign_up_with_account(
    home: Unit, person: Person, *, username: str, password: str, now: datetime, language: str = ""
) -> Volunteer:
    """The same by somebody without an account: it is opened too, without any post.

    Raises as `sign_up` does, and Refused ("username", "password", "taken").
    """
    home = held_home(home)
    user = open_own_account(
        username,
        display_name=person.alias.strip() or username,
        password=password,
        phone=person.phone,
        language=language,
        district_id=home.lineage()["district_id"] or 0,
        now=now,
    )
    return sign_up(home, person, by=user, now=now)


@transaction.atomic
def sign_up_for(home: Unit, person: Person, *, by: Any, now: datetime) -> Volunteer:
    """Whoever runs volunteering there writes down somebody who has no phone and has agreed.

    Raises NotAllowed, or Refused as `sign_up` does; a number is not asked for.
    """
    home = held_home(home)
    require(by, RUNS, home, now)
    return _sign_up(home, person, by=by, user=None, now=now)


@transaction.atomic
def change_volunteer(
    volunteer: Volunteer, *, by: Any, now: datetime, home: Unit | None = None, **facts: Any
) -> Volunteer:
    """Other data, by the volunteer or whoever runs volunteering there. `facts`: fields of Person that change; another
    guardian agrees anew (`guardian_consents`). `home`: another one within the same community. The event names them, not
    what they hold.

    Raises NotAllowed, or Refused: ("left"), ("home"), ("transfer": another community), what is wrong with a fact,
    ("guardian": another one who does not agree), ("phone": one's own account needs a number), ("again").
    """
    volunteer = _mine(volunteer, by, now)
    _require_active(volunteer)
    wanted = _moved_within(volunteer, home) if home else {}
    if GUARDIAN & facts.keys():
        wanted |= _guarded_anew(volunteer, facts, now)
    wanted |= cleaned({name: value for name, value in facts.items() if name not in GUARDIAN})
    changed = sorted(name for name, value in wanted.items() if getattr(volunteer, name) != value)
    if not changed:
        return volunteer
    _require_phone(
        volunteer.user, wanted.get("phone", volunteer.phone), _with(volunteer, wanted, "of_age_on")
    )
    _refuse_twice(
        volunteer.district_id,
        _with(volunteer, wanted, "phone_hash"),
        _with(volunteer, wanted, "alias"),
        but=volunteer.pk,
    )
    for name in changed:
        setattr(volunteer, name, wanted[name])
    _save(volunteer, changed)
    if "phone" in changed and volunteer.user and not has_stood_somewhere(volunteer.user):
        keep_own_phone(volunteer.user, phone=volunteer.phone, by=by, now=now)
    told = sorted({name.removesuffix("_id") for name in changed} - {"phone_hash"})
    _record(volunteer, "change", by, now, {"fields": told})
    return volunteer


@transaction.atomic
def leave(volunteer: Volunteer, *, by: Any, now: datetime) -> Volunteer:
    """No longer a volunteer; the record stays. Teams go on without them, a transfer that was asked for is withdrawn.
    `by` None: the platform, since the account was closed.

    Raises NotAllowed, or Refused ("left").
    """
    volunteer = _mine(volunteer, by, now)
    _require_active(volunteer)
    _end_everything(volunteer, by, now)
    volunteer.state, volunteer.left_at = "left", now
    volunteer.save(update_fields=["state", "left_at"])
    _record(volunteer, "leave", by, now)
    return volunteer


@transaction.atomic
def come_back(volunteer: Volunteer, *, by: Any, now: datetime) -> Volunteer:
    """A volunteer again, with the record of before. Raises NotAllowed, or Refused ("active", "erased")."""
    volunteer = _mine(volunteer, by, now)
    if volunteer.state != "left":
        raise Refused(_("Only whoever has left can come back."), code=volunteer.state)
    volunteer.state, volunteer.left_at = "active", None
    volunteer.save(update_fields=["state", "left_at"])
    _record(volunteer, "return", by, now)
    return volunteer


@transaction.atomic
def erase(volunteer: Volunteer, *, by: Any, now: datetime, sure: bool) -> Volunteer:
    """Everything that says who it was is gone, the account too where it was opened for this alone; hours and figures
    stay without a name. It cannot be undone.

    Raises NotAllowed, or Refused ("erased"), ("sure": nobody has said that it is meant).
    """
    volunteer = _mine(volunteer, by, now)
    if volunteer.state == "erased":
        raise Refused(_("This has been erased already."), code="erased")
    if not sure:
        raise Refused(_("Say that it is meant: it cannot be undone."), code="sure")
    _end_everything(volunteer, by, now)
    user, volunteer.user = volunteer.user, None
    blank = dict.fromkeys(("name", "alias", "phone", "phone_hash"), "") | dict(NO_GUARDIAN)
    blank |= {name: [] for name in ("skills", "languages", "availability")}
    for name, value in blank.items():
        setattr(volunteer, name, value)
    volunteer.state, volunteer.left_at = "erased", volunteer.left_at or now
    volunteer.save(update_fields=["user", "state", "left_at", *blank])
    _record(volunteer, "erase", by, now)
    if user is not None:
        erase_wishers_of(user, by=by, now=now)
    if user is not None and not has_stood_somewhere(user):
        erase_account(user, by=by, now=now)
    return volunteer


@transaction.atomic
def reveal_volunteer(volunteer: Volunteer, *, by: "User", now: datetime, occasion: str) -> Volunteer:
    """Name and numbers in the clear, for whoever runs volunteering there; who looked, when and why goes into the trail.

    Raises NotAllowed, or Refused ("occasion"), ("erased").
    """
    volunteer = lock_volunteer(volunteer.pk)
    if not reads_contact(by, volunteer, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    if occasion not in {one.key for one in OCCASIONS}:
        raise Refused(_("Say on what occasion you need it."), code="occasion")
    if volunteer.state == "erased":
        raise Refused(_("This has been erased already."), code="erased")
    _record(volunteer, "reveal", by, now, {"occasion": occasion})
    return volunteer


# --- what they share --------------------------------------------------------------------------------------
def _sign_up(home: Unit, person: Person, *, by: Any, user: "User | None", now: datetime) -> Volunteer:
    home = held_home(home)
    columns = columns_of_person(person, now)
    _require_phone(user, columns["phone"], columns["of_age_on"])
    where = place_of(home)
    _refuse_twice(where["district_id"], columns["phone_hash"], columns["alias"])
    try:
        with transaction.atomic():
            volunteer = Volunteer.objects.create(
                user=user, home=home, consented_at=now, joined_at=now, **columns, **where
            )
    except IntegrityError as error:  # by somebody else, in this very moment
        raise _again() from error
    way = {"way": "self" if user else "staff", "minor": volunteer.of_age_on is not None}
    _record(volunteer, "sign_up", by, now, way)
    return volunteer


def _mine(volunteer: Volunteer, by: Any, now: datetime) -> Volunteer:
    """As it is now, for the volunteer or whoever runs volunteering at the home. Raises NotAllowed."""
    volunteer = lock_volunteer(volunteer.pk)
    if not is_account(volunteer.user_id, by):
        require(by, RUNS, volunteer.home, now)
    return volunteer


def _require_active(volunteer: Volunteer) -> None:
    if volunteer.state != "active":
        raise Refused(_("Whoever has left comes back first."), code="left")


def _require_phone(user: "User | None", phone: str, of_age_on: date | None) -> None:
    """Who signs up alone can be called; of a child the guardian is."""
    if user is not None and not phone and of_age_on is None:
        raise Refused(_("A telephone number, so that you can be reached."), code="phone")


def _refuse_twice(district_id: int | None, phone_hash: str, alias: str, but: int = 0) -> None:
    """One number may stand for a family, but each of them under a name of their own."""
    same = Q(district=district_id, phone_hash=phone_hash, alias=alias)
    kept = Volunteer.objects.filter(same).exclude(state="erased").exclude(pk=but)
    if phone_hash and kept.exists():
        raise _again()


def _again() -> Refused:
    reason = _(
        "With this number somebody volunteers already. If that is another person of your family, choose an alias."
    )
    return Refused(reason, code="again")


def _with(volunteer: Volunteer, wanted: dict[str, Any], name: str) -> Any:
    """What this column will hold."""
    return wanted.get(name, getattr(volunteer, name))


def _moved_within(volunteer: Volunteer, home: Unit) -> dict[str, Any]:
    home = held_home(home)
    if home.lineage()["community_id"] != volunteer.community_id:
        raise Refused(_("Into another community one is transferred: ask there."), code="transfer")
    return {"home_id": home.pk, **place_of(home)}


def _guarded_anew(volunteer: Volunteer, facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A consent that is given again is another one, of now; so it takes one for another day, guardian or number. The
    same without one leave it as it was; what is not said of them is what is kept."""
    day = facts.get("of_age_on", volunteer.of_age_on)
    name = facts.get("guardian_name", volunteer.guardian_name) or ""
    phone = facts.get("guardian_phone", volunteer.guardian_phone) or ""
    consents = bool(facts.get("guardian_consents"))
    if not consents and day == volunteer.of_age_on and is_guardian(volunteer, name, phone):
        return {}
    return guarded(day, name, phone, consents, now)


def _save(volunteer: Volunteer, changed: list[str]) -> None:
    try:
        with transaction.atomic():
            volunteer.save(update_fields=[name.removesuffix("_id") for name in changed])
    except IntegrityError as error:  # by somebody else, in this very moment
        raise _again() from error


def _end_everything(volunteer: Volunteer, by: Any, now: datetime) -> None:
    """What somebody who goes is part of."""
    leave_all_teams(volunteer, by=by, now=now)
    withdraw_waiting(volunteer, by=by, now=now)
    end_check_ins(volunteer, now=now)


def _record(
    volunteer: Volunteer, verb: str, by: Any, now: datetime, data: dict[str, Any] | None = None
) -> None:
    record_event(
        "volunteer",
        volunteer.pk,
        verb,
        by=by,
        now=now,
        unit_id=volunteer.home_id,
        unit_label=volunteer.home.name,
        district_id=volunteer.district_id,
        data=data,
    )
