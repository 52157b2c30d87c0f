"""Stories of several: parts, duplicates, questions and answers, whistles that do not go the ordinary way."""

from collections.abc import Callable
from datetime import datetime

from demo.seed import asks as ask
from demo.seed import segments as part
from demo.seed.scene import Scene
from demo.seed.scheduler import Story, side_by_side
from demo.seed.texts import say

Tell = Callable[[Scene], Story]


def at_once(s: Scene) -> Story:
    """Found and settled on the spot (即办)."""
    now = yield s.at
    s.settle(now)
    yield from part.verified(s, now)


def shared(s: Scene) -> Story:
    """The street gives a part to each of several; one gives it back, one is not needed, the others finish."""
    now = yield from part.at_level(s, "street")
    now = yield s.office(now, 10, 120)
    ask.split(s, now)
    *doing, back, off = s.tasks()
    for task in doing:
        now = yield s.office(now, 4, 50)
        s.act(task, "take_task", now)
    now = yield s.office(now, 4, 30)
    s.act(back, "give_back", now, text=say("task_back", s.rng))
    now = yield s.office(now, 4, 60)
    s.act(off, "call_off", now, at=s.owner, capability="dispatch", text=say("task_off", s.rng))
    for task in doing:
        now = yield s.office(now, 100, 700)
        s.act(task, "finish_task", now, text=say("task_done", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def merged(s: Scene) -> Story:
    """Somebody else reports the same; both are told the result, and each says what they think of it."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    twin = ask.twin_of(s)
    now = yield from ask.followed(s, now, twin)
    now = yield from part.resolved(s, now)
    twin.reread()
    yield from side_by_side([part.rated(s, now), part.rated(twin, now)])


def unmerged(s: Scene) -> Story:
    """It turns out to be another matter, and is done for itself."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    twin = ask.twin_of(s)
    now = yield from ask.followed(s, now, twin)
    now = yield s.office(now, 10, 60)
    twin.do("unmerge", now, text=say("unmerge", s.rng))
    yield from side_by_side([_handled(s, now), _handled(twin, now)])


def _handled(s: Scene, now: datetime) -> Story:
    """To its end, whatever becomes of the other."""
    if s.issue.state == "assigned":
        now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def asked(s: Scene) -> Story:
    """Something has to be known first; the answer says that it is outside the building."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield s.office(now, 5, 60)
    s.do("ask_info", now, text=say("ask", s.rng))
    now = yield s.awake(now, 0.5, 20)
    s.reporter("supply_info", now, text=say("supply", s.rng))
    if s.place.grid not in (None, s.place):
        now = yield s.office(now, 3, 20)
        s.do("correct", now, place=s.place.grid, text="在院内，不在楼内")
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def not_told(s: Scene) -> Story:
    """No answer comes; after three working days it goes on without."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield s.office(now, 5, 60)
    s.do("ask_info", now, text=say("ask", s.rng))
    while s.issue.asked_at is not None:
        now = yield from part.unanswered(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def called_back(s: Scene) -> Story:
    """回访: the reporter says nothing of the result; called back once in vain, then heard."""
    s.reachable = True
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now, "solved")
    now = yield from part.verified(s, now)
    now = yield s.office(now, 200, 500)
    s.call_back(now, "")
    now = yield s.office(now, 200, 500)
    s.call_back(now, "fair")


def withdrawn(s: Scene) -> Story:
    """The reporter does not need it any more."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield s.awake(now, 0.2, 5)
    s.reporter("withdraw", now, text=say("withdraw", s.rng))


def objected(accepted: bool) -> Tell:
    """Not accepted, says the community; the reporter objects, and the street looks at it again."""

    def story(s: Scene) -> Story:
        now = yield s.at
        s.report(now)
        now = yield s.office(now, 5, 90)
        s.do("reject", now, **say("reject", s.rng))
        now = yield s.awake(now, 1, 30)
        s.reporter("object", now, text=say("object", s.rng))
        now = yield s.office(now, 10, 200)
        if not accepted:
            s.do("reject", now, **say("reject", s.rng))
            return
        s.do("screen", now, category=s.category)
        now = yield from part.signed(s, now)
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story


def to_hotline(s: Scene) -> Story:
    """An order that is not the district's goes back to 12345."""
    now = yield s.at
    s.report(now)
    now = yield s.office(now, 5, 90)
    s.do("return_to_hotline", now, text=say("hotline_back", s.rng))


def reviewed(granted: bool) -> Tell:
    """The community's tough whistle passes the street's review (审哨), or does not."""

    def story(s: Scene) -> Story:
        now = yield from part.at_level(s, "community")
        now = yield s.office(now, 15, 150)
        part.whistled(s, now, "tough", list(s.of_street("squad", "property")))
        now = yield s.office(now, 5, 90)
        answer = ("grant", "granted") if granted else ("refuse", "refused")
        s.act(s.decision("review"), answer[0], now, text=say(answer[1], s.rng))
        if granted:
            now = yield from part.answered(s, now, "tough")
            now = yield from part.assessed(s, now, 1)
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story


def declined(s: Scene) -> Story:
    """Nobody comes, with a reason; the community finds another way."""
    now = yield from part.at_level(s, "community")
    now = yield s.office(now, 15, 150)
    part.whistled(s, now, "quick", [s.squad()])
    now = yield s.office(now, 4, 90)
    s.act(s.callees()[0], "decline", now, text=say("decline", s.rng))
    now = yield from part.assessed(s, now, 1)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def contested(granted: bool) -> Tell:
    """Not our duty, says the one who was called; the street decides."""

    def story(s: Scene) -> Story:
        now = yield from part.at_level(s, "community")
        now = yield s.office(now, 15, 150)
        now = yield from ask.contest(s, now)
        now = yield s.office(now, 5, 120)
        answer = ("grant", "granted") if granted else ("refuse", "refused")
        s.act(s.decision("contest"), answer[0], now, text=say(answer[1], s.rng))
        if not granted:
            now = yield from part.answered(s, now, "quick")
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story


def joined(s: Scene) -> Story:
    """The street calls several; another is called in, one is let go."""
    now = yield from part.at_level(s, "street")
    now = yield s.office(now, 30, 200)
    part.whistled(s, now, "tough", list(s.of_street("squad", "police_post")))
    now = yield s.office(now, 30, 90)
    s.do("join", now, bodies=s.of_street("market_post"), text=say("join", s.rng))
    released = s.callees()[1]
    now = yield s.office(now, 2, 60)
    s.act(released, "release_callee", now, at=s.owner, capability="whistle", text=say("release", s.rng))
    now = yield from part.answered(s, now, "tough")
    now = yield from part.assessed(s, now, 1)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def called_off(s: Scene) -> Story:
    """It is solved before anybody comes."""
    now = yield from part.at_level(s, "community")
    now = yield s.office(now, 15, 150)
    part.whistled(s, now, "quick", [s.squad()])
    now = yield s.office(now, 10, 90)
    s.do("call_off_whistle", now, text=say("call_off", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)
