"""What reaches a person outside the inbox, and when: pure tables and rules. The inbox itself always tells, at once."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

# Urgencies that no wish and no quiet hour holds back (domain.md §3: a dangerous matter never waits).
NEVER_HELD = frozenset({"danger"})
# What a person may choose besides, loudest first. "For information" never leaves the inbox: few and useful.
CHOOSABLE = ("late", "action")

# More would not be quiet hours but an absence, and an absence has a deputy.
MOST_QUIET = timedelta(hours=16)


@dataclass(frozen=True)
class Wishes:
    """One person's. `quiet_from` equal to `quiet_until` means no quiet hours; the hours may span midnight."""

    by_text: frozenset[str] = frozenset()
    quiet_from: time = time(22, 0)
    quiet_until: time = time(7, 0)
    weekly: bool = True


# Whoever has chosen nothing: only danger rings; a default of ours.
USUAL = Wishes()


def leaves_the_inbox(urgency: str, wishes: Wishes) -> bool:
    """Is a notice of this urgency also sent as a text message?"""
    return urgency in NEVER_HELD or (urgency in CHOOSABLE and urgency in wishes.by_text)


def not_before(urgency: str, wishes: Wishes, now: datetime, zone: tzinfo) -> datetime:
    """When it may be sent at the earliest: now, or the end of the quiet hours that `now` lies in."""
    if urgency in NEVER_HELD or not is_quiet(wishes, now.astimezone(zone).time()):
        return now
    here = now.astimezone(zone)
    end = here.replace(
        hour=wishes.quiet_until.hour,
        minute=wishes.quiet_until.minute,
        second=wishes.quiet_until.second,
        microsecond=0,
        fold=0,
    )
    return (end if end > here else end + timedelta(days=1)).astimezone(now.tzinfo)


def is_quiet(wishes: Wishes, clock: time) -> bool:
    """Does this time of day lie in the quiet hours? Their beginning does, their end does not."""
    begin, end = wishes.quiet_from, wishes.quiet_until
    if begin <= end:
        return begin <= clock < end
    return clock >= begin or clock < end


def quiet_hours(wishes: Wishes) -> timedelta:
    """How long they last."""
    begin, end = (
        timedelta(hours=at.hour, minutes=at.minute) for at in (wishes.quiet_from, wishes.quiet_until)
    )
    return (end - begin) % timedelta(days=1)
