"""How a person is tied to a wish, and so what they may do to it: read from posts, accounts and the claim."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from accounts.models import User
from grids.models import Body
from grids.standing import Standing, standing_of
from volunteers.models import CheckIn, Claim, Organisation, Volunteer, Wish
from volunteers.querysets import runs_at, runs_in
from volunteers.wishes import Facts

# An account: of a member who has checked in and is no volunteer there.
Claimer = Volunteer | User | Body | Organisation


def is_account(pk: int | None, user: Any) -> bool:
    """Is this the account of that person? Nobody's is that of nobody who signed in."""
    return pk is not None and user is not None and pk == user.pk


def speaks_for(claimer: Claimer, user: Any, standing: Standing) -> bool:
    """Oneself, as a volunteer or a member; a body where one has a post; an organisation as its speaker, or by a post at its
    body."""
    if isinstance(claimer, Volunteer):
        return is_account(claimer.user_id, user)
    if isinstance(claimer, User):
        return is_account(claimer.pk, user)
    if isinstance(claimer, Body):
        return claimer.pk in standing.body_ids()
    return is_account(claimer.speaker_id, user) or claimer.body_id in standing.body_ids()


def keeps_for(claimer: Claimer, user: Any, now: datetime) -> bool:
    """Is there nobody who signs in for it, so that the community writes down what it does? For a volunteer those who
    run volunteering at their home, for an organisation any of the district."""
    if isinstance(claimer, Volunteer):
        return claimer.user_id is None and runs_at(user, claimer, now)
    if isinstance(claimer, User | Body) or claimer.speaker_id or claimer.body_id:
        return False
    return runs_in(user, claimer.district_id, now)


def facts_of(
    wish: Wish,
    claimer: Claimer | None,
    user: Any,
    now: datetime,
    *,
    holds_link: bool = False,
    helping: Claimer | None = None,
) -> Facts:
    """What the table asks of this person and this wish. `claimer`: who has it, if anybody; `helping`: for whom they
    would claim it. `holds_link`: they came by the wisher's own link."""
    standing = standing_of(user, now)
    ties = set()
    if holds_link or is_account(wish.wisher_id, user):
        ties.add("wisher")
    if runs_at(user, wish, now):
        ties.add("community")
    if claimer and speaks_for(claimer, user, standing):
        ties.add("claimer")
    elif claimer and keeps_for(claimer, user, now):
        ties.add("keeper")
    if helping and (speaks_for(helping, user, standing) or keeps_for(helping, user, now)):
        ties.add("helper")
    return Facts(wish.state, frozenset(ties), is_account(wish.said_by_id, user), wish.thanked_at is not None)


def claimers_of(user: Any, district_id: int | None, now: datetime) -> list[Claimer]:
    """For whom this person may claim a wish of the district: for themselves, for bodies, for organisations. Three or four
    queries."""
    if not user.is_authenticated:
        return []
    bodies = standing_of(user, now).body_ids()
    me = own_claimer(user, district_id)
    organisations = Organisation.objects.spoken_for_by(user, now).filter(district=district_id)
    return [
        *([me] if me else []),
        *Body.objects.filter(pk__in=bodies, district=district_id, closed_at=None).order_by("name", "pk"),
        *organisations.order_by("name", "pk"),
    ]


def own_claimer(user: Any, district_id: int | None) -> Volunteer | User | None:
    """As what this person claims a wish of the district for themselves: as its volunteer, else by the account with which
    they have checked in to one of its communities as a member. None for whoever does neither. Two queries at most."""
    volunteer = Volunteer.objects.active().of_user(user).filter(district=district_id).first()
    if (
        volunteer
        or not CheckIn.objects.current().of_person(None, user.pk).filter(district=district_id).exists()
    ):
        return volunteer
    return user


def claim_of(wish: Wish) -> Claim | None:
    """Who has it now, or kept it: the claim that counts, with whoever made it."""
    rows = Claim.objects.counting().filter(wish=wish)
    return rows.with_claimer().order_by("pk").first()


def helps_in(user: Any, now: datetime) -> frozenset[int | None]:
    """Ids of the districts where the person may claim wishes, for themselves or for whom they speak. Three queries."""
    if user is None or not user.is_authenticated:
        return frozenset()
    bodies = {one.lineage["district_id"] for one in standing_of(user, now).positions if one.body_id}
    volunteer = Volunteer.objects.active().of_user(user)
    member = CheckIn.objects.current().of_person(None, user.pk)
    rows = (volunteer, member, Organisation.objects.spoken_for_by(user, now))
    return frozenset(bodies.union(*(one.order_by().values_list("district", flat=True) for one in rows)))


def seen_facts(wish: Any, user: Any, now: datetime, helps: frozenset[int | None]) -> Facts:
    """What the table asks, of a wish read `with_claim` and without a query more. `helps`: of `helps_in`; whoever runs
    volunteering in the district claims for those without an account."""
    claim = having(wish)
    return helping_too(facts_of(wish, claim.claimer if claim else None, user, now), wish, user, now, helps)


def helping_too(facts: Facts, wish: Wish, user: Any, now: datetime, helps: frozenset[int | None]) -> Facts:
    """The same of somebody who has not said yet for whom they would claim it."""
    if wish.district_id in helps or runs_in(user, wish.district_id, now):
        return replace(facts, ties=facts.ties | {"helper"})
    return facts


def having(wish: Any) -> Claim | None:
    """The claim that counts, of a wish read `with_claim`."""
    return next(iter(wish.having), None)
