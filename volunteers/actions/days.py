"""What a person's day has room for: no more than it holds, and nothing twice at the same time. Asked at every door by which
hours come in or change, while the person is held, so that two doors at once do not fill a day twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from trail.refusals import Refused
from volunteers.actions.locks import lock_volunteers
from volunteers.hours import Worked, no_room
from volunteers.models import Service

# When hours are handed in all counts that may still be confirmed; when they are confirmed what is.
ALL, CONFIRMED = ("proposed", "confirmed"), ("confirmed",)


@dataclass(frozen=True)
class LeftOut:
    """A record for which there is no room, and why."""

    service: Service
    why: Refused


class Records(list[Service]):
    """Records that went through; `left_out`: those beside them that did not."""

    def __init__(self, services: Iterable[Service], left_out: Sequence[LeftOut]) -> None:
        super().__init__(services)
        self.left_out = left_out


def sort_out(
    services: Collection[Service], states: Sequence[str] = ALL
) -> tuple[list[Service], list[LeftOut]]:
    """Those that fit into the days of their people beside all that is in these states, and those that do not. Holds the
    people until the transaction ends. Two statements, however many."""
    if not services:
        return [], []
    lock_volunteers(one.volunteer_id for one in services)
    return _sorted_out(services, states)


def check_room(service: Service, states: Sequence[str] = ALL) -> None:
    """Raises Refused("overlap") or ("day_full") where the person's day has no room for this record. The caller holds the
    person."""
    for one in _sorted_out([service], states)[1]:
        raise one.why


def _sorted_out(services: Collection[Service], states: Sequence[str]) -> tuple[list[Service], list[LeftOut]]:
    """What comes first goes first, but for fewer minutes than before: those always fit."""
    people, days = {one.volunteer_id for one in services}, [one.on for one in services]
    held: dict[int, dict[int, Worked]] = defaultdict(dict)
    for one in Service.objects.holding(people, min(days), max(days)).filter(state__in=states):
        held[one.volunteer_id][one.pk] = one.worked

    def lowers(one: Service) -> bool:
        before = held[one.volunteer_id].get(one.pk)
        return before is not None and one.minutes <= before.minutes

    fit, left_out = [], []
    for one in sorted(services, key=lambda one: not lowers(one)):
        theirs = held[one.volunteer_id]
        others = [worked for pk, worked in theirs.items() if pk != one.pk]
        if not lowers(one) and (code := no_room(one.worked, others)):
            left_out.append(LeftOut(one, Refused(_says(code), code=code)))
        else:
            theirs[one.pk or -id(one)] = one.worked
            fit.append(one)
    return fit, left_out


def who_and_why(left_out: Iterable[LeftOut]) -> str:
    """Each of them as others see the person, with the reason."""
    return " ".join(f"{one.service.volunteer.shown_name}: {one.why}" for one in left_out)


def refuse_all(left_out: Sequence[LeftOut]) -> Refused:
    """Nothing went through."""
    return Refused(who_and_why(left_out), code=left_out[0].why.code)


def _says(code: str) -> str:
    if code == "overlap":
        return _("Other hours of this person are at the same time; give fewer minutes.")
    return _("With the other hours of this person the day would have more than 24 hours.")
