"""What the demo's users find on their first sign-in: work in every state, in the place where they serve."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.seed import asks as ask
from demo.seed import segments as part
from demo.seed.intake import World
from demo.seed.people import Home
from demo.seed.scene import Scene, Stretch
from demo.seed.scheduler import Story
from demo.seed.texts import matters, say
from grids.models import Body, Unit
from issues.kinds import REPLY_CHECKS

Tell = Callable[[Scene], Story | Stretch]


@dataclass(frozen=True)
class Shown:
    """A story that stops where somebody has to act. It began `ago` minutes ago: of office time, or of any."""

    tell: Tell
    matter: str
    ago: int
    source: str = "resident"
    registrar: str = ""
    any_hour: bool = False
    unclear: bool = False


def fresh(s: Scene) -> Story:
    """Just come in."""
    now = yield s.at
    s.report(now)


def in_hand(s: Scene) -> Story:
    """Signed for."""
    now = yield from part.opened(s)
    yield from part.signed(s, now)


def sent_again(s: Scene) -> Story:
    """Sensors say that something is wrong; it is signed for, and they say so once more."""
    now = yield s.at
    s.report(now)
    now = yield from part.signed(s, now)
    now = yield s.soon(now, 2, 9)
    s.raise_alert(now)


def waiting_at(level: str) -> Tell:
    """Handed up to this level, which has to sign."""

    def story(s: Scene) -> Story:
        now = yield from part.opened(s)
        yield from part.handed_up(s, now, level)

    return story


def at_department(s: Scene) -> Stretch:
    """Given by the district to the department, which has to sign."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "district")
    return (yield from part.dispatched(s, now, s.department()))


def to_be_rated(s: Scene) -> Story:
    """Done; whoever reported it may rate."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    yield from part.resolved(s, now, "solved")


def to_be_reviewed(s: Scene) -> Story:
    """Done, says the community; unsolved, says the reporter: the street reviews."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "community")
    now = yield from part.signed(s, now)
    now = yield s.office(now, 30, 60)
    s.do("submit_result", now, outcome="solved", text=s.result())
    now = yield s.soon(now, 2, 9)
    s.rate(now, "bad")


def called(kind: str, level: str, state: str) -> Tell:
    """Whistled for by this level; those called have come as far as this state."""
    done_last = {"acknowledged": "acknowledge", "reported_in": "report_in", "done": "done"}.get(state, "")

    def story(s: Scene) -> Story:
        now = yield from part.opened(s)
        now = yield from part.handed_up(s, now, level)
        now = yield from part.signed(s, now)
        now = yield s.office(now, 5, 15)
        part.whistled(s, now, kind, list(_callees(s, kind)))
        if done_last:
            now = yield from part.answered(s, now, kind, until=done_last)
        return now

    return story


def alarm(state: str) -> Tell:
    """A danger, signed for within minutes, and an emergency whistle; those called have come as far as this."""
    done_last = {"acknowledged": "acknowledge", "reported_in": "report_in", "done": "done"}.get(state, "")

    def story(s: Scene) -> Story:
        now = yield s.at
        s.report(now)
        now = yield s.soon(now, 1, 2)
        s.do("contact", now, way="phone", text="已电话联系，正在赶去")
        now = yield s.soon(now, 1, 2)
        part.whistled(s, now, "emergency", list(_callees(s, "emergency")))
        if done_last:
            yield from part.answered(s, now, "emergency", until=done_last)

    return story


def more_time(s: Scene) -> Story:
    """The community has asked for an extension; the street decides."""
    now = yield from part.at_level(s, "community")
    now = yield s.office(now, 5, 15)
    ask.more_time(s, now)


def parked(s: Scene) -> Story:
    """Suspended, with a cause and a review date."""
    now = yield from part.at_level(s, "community")
    yield from ask.parked(s, now, "grant")


def letter(s: Scene) -> Story:
    """A supervision letter that the community has to answer."""
    now = yield from part.at_level(s, "community")
    now = yield s.office(now, 5, 30)
    ask.letter(s, now)


