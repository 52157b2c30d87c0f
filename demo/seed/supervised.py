"""Stories beside the handling: more time, a pause, a letter, who takes it over, what is checked or sent back."""

from collections.abc import Callable

from demo.seed import asks as ask
from demo.seed import segments as part
from demo.seed.scene import Scene
from demo.seed.scheduler import Story
from demo.seed.texts import say

Tell = Callable[[Scene], Story]


def extended(how: str) -> Tell:
    """The community asks the street for more time, which grants or refuses it; or it does not want it any more."""

    def story(s: Scene) -> Story:
        now = yield from part.at_level(s, "community")
        now = yield s.office(now, 60, 300)
        ask.more_time(s, now)
        now = yield s.office(now, 10, 120)
        asked = s.decision("extension")
        if how == "drop":
            s.act(asked, "drop", now, at=s.owner)
        else:
            s.act(asked, how, now, text=say({"grant": "granted", "refuse": "refused"}[how], s.rng))
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story


def suspended(s: Scene) -> Story:
    """Parked with a cause and a day, and taken up again before that; its result is looked at on the spot."""
    now = yield from part.at_level(s, "community")
    now = yield from ask.parked(s, now, "grant")
    now = yield s.office(now, 960, 3000)
    s.do("resume", now, text=say("resumed", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def not_suspended(s: Scene) -> Story:
    """The street does not agree to wait."""
    now = yield from part.at_level(s, "community")
    now = yield from ask.parked(s, now, "refuse")
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def supervised(s: Scene) -> Story:
    """It drags on: the reporter asks, a leader takes it on, the supervisor writes a letter, which is answered."""
    now = yield from part.at_level(s, "community")
    while s.rungs("chase") < 1:
        now = yield from part.unanswered(s, now)
    now = yield s.awake(now, 0.5, 6)
    s.reporter("chase", now, text=say("chase", s.rng))
    now = yield s.office(now, 30, 200)
    s.do("lead", now, by=s.someone(s.place.street, "lift", now), text=say("lead", s.rng))
    ask.letter(s, now)
    now = yield s.office(now, 100, 900)
    s.act(s.decision("supervision"), "answer_letter", now, text=say("letter_answer", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def lifted(s: Scene) -> Story:
    """The community gets nowhere; the street takes it over and does it."""
    now = yield from part.at_level(s, "community")
    while s.rungs("chase") < 1:
        now = yield from part.unanswered(s, now)
    now = yield s.office(now, 20, 200)
    s.do("lift", now, by=s.someone(s.place.street, "lift", now), text=say("lift", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def returned(s: Scene) -> Story:
    """Given to the wrong office, which returns it with the right one; the promised date stays."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "street")
    wrong, right = s.of_street("party_office", "works_office")
    now = yield from part.dispatched(s, now, wrong)
    now = yield from ask.returned(s, now, right)
    now = yield from part.dispatched(s, now, right)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def ruled(s: Scene) -> Story:
    """Street and office send it back and forth; the district rules on it for good."""
    now = yield from ask.back_and_forth(s)
    (office,) = s.of_street("works_office")
    now = yield from part.dispatched(s, now, office)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def recalled(s: Scene) -> Story:
    """Given to the wrong office and taken back in one tap."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "street")
    wrong, right = s.of_street("party_office", "people_office")
    now = yield from part.dispatched(s, now, wrong)
    now = yield s.office(now, 2, 20)
    s.do("recall", now, by=s.someone(s.place.street, "dispatch", now))
    now = yield from part.dispatched(s, now, right)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def not_as_said(s: Scene) -> Story:
    """A danger is called gone, and the check on the spot finds it is not; done again, it is."""
    now = yield s.at
    s.report(now)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now, "solved")
    now = yield s.soon(now, 10, 50)
    s.do("verify", now, by=s.checker(now), passed=False, text=say("not_checked", s.rng))
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now, "solved")
    yield from part.rated(s, now)


def sent_back(s: Scene) -> Story:
    """The community does not accept the grid's result."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now, "solved")
    now = yield s.office(now, 20, 200)
    s.do("send_back", now, by=s.someone(s.place.community, "verify", now), text=say("sent_back", s.rng))
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now, "solved")
    yield from part.rated(s, now)


def complaint(level: str) -> Tell:
    """About the grid or the community: the level above looks into it, and they never see it."""

    def story(s: Scene) -> Story:
        now = yield s.at
        s.report(now, about=getattr(s.place, level))
        now = yield from part.signed(s, now)
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story
