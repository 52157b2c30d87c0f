"""How often somebody without sign-in may do what. All numbers stand here; they are generous.

Many residents share one address (mobile networks, a building's wireless), and all of a building share the code on its
door. So a report counts first against the phone that sends it, which stops that phone and nobody else; what a flood
uses up of the address or the door is not closed to whoever comes anew to this door, or to a place chosen by hand.
Danger is stopped by nothing else than its phone and an address that floods without end: where gas is smelt, a whole
estate reports at once, from one address and about one place.
Counted in the database, so that it holds in all processes alike; the keys tell nothing about anybody.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.secrets import keyed_hash
from trail.actions import tally
from trail.models import Tally


@dataclass(frozen=True)
class Limit:
    """At most `most` times within one window of `every`."""

    key: str
    most: int
    every: timedelta


# One phone: its browser, known again by the cookie that guards its forms; nothing more is set or kept for this.
REPORTS_PER_PHONE = Limit("report-phone", 10, timedelta(hours=1))
DANGER_PER_PHONE = Limit("danger-phone", 8, timedelta(hours=1))
# From one address about one place, by the code on its door or chosen by hand: what stays open there when the address or
# the door has been used up by others.
REPORTS_PER_PLACE = Limit("report-place", 5, timedelta(hours=1))
REPORTS_PER_ADDRESS = Limit("report-address", 30, timedelta(hours=1))
REPORTS_PER_TOKEN = Limit("report-token", 60, timedelta(hours=1))
# Of one address in all, whatever places it names and whatever it forgets: more than a large estate behind one address
# has ever to say, and an end to whoever walks through photographed codes. Danger has an allowance of its own, so that
# no flood of other reports ever closes that door.
REPORTS_IN_ALL = Limit("report-in-all", 150, timedelta(hours=1))
DANGER_IN_ALL = Limit("danger-in-all", 60, timedelta(hours=1))
LOOKUPS_PER_ADDRESS = Limit("lookup-address", 10, timedelta(minutes=15))
# Four digits are soon tried out: wrong tries at one number, from wherever they come.
LOOKUPS_PER_NUMBER = Limit("lookup-number", 20, timedelta(days=1))

# Whoever holds a follow link does a few things with it, not dozens. The link is theirs alone: nobody else is counted.
STEPS_PER_LINK = Limit("follow-link", 20, timedelta(hours=1))


@dataclass(frozen=True)
class Counted:
    """What one report counts against, each with whom. `firm` stops whatever else: this phone alone, and an address that
    floods without end. `shared` stops everybody at an address or a door, but for whom `anew` has room: this address at
    this place."""

    firm: tuple[tuple[Limit, str], ...]
    shared: tuple[tuple[Limit, str], ...]
    anew: tuple[tuple[Limit, str], ...]

    def stops(self, now: datetime) -> bool:
        """Is it one too many?"""
        if _any_over(self.firm, now):
            return True
        return _any_over(self.shared, now) and _any_over(self.anew, now)

    def count(self, now: datetime) -> None:
        for limit, who in (*self.firm, *self.shared, *self.anew):
            count(limit, who, now)


def report_counts(*, phone: str, address: str, token: str, place: str, danger: bool) -> Counted:
    """Of a report from this phone ("" for one that is not known) and address, about the place with this code, which the
    code of a door named (`token`) or a hand. Danger counts only against its own allowance."""
    per_phone, in_all = (DANGER_PER_PHONE, DANGER_IN_ALL) if danger else (REPORTS_PER_PHONE, REPORTS_IN_ALL)
    firm = ((in_all, address), *([(per_phone, phone)] if phone else []))
    if danger:
        return Counted(firm, shared=(), anew=())
    return Counted(
        firm,
        shared=((REPORTS_PER_ADDRESS, address), *([(REPORTS_PER_TOKEN, token)] if token else [])),
        anew=((REPORTS_PER_PLACE, f"{token or place} {address}"),),
    )


def _any_over(limits: tuple[tuple[Limit, str], ...], now: datetime) -> bool:
    return any(over(limit, who, now) for limit, who in limits)


def over(limit: Limit, who: str, now: datetime) -> bool:
    """Has `who` used up this window's allowance?"""
    return Tally.objects.filter(pk=_key(limit, who, now), number__gte=limit.most).exists()


def count(limit: Limit, who: str, now: datetime) -> None:
    """One more."""
    end = (_window(limit, now) + 1) * limit.every.total_seconds()
    tally(_key(limit, who, now), until=datetime.fromtimestamp(end, UTC))


def _window(limit: Limit, now: datetime) -> int:
    return int(now.timestamp() // limit.every.total_seconds())


def _key(limit: Limit, who: str, now: datetime) -> str:
    return f"{limit.key}:{_window(limit, now)}:{keyed_hash(who, purpose='throttle')[:32]}"
