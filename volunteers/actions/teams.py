"""The only writers of teams: opened, changed and closed by the community, led by one of them, open to whoever joins.

Locks in this order everywhere: the volunteer, the team, the membership.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.authority import allows, require
from grids.models import Unit
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.homes import columns_of, held_community
from volunteers.actions.locks import lock_team, lock_volunteer
from volunteers.models import Membership, Team, Volunteer
from volunteers.querysets import RUNS
from volunteers.wish_ties import is_account
from volunteers.words import TOPICS, keys

LONGEST_NAME, LONGEST_ABOUT = 40, 200


@transaction.atomic
def open_team(unit: Unit, *, name: str, topic: str, by: Any, now: datetime, about: str = "") -> Team:
    """A new team of a community, by whoever runs volunteering there; without a leader at first.

    Raises NotAllowed, or Refused: ("community", "closed_place"), ("name", "topic", "about"), ("name_taken").
    """
    unit = held_community(unit)
    require(by, RUNS, unit, now)
    facts = _facts(name, topic, about)
    try:
        with transaction.atomic():
            team = Team.objects.create(unit=unit, opened_at=now, **facts, **columns_of(unit))
    except IntegrityError as error:
        raise _name_taken() from error
    _record(team, "open", by, now)
    return team


@transaction.atomic
def change_team(team: Team, *, name: str, topic: str, about: str, by: Any, now: datetime) -> Team:
    """Another name, topic or description. The event names what changed.

    Raises NotAllowed, or Refused: ("closed"), ("name", "topic", "about"), ("name_taken").
    """
    team = lock_team(team.pk)
    require(by, RUNS, team.unit, now)
    _require_open(team)
    wanted = _facts(name, topic, about)
    changed = sorted(field for field, value in wanted.items() if getattr(team, field) != value)
    if not changed:
        return team
    for field in changed:
        setattr(team, field, wanted[field])
    try:
        with transaction.atomic():
            team.save(update_fields=changed)
    except IntegrityError as error:
        raise _name_taken() from error
    _record(team, "change", by, now, {"fields": changed})
    return team


@transaction.atomic
def close_team(team: Team, *, by: Any, now: datetime) -> Team:
    """No longer; its members belong to it until now. Raises NotAllowed, or Refused ("closed")."""
    team = lock_team(team.pk)
    require(by, RUNS, team.unit, now)
    _require_open(team)
    team.closed_at = now
    team.save(update_fields=["closed_at"])
    left = Membership.objects.current().filter(team=team).update(left_at=now)
    _record(team, "close", by, now, {"members": left})
    return team


@transaction.atomic
def set_leader(team: Team, *, leader: Volunteer | None, by: Any, now: datetime) -> Team:
    """Who leads it: named by the community, or by the present leader who hands over. A new leader is a member from then
    on. `leader` None: nobody for the time being, by the community alone.

    Raises NotAllowed, or Refused: ("closed"), ("not_active": has left, or is under fourteen), ("district"), ("member":
    the leader hands over to a member), ("same").
    """
    leader = lock_volunteer(leader.pk) if leader is not None else None
    team = lock_team(team.pk)
    if leader is None or not leads(team, by):
        require(by, RUNS, team.unit, now)
    _require_open(team)
    if leader == team.leader:
        raise Refused(_("It is so already."), code="same")
    if leader is not None:
        _require_fit(leader, team, now)
        if leader.is_minor(timezone.localdate(now)):
            raise Refused(_("Whoever leads a team is fourteen or older."), code="not_active")
        if not _belongs(team, leader):
            if not allows(by, RUNS, team.unit, now):
                raise Refused(_("Hand over to somebody of the team."), code="member")
            Membership.objects.create(team=team, volunteer=leader, joined_at=now)
    team.leader = leader
    team.save(update_fields=["leader"])
    _record(team, "lead", by, now, {"volunteer": leader.pk if leader else None})
    return team


@transaction.atomic
def join_team(team: Team, volunteer: Volunteer, *, by: Any, now: datetime) -> Membership:
    """Anybody who volunteers in the district may join, by themselves or written down by the community.

    Raises NotAllowed, or Refused: ("closed"), ("not_active"), ("district"), ("member": already).
    """
    volunteer, team = lock_volunteer(volunteer.pk), lock_team(team.pk)
    if not is_account(volunteer.user_id, by):
        _require_writes_down(team, volunteer, by, now)
    _require_open(team)
    _require_fit(volunteer, team, now)
    if _belongs(team, volunteer):
        raise Refused(_("Already a member of this team."), code="member")
    made = Membership.objects.create(team=team, volunteer=volunteer, joined_at=now)
    _record(team, "join", by, now, {"volunteer": volunteer.pk})
    return made


@transaction.atomic
def leave_team(team: Team, volunteer: Volunteer, *, by: Any, now: datetime) -> Team:
    """A member goes, or the leader or community takes them out; a leader who goes leads no longer.

    Raises NotAllowed, or Refused ("no_member").
    """
    volunteer, team = lock_volunteer(volunteer.pk), lock_team(team.pk)
    if not (is_account(volunteer.user_id, by) or leads(team, by)):
        require(by, RUNS, team.unit, now)
    if not _belongs(team, volunteer):
        raise Refused(_("No member of this team."), code="no_member")
    _take_out(team, volunteer, by, now)
    return team


def leave_all_teams(volunteer: Volunteer, *, by: Any, now: datetime) -> None:
    """Whoever volunteers no longer belongs to no team; the trail of each says so. Inside the transaction of a caller who
    holds the volunteer."""
    mine = Membership.objects.current().filter(volunteer=volunteer).order_by().values("team")
    theirs = Team.objects.filter(Q(pk__in=mine) | Q(leader=volunteer)).order_by("pk")
    for pk in list(theirs.values_list("pk", flat=True)):
        _take_out(lock_team(pk), volunteer, by, now)


def leads(team: Team | None, user: Any) -> bool:
    """Does this account lead the team, and still volunteer?"""
    leader = team.leader if team is not None else None
    return leader is not None and leader.state == "active" and is_account(leader.user_id, user)


# --- what they share --------------------------------------------------------------------------------------
def _take_out(team: Team, volunteer: Volunteer, by: Any, now: datetime) -> None:
    """Out of the team, which the caller has locked; a leader who goes leads no longer."""
    Membership.objects.current().filter(team=team, volunteer=volunteer).update(left_at=now)
    if team.leader_id == volunteer.pk:
        team.leader = None
        team.save(update_fields=["leader"])
    _record(team, "leave", by, now, {"volunteer": volunteer.pk})


def _require_writes_down(team: Team, volunteer: Volunteer, by: Any, now: datetime) -> None:
    """The community of the team, of volunteers whom it sees."""
    require(by, RUNS, team.unit, now)
    if not Volunteer.objects.visible_to(by, now).filter(pk=volunteer.pk).exists():
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")


def _belongs(team: Team, volunteer: Volunteer) -> bool:
    return Membership.objects.current().filter(team=team, volunteer=volunteer).exists()


def _require_open(team: Team) -> None:
    if team.closed_at:
        raise Refused(_("This team is closed."), code="closed")


def _require_fit(volunteer: Volunteer, team: Team, now: datetime) -> None:
    if not volunteer.may_take_part(timezone.localdate(now)):
        raise Refused(_("Only whoever volunteers now can be in a team."), code="not_active")
    if volunteer.district_id != team.district_id:
        raise Refused(_("This team belongs to another district."), code="district")


def _facts(name: str, topic: str, about: str) -> dict[str, str]:
    name, about = name.strip(), about.strip()
    if not 2 <= len(name) <= LONGEST_NAME:
        raise Refused(_("A name of 2 to 40 characters."), code="name")
    if topic not in keys(TOPICS):
        raise Refused(_("Choose among what is offered."), code="topic")
    if len(about) > LONGEST_ABOUT:
        raise Refused(_("A text of at most %(most)d characters.") % {"most": LONGEST_ABOUT}, code="about")
    return {"name": name, "topic": topic, "about": about}


def _name_taken() -> Refused:
    return Refused(_("Another one of this community has this name."), code="name_taken")


def _record(team: Team, verb: str, by: Any, now: datetime, data: dict[str, Any] | None = None) -> None:
    record_event(
        "team",
        team.pk,
        verb,
        by=by,
        now=now,
        unit_id=team.unit_id,
        unit_label=team.unit.name,
        district_id=team.district_id,
        data=data,
    )
