"""How often somebody without sign-in may do what. All numbers stand here; they are generous.

Many residents share one address (mobile networks, a building's wireless), and all of a building share the code on its
door. So a report counts first against the phone that sends it, which stops that phone and nobody else; what a flood
uses up of the address or the door is not closed to whoever comes to this door anew.
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
# From one address at one door: what stays open there when the address or the door has been used up by others.
REPORTS_PER_DOOR = Limit("report-door", 5, timedelta(hours=1))
DANGER_PER_DOOR = Limit("danger-door", 5, timedelta(hours=1))
REPORTS_PER_ADDRESS = Limit("report-address", 30, timedelta(hours=1))
REPORTS_PER_TOKEN = Limit("report-token", 60, timedelta(hours=1))
# Of one address in all, whatever doors it names and whatever it forgets: more than a large estate behind one address
# has ever to say, and an end to whoever walks through photographed codes.
REPORTS_IN_ALL = Limit("report-in-all", 150, timedelta(hours=1))
DANGER_IN_ALL = Limit("danger-in-all", 60, timedelta(hours=1))
# Danger has an allowance of its own, so that no flood of other reports ever closes that door.
DANGER_PER_ADDRESS = Limit("danger-address", 20, timedelta(hours=1))
LOOKUPS_PER_ADDRESS = Limit("lookup-address", 10, timedelta(minutes=15))
# Four digits are soon tried out: wrong tries at one number, from wherever they come.
LOOKUPS_PER_NUMBER = Limit("lookup-number", 20, timedelta(days=1))

# Whoever holds a follow link does a few things with it, not dozens.
STEPS_PER_LINK = Limit("follow-link", 20, timedelta(hours=1))
STEPS_PER_ADDRESS = Limit("follow-address", 120, timedelta(hours=1))


@dataclass(frozen=True)
class Counted:
    """What one report counts against, each with whom. `firm` stops whatever else: this phone alone, and an address that
    floods without end. `shared` stops everybody at an address or a door, but for whom `anew` has room: this address at
    this door, where a code was scanned."""

    firm: tuple[tuple[Limit, str], ...]
    shared: tuple[tuple[Limit, str], ...]
    anew: tuple[tuple[Limit, str], ...] = ()

    def stops(self, now: datetime) -> bool:
        """Is it one too many?"""
        if _any_over(self.firm, now):
            return True
        if not _any_over(self.shared, now):
            return False
        return not self.anew or _any_over(self.anew, now)

    def count(self, now: datetime) -> None:
        for limit, who in (*self.firm, *self.shared, *self.anew):
            count(limit, who, now)


def report_counts(*, phone: str, address: str, token: str, danger: bool) -> Counted:
    """Of a report from this phone ("" for one that is not known) and address, with the code of a door or without.
    Danger counts only against its own allowance."""
    per_phone, per_address, door, in_all = (
        (DANGER_PER_PHONE, DANGER_PER_ADDRESS, DANGER_PER_DOOR, DANGER_IN_ALL)
        if danger
        else (REPORTS_PER_PHONE, REPORTS_PER_ADDRESS, REPORTS_PER_DOOR, REPORTS_IN_ALL)
    )
    shared = [(per_address, address)]
    if token and not danger:
        shared.append((REPORTS_PER_TOKEN, token))
    return Counted(
        firm=((in_all, address), *([(per_phone, phone)] if phone else [])),
        shared=tuple(shared),
        anew=((door, f"{token} {address}"),) if token else (),
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