def review(s: Scene) -> Story:
    """A tough whistle of the community's: the street has to agree."""
    now = yield from part.at_level(s, "community")
    now = yield s.office(now, 5, 15)
    part.whistled(s, now, "tough", list(s.of_street("squad", "property")))


def contested(s: Scene) -> Story:
    """The squad contests a whistle; the street decides."""
    now = yield from part.at_level(s, "community")
    yield from ask.contest(s, now)


def shared(s: Scene) -> Story:
    """Split into sub-tasks; one has been taken."""
    now = yield from part.at_level(s, "street")
    now = yield s.office(now, 5, 30)
    ask.split(s, now)
    now = yield s.office(now, 4, 20)
    s.act(s.tasks()[1], "take_task", now)


def merged(s: Scene) -> Story:
    """In hand, and another report of the same follows it."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    yield from ask.followed(s, now, ask.twin_of(s))


def asked(s: Scene) -> Story:
    """The reporter was asked something, and the clock waits for the answer."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield s.office(now, 5, 30)
    s.do("ask_info", now, text=say("ask", s.rng))


def to_be_ruled(s: Scene) -> Story:
    """Street and office have sent it back and forth: the district has to rule on it."""
    yield from ask.back_and_forth(s)


def to_be_approved(s: Scene) -> Story:
    """The department's officer has written the reply; the head has to approve it."""
    now = yield from at_department(s)
    now = yield from part.signed(s, now)
    now = yield s.office(now, 10, 30)
    officer = s.world.cast.serves(s.owner, "body_officer")
    checks = [word.key for word in REPLY_CHECKS]
    s.do("submit_result", now, by=officer, outcome="solved", text=s.result(), checks=checks)


def to_be_checked(s: Scene) -> Story:
    """A danger, gone says the grid, and the reporter agrees: the community looks at it on the spot."""
    now = yield s.at
    s.report(now)
    now = yield from part.signed(s, now)
    now = yield s.soon(now, 8, 15)
    s.do("submit_result", now, outcome="solved", text=s.result())
    now = yield s.soon(now, 1, 5)
    s.rate(now, "good")


def complaint(s: Scene) -> Story:
    """About the community: with the street, and hidden from the community."""
    now = yield s.at
    s.report(now, about=s.place.community)


def no_danger(s: Scene) -> Story:
    """Called a danger, and none when one looks: the grid asks the level above to drop it."""
    now = yield s.at
    s.report(now)
    now = yield s.soon(now, 1, 2)
    s.do("contact", now, way="phone", text="已电话联系，正在赶去")
    now = yield s.soon(now, 3, 6)
    instead = s.world.categories[matters()["sewer"].category]
    s.do("ask_all_clear", now, category=instead, text="现场查看，不是燃气泄漏，是下水道返味")


def called_longer(s: Scene) -> Story:
    """The department that was whistled for asks the community for one day more."""
    now = yield from called("quick", "community", "acknowledged")(s)
    now = yield s.office(now, 5, 15)
    callee = s.callees()[0]
    until = s.day_after(callee.deadlines.open().get(clock="done").limit_at, 1)
    s.call(callee, "ask_more_time", now, until=until, text=say("extend", s.rng))


def by_roster(s: Scene) -> Story:
    """The first on the street's duty roster does not answer an emergency whistle; the second does."""
    now = yield s.at
    s.report(now)
    now = yield from part.signed(s, now)
    part.whistled(s, now, "emergency", [s.place.street])
    while not s.rungs("call_next"):
        now = yield from part.unanswered(s, now)
    now = yield s.soon(now, 1, 2)
    s.call(s.callees()[0], "acknowledge", now, text=say("acknowledge", s.rng))


def _callees(s: Scene, kind: str) -> Iterator[Unit | Body]:
    """A quick whistle calls the department that the demo signs in to; the others call several."""
    city = s.department()
    if kind == "quick":
        yield city
    else:
        yield from (s.squad(), city)
        yield from [body for body in s.bodies(("utility", "department"), 2) if body != city][:1]


