"""Micro-wishes: made, reviewed, claimed by one, fulfilled, confirmed by somebody else, thanked."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from grids.actions.locks import hold_open
from grids.models import Body, Unit
from trail.refusals import NotAllowed, Refused
from volunteers.actions.wish_step import begin, end_claim, finish, record
from volunteers.models import CheckIn, Claim, Organisation, Volunteer, Wish, Wisher
from volunteers.querysets import runs_at
from volunteers.wish_ties import Claimer
from volunteers.wishes import (
    ENDS_CLAIM,
    LEAST_DAYS,
    LONGEST_ALIAS,
    MOST_DAYS,
    REOPEN_FROM,
    REOPEN_TO,
    holds_number,
    problems_of,
)

SECRET_BYTES = 24
LONGEST_SECRET = 64
PURPOSE = "wish"
BATCH = 200
# Whoever has this at the place or above it, or runs volunteering there, writes a wish down for somebody.
WRITES_FOR = "handle"
WISHED_AT = frozenset({"community", "grid", "building"})


@transaction.atomic
def make_wish(
    *,
    unit: Unit,
    alias: str,
    text: str,
    consent: bool,
    by: User | None,
    now: datetime,
    on_behalf: bool = False,
    name: str = "",
    phone: str = "",
) -> tuple[Wish, str]:
    """A wish that the community is to review, and the secret of the wisher's own link, which is shown this once.

    `by`: whose wish it is, or nobody who signed in; with `on_behalf` whoever on duty at the place wrote it down.
    `name` and `phone` are for the community alone, encrypted, and may be left out. Of a building the grid is kept.
    Raises NotAllowed("not_yours"), Refused("consent", "alias", "text", "number", "phone", "place", "closed_place"), and
    ("service") for another system's account that wishes for itself.
    """
    unit = _place(unit)
    alias, text, name = alias.strip(), text.strip(), name.strip()[: 2 * LONGEST_ALIAS]
    for code, reason in problems_of(alias, text, name, consent=consent):
        raise Refused(reason, code=code)
    if on_behalf and not runs_at(by, unit, now, WRITES_FOR):
        raise NotAllowed(_("Wishes of others are written down by those on duty there."), code="not_yours")
    if by is not None and by.is_service and not on_behalf:
        raise Refused(_("This is the account of another system, not of a person."), code="service")
    phone = clean_phone(phone)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    wish = Wish.objects.create(
        alias=alias,
        text=text,
        unit=unit,
        district_id=unit.district_id,
        street_id=unit.street_id,
        community_id=unit.community_id,
        grid_id=unit.grid_id,
        wisher=None if on_behalf else by,
        made_by=by,
        on_behalf=on_behalf,
        secret_hash=keyed_hash(secret, purpose=PURPOSE),
        consented_at=now,
        made_at=now,
    )
    if name or phone:
        Wisher.objects.create(wish=wish, name=name, phone=phone)
    record(wish, "make", by, now, {"on_behalf": on_behalf})
    return wish, secret


@transaction.atomic
def accept_wish(
    wish: Wish, *, by: User, now: datetime, days: int | None = None, version: int | None = None
) -> Wish:
    """Everybody may read and claim it from now on; `days` for whoever does, where the usual number does not fit.

    Raises NotAllowed, Refused("wrong_state"), ("days"), Stale.
    """
    step = begin(wish, "accept", by=by, now=now, version=version)
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise Refused(_("Give from 1 to 90 days."), code="days")
    step.change(reviewed_at=now, days=days or step.wish.days)
    return finish(step, data={"days": step.wish.days})


@transaction.atomic
def refuse_wish(wish: Wish, *, text: str, by: User, now: datetime, version: int | None = None) -> Wish:
    """Not this one; the reason is for the wisher. Raises NotAllowed, Refused("wrong_state"), ("text"), Stale."""
    step = begin(wish, "refuse", by=by, now=now, version=version)
    step.change(reviewed_at=now)
    return finish(step, text=text)


@transaction.atomic
def claim_wish(wish: Wish, *, claimer: Claimer, by: User, now: datetime, version: int | None = None) -> Wish:
    """One volunteer, member or organisation promises to fulfil it in time; of several at the same moment one wins.

    `by` is the volunteer or member, speaks for the body or organisation, or keeps what those without an account do. Raises
    NotAllowed("not_yours", "own_wish"), Refused("taken") where somebody else was first, ("wrong_state"),
    ("claimer") for somebody who has left, is closed, has not checked in or is of another district, Stale.
    """
    step = begin(wish, "claim", by=by, now=now, version=version, helping=claimer)
    _check_claimer(claimer, step.wish)
    step.change(due_at=now + timedelta(days=step.wish.days), fulfilled_at=None, said_by=None)
    who: dict[str, Any] = {str(claimer._meta.model_name): claimer}
    Claim.objects.create(wish=step.wish, made_by=by, claimed_at=now, **who)
    ids = {name: one.pk for name, one in who.items()}
    return finish(step, data=ids | {"days": step.wish.days})


@transaction.atomic
def give_back_wish(wish: Wish, *, text: str, by: User, now: datetime, version: int | None = None) -> Wish:
    """Whoever claimed it cannot, or the community takes it back; others may claim it again.

    Raises NotAllowed, Refused("wrong_state"), ("text"), Stale.
    """
    return finish(begin(wish, "give_back", by=by, now=now, version=version), text=text)


@transaction.atomic
def fulfil_wish(wish: Wish, *, by: User, now: datetime, text: str = "", version: int | None = None) -> Wish:
    """Whoever claimed it says that it is fulfilled; somebody else confirms it. Late is better than never.

    Raises NotAllowed, Refused("wrong_state"), ("text"), Stale.
    """
    step = begin(wish, "fulfil", by=by, now=now, version=version)
    step.change(fulfilled_at=now, said_by=by)
    return finish(step, text=text)


@transaction.atomic
def send_back_wish(
    wish: Wish,
    *,
    text: str,
    by: User | None,
    now: datetime,
    version: int | None = None,
    holds_link: bool = False,
) -> Wish:
    """It is not fulfilled: whoever claimed it has the same number of days once more.

    Raises NotAllowed("not_yours", "own_claim"), Refused("wrong_state"), ("text"), Stale.
    """
    step = begin(wish, "send_back", by=by, now=now, version=version, holds_link=holds_link)
    step.change(due_at=now + timedelta(days=step.wish.days), fulfilled_at=None, said_by=None)
    return finish(step, text=text)


@transaction.atomic
def confirm_wish(
    wish: Wish, *, by: User | None, now: datetime, version: int | None = None, holds_link: bool = False
) -> Wish:
    """The wisher or the community confirms that it is fulfilled; never whoever claimed it or said so.

    The event tells others the volunteer (none where an organisation did it) and the place. Raises
    NotAllowed("not_yours", "own_claim"), Refused("wrong_state"), Stale.
    """
    step = begin(wish, "confirm", by=by, now=now, version=version, holds_link=holds_link)
    assert step.claim is not None, "what is fulfilled was claimed"
    data = {"volunteer": step.claim.volunteer_id, "unit": step.wish.grid_id or step.wish.community_id}
    return finish(step, data=data)


@transaction.atomic
def thank_wish(
    wish: Wish,
    *,
    text: str,
    by: User | None,
    now: datetime,
    version: int | None = None,
    holds_link: bool = False,
) -> Wish:
    """Thanks to whoever fulfilled it, once; everybody may read them. Raises NotAllowed, Refused("wrong_state"),
    ("thanked"), ("text"), ("number"), Stale."""
    step = begin(wish, "thank", by=by, now=now, version=version, holds_link=holds_link)
    if holds_number(text):
        raise Refused(_("Leave telephone and other numbers out: everybody reads this."), code="number")
    step.change(thanked_at=now)
    return finish(step, text=text)


@transaction.atomic
def withdraw_wish(
    wish: Wish, *, by: User | None, now: datetime, version: int | None = None, holds_link: bool = False
) -> Wish:
    """The wisher does not want it any more. Raises NotAllowed, Refused("wrong_state"), Stale."""
    return finish(begin(wish, "withdraw", by=by, now=now, version=version, holds_link=holds_link))


@transaction.atomic
def cancel_wish(wish: Wish, *, text: str, by: User, now: datetime, version: int | None = None) -> Wish:
    """The community calls it off, whoever has it. Raises NotAllowed, Refused("wrong_state"), ("text"), Stale."""
    return finish(begin(wish, "cancel", by=by, now=now, version=version), text=text)


# Verb → its action, for forms, the API and tests: each takes (wish, *, by, now, version=None, …).
PERFORM: dict[str, Any] = {
    "accept": accept_wish,
    "refuse": refuse_wish,
    "claim": claim_wish,
    "give_back": give_back_wish,
    "fulfil": fulfil_wish,
    "send_back": send_back_wish,
    "confirm": confirm_wish,
    "thank": thank_wish,
    "withdraw": withdraw_wish,
    "cancel": cancel_wish,
}


@transaction.atomic
def reopen_overdue(*, now: datetime, limit: int = BATCH) -> int:
    """Claims that ran out are over, and others may claim these wishes; at most `limit`, returns how many.

    Any number may run at once: what somebody else holds at this moment is left to them. A wish that nobody has (by a
    fault) is passed over, so that it holds up no other; the community calls it off.
    """
    running = Claim.objects.current()
    due = Wish.objects.overdue(now).filter(Exists(running.filter(wish=OuterRef("pk"))))
    locked = due.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return _open_again(list(locked[:limit]), running, "reopen", now)


@transaction.atomic
def drop_claims(volunteer: Volunteer, *, now: datetime) -> int:
    """What somebody who has left had claimed is open again; how many. What they said to be fulfilled waits for its
    confirmation; whoever came back meanwhile keeps all. Running late or twice ends in the same place."""
    theirs = Claim.objects.current().filter(volunteer=volunteer)
    wishes = Wish.objects.filter(state=REOPEN_FROM, pk__in=theirs.order_by().values("wish")).order_by("pk")
    locked = list(wishes.select_for_update(of=("self",), no_key=True))
    if Volunteer.objects.active().filter(pk=volunteer.pk).exists():
        return 0
    return _open_again(locked, theirs, "give_back", now)


@transaction.atomic
def drop_claims_of_member(account: User, *, now: datetime) -> int:
    """The same of a member, in the districts where they are checked in to no community any more."""
    theirs = Claim.objects.current().filter(user=account)
    wishes = Wish.objects.filter(state=REOPEN_FROM, pk__in=theirs.order_by().values("wish")).order_by("pk")
    locked = list(wishes.select_for_update(of=("self",), no_key=True))
    there = CheckIn.objects.current().of_person(None, account.pk).order_by()
    still = set(there.values_list("district", flat=True))
    return _open_again([one for one in locked if one.district_id not in still], theirs, "give_back", now)


def _open_again(wishes: list[Wish], claims: QuerySet, verb: str, now: datetime) -> int:
    """Those of these locked wishes that one of the claims is of, without a person who does it; how many. Claims are read
    under the lock of their wish: until then they may have ended, and somebody else may have the wish."""
    found = {claim.wish_id: claim for claim in claims.filter(wish__in=wishes)}
    for wish in (one for one in wishes if one.pk in found):
        wish.state, wish.due_at, wish.version = REOPEN_TO, None, wish.version + 1
        wish.save(update_fields=["state", "due_at", "version"])
        end_claim(found[wish.pk], ENDS_CLAIM[verb], now)
        record(wish, verb, None, now, {"claim": found[wish.pk].pk})
    return len(found)


def wish_of(secret: str) -> Wish | None:
    """The wish whose own link this is; None for what is unknown."""
    if not secret or len(secret) > LONGEST_SECRET:
        return None
    return Wish.objects.filter(secret_hash=keyed_hash(secret, purpose=PURPOSE)).first()


def _place(unit: Unit) -> Unit:
    """The community or grid that is kept; it does not close meanwhile."""
    if unit.kind not in WISHED_AT:
        raise Refused(_("Choose the community or grid where the wisher lives."), code="place")
    hold_open(unit, code="closed_place")
    if unit.kind != "building":
        return unit
    return Unit.objects.get(pk=unit.grid_id or unit.community_id)


def _check_claimer(claimer: Claimer, wish: Wish) -> None:
    """Whoever claims is there, and of the wish's district; a member or an organisation has checked in to one of its
    communities."""
    if not _is_there(claimer, wish.district_id):
        raise Refused(
            _(
                "Volunteers, members and organisations of this district claim wishes; the latter two check in first."
            ),
            code="claimer",
        )


def _is_there(claimer: Claimer, district_id: int | None) -> bool:
    """People are held: whoever leaves or checks out at this moment waits, and their claim is found; or has left already."""
    here = CheckIn.objects.current().filter(district=district_id)
    if isinstance(claimer, User):
        mine = here.of_person(None, claimer.pk).order_by("pk")
        return claimer.is_active and bool(mine.select_for_update(of=("self",), no_key=True))
    if isinstance(claimer, Volunteer):
        held = Volunteer.objects.active().select_for_update(no_key=True)
        return held.filter(pk=claimer.pk, district=district_id).first() is not None
    if isinstance(claimer, Body):
        return Body.objects.filter(pk=claimer.pk, closed_at=None, district=district_id).exists()
    reported = here.organisations().filter(organisation=claimer.pk)
    return reported.exists() and Organisation.objects.open().filter(pk=claimer.pk).exists()
