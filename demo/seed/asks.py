"""Stretches beside the handling: what is asked of the level above, given back, shared or called into question."""

from dataclasses import replace
from datetime import datetime

from demo.seed import segments as part
from demo.seed.scene import Scene, Stretch
from demo.seed.texts import say
from grids.models import Body
from issues.models import Callee


def more_time(s: Scene, now: datetime) -> None:
    """The owner asks for two working days more."""
    s.do("ask_extension", now, until=s.day_after(s.issue.due_at, 2), text=say("extend", s.rng))


def parked(s: Scene, now: datetime, how: str) -> Stretch:
    """The owner asks to suspend it; the level above grants or refuses that."""
    now = yield s.office(now, 30, 240)
    cause, text = say("suspend", s.rng)
    s.do("ask_suspension", now, cause=cause, until=s.day_after(now, s.rng.randint(10, 30)), text=text)
    now = yield s.office(now, 10, 240)
    words = {"grant": "granted", "refuse": "refused"}[how]
    s.act(s.decision("suspension"), how, now, text=say(words, s.rng))
    return now


def letter(s: Scene, now: datetime) -> None:
    """督办: the supervisor demands an answer within three working days."""
    by = s.world.cast.serves(s.world.cast.district, "supervisor")
    s.do("supervise", now, by=by, until=s.day_after(now, 3), text=say("letter", s.rng))


def letter_to(s: Scene, called: Callee, now: datetime) -> None:
    """督办 of somebody who was called and does not come."""
    by = s.world.cast.serves(s.world.cast.district, "supervisor")
    s.act(called, "supervise_callee", now, by=by, until=s.day_after(now, 3), text=say("letter", s.rng))


def returned(s: Scene, now: datetime, right: Body | None = None) -> Stretch:
    """退单: back to whoever gave it, with the right one if that is known."""
    now = yield s.office(now, 10, 90)
    why = "other_unit" if right else "unclear"
    s.do("return", now, why=why, body=right, text=say("return", s.rng))
    return now


def back_and_forth(s: Scene) -> Stretch:
    """The street gives it to an office, twice, and twice it comes back: the district has to rule."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "street")
    (office,) = s.of_street("works_office")
    for _time in range(2):
        now = yield from part.dispatched(s, now, office)
        now = yield from returned(s, now)
    return now


def split(s: Scene, now: datetime) -> None:
    """The street gives parts of it to the community and to offices of its own."""
    offices = s.of_street("works_office", "people_office", "safety_office")
    units = [unit for unit in (s.place.community,) if unit]
    s.do("split", now, units=units, bodies=offices, until=s.day_after(now, 5), text=say("split", s.rng))


def followed(s: Scene, now: datetime, twin: Scene) -> Stretch:
    """Somebody else reports the same, and the grid merges it."""
    now = yield s.office(now, 2, 20)
    twin.report(now)
    now = yield s.office(now, 4, 40)
    twin.do("merge", now, main=s.issue, internal_text=say("merge", s.rng))
    return now


def twin_of(s: Scene) -> Scene:
    """Somebody else at the same place, with the same matter."""
    return replace(s, issue=None, unclear=False)


def contest(s: Scene, now: datetime) -> Stretch:
    """The squad that was whistled for says that it is not its duty."""
    part.whistled(s, now, "quick", [s.squad()])
    now = yield s.office(now, 4, 60)
    s.call(s.callees()[0], "acknowledge", now, text=say("acknowledge", s.rng))
    now = yield s.office(now, 4, 60)
    s.act(s.callees()[0], "contest", now, validity="not_ours", text=say("contest", s.rng))
    return now