SHOWN: Sequence[Shown] = (
    Shown(fresh, "rubbish", 25),
    Shown(fresh, "sewer", 50, "phone"),
    Shown(fresh, "ask", 20, unclear=True),
    Shown(fresh, "idea", 45, "chat", unclear=True),
    Shown(in_hand, "rubbish", 60, "patrol"),
    Shown(in_hand, "corridor", 80),
    Shown(in_hand, "ebike", 90, "visit", registrar="building_head"),
    # Forgotten after signing: chased. Never taken: one has climbed to the community, one to the district's board.
    Shown(in_hand, "corridor", 1400),
    Shown(fresh, "rubbish", 250),
    Shown(fresh, "ebike", 2400, "phone"),
    Shown(waiting_at("community"), "sewer", 60),
    Shown(waiting_at("street"), "corridor", 120),
    Shown(waiting_at("district"), "sewer", 180),
    Shown(at_department, "rubbish", 230),
    Shown(to_be_rated, "sewer", 150, "spotter"),
    Shown(to_be_rated, "rubbish", 170, "spotter", registrar="part_time_grid_worker"),
    Shown(to_be_rated, "corridor", 190, "visit", registrar="building_party_leader"),
    Shown(to_be_rated, "ebike", 200),
    Shown(to_be_reviewed, "noise", 120),
    Shown(called("quick", "community", "called"), "lamp", 110),
    Shown(called("quick", "community", "acknowledged"), "rubbish", 150),
    Shown(called("quick", "community", "reported_in"), "parking", 200),
    Shown(called("tough", "street", "called"), "leak", 200),
    Shown(called("tough", "street", "acknowledged"), "lift", 260),
    Shown(called("tough", "street", "reported_in"), "sewer", 420),
    Shown(alarm("acknowledged"), "fire_lane", 9, any_hour=True),
    Shown(alarm("reported_in"), "collapse", 35, any_hour=True),
    Shown(by_roster, "collapse", 25, "alert", any_hour=True),
    Shown(no_danger, "gas_smell", 30, any_hour=True),
    Shown(called_longer, "lamp", 160),
    Shown(sent_again, "lamp", 95, "alert"),
    Shown(fresh, "lift", 30, "api"),
    Shown(in_hand, "parking", 130, "reception"),
    Shown(in_hand, "leak", 140, "hotline"),
    Shown(to_be_rated, "noise", 180, "hotline"),
    Shown(to_be_checked, "fire_lane", 45, any_hour=True),
    Shown(more_time, "sewer", 150),
    Shown(parked, "leak", 400),
    Shown(letter, "noise", 300),
    Shown(review, "parking", 100),
    Shown(contested, "lamp", 130),
    Shown(shared, "sewer", 240),
    Shown(merged, "rubbish", 90),
    Shown(asked, "ebike", 110),
    Shown(to_be_ruled, "corridor", 360),
    Shown(to_be_approved, "rubbish", 320),
    Shown(complaint, "staff", 100),
    # The street would give it to the grid, the duty list does not.
    Shown(fresh, "bus", 40),
)
# Blown when the seed is ready: nobody answers, so that its five minutes run out before everybody's eyes.
LIVE: Sequence[Shown] = (
    Shown(fresh, "sewer", 1, any_hour=True),
    Shown(alarm("called"), "gas_smell", 4, any_hour=True),
)
# Everything takes a fifth of its usual office time, so that the chains above fit into their `ago`.
PACE = 0.2


def stories(
    home: Home, world: World, shown: Sequence[Shown], *, now: datetime, seed: str
) -> Iterator[tuple[Shown, Story]]:
    """The stories of a home's users, each ready to be scheduled; they end before `now`."""
    for number, one in enumerate(shown):
        rng = random.Random(f"{seed}:{home.grid.code}:{one.matter}:{number}")
        ago = timedelta(minutes=one.ago)
        at = now - ago if one.any_hour else world.worktime.subtract(now, ago)
        matter = matters()[one.matter]
        scene = Scene(world, rng, home.building, matter, at, one.source, one.unclear, one.registrar, PACE)
        yield one, one.tell(scene)
