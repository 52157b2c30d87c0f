"""What becomes of matters: handled, whistled for, answered, sat out; how often each is told stands in scripts."""

from collections.abc import Callable

from demo.seed import asks as ask
from demo.seed import segments as part
from demo.seed.scene import Scene
from demo.seed.scheduler import Story
from demo.seed.texts import say
from grids.models import Unit


def prompt(s: Scene) -> Story:
    """Signed, settled and rated by whom the rule gave it to: most matters."""
    now = yield from part.opened(s)
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def to_community(s: Scene) -> Story:
    """Too big for the grid; the community settles it."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "community")
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def quick_whistle(s: Scene) -> Story:
    """The community whistles for the one whose duty it clearly is."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "community")
    now = yield from part.signed(s, now)
    called = s.bodies(("department", "utility", "property", "office", "posted"), 3)
    # Where the rule gave it to a squad, that has nobody to call.
    if called and isinstance(s.owner, Unit):
        now = yield s.office(now, 15, 150)
        part.whistled(s, now, "quick", [s.rng.choice(called)])
        now = yield from part.answered(s, now, "quick")
        now = yield from part.assessed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def tough_whistle(s: Scene) -> Story:
    """Nobody's clear duty: the street calls several and they find a way together."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "street")
    now = yield from part.signed(s, now)
    called = s.bodies(("department", "utility", "property", "office", "posted"), 3)
    if called:
        now = yield s.office(now, 30, 400)
        part.whistled(s, now, "tough", list(called))
        now = yield from part.answered(s, now, "tough")
        now = yield from part.assessed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def to_office(s: Scene) -> Story:
    """The street gives it to an office or posted squad of its own."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "street")
    if not (able := s.bodies(("office",), 1) or s.bodies(("posted",), 1)):
        return
    now = yield from part.dispatched(s, now, able[0])
    now = yield from part.signed(s, now)
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def to_department(s: Scene) -> Story:
    """Up to the district, which gives it to a department: an answer within 15 working days (S3:31)."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "district")
    now = yield from part.signed(s, now)
    officer = s.world.cast.serves(s.owner, "body_officer")
    now = yield s.office(now, 10, 90)
    s.do("assign_officer", now, officer=officer, text=say("officer", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def silent(level: str) -> Callable[[Scene], Story]:
    """Nobody signs: the deputy is called, then it climbs by itself until somebody at this level does."""

    def story(s: Scene) -> Story:
        now = yield s.at
        s.report(now)
        while s.below(level) or (level == "district" and not s.rungs("board")):
            now = yield from part.unanswered(s, now)
        if s.issue.state == "reported":
            now = yield s.office(now, 4, 60)
            s.do("screen", now, category=s.category)
        now = yield from part.signed(s, now)
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story


def late(chases: int) -> Callable[[Scene], Story]:
    """Signed in time, then it is sat out: chased again and again, the owner stays responsible."""

    def story(s: Scene) -> Story:
        now = yield from part.opened(s)
        now = yield from part.signed(s, now)
        while s.rungs("chase") < chases:
            now = yield from part.unanswered(s, now)
        now = yield from part.resolved(s, now)
        yield from part.rated(s, now)

    return story


def silent_callee(s: Scene) -> Story:
    """The squad does not answer the whistle; the matter is raised to its street, which comes itself."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "community")
    now = yield from part.signed(s, now)
    now = yield s.office(now, 15, 150)
    part.whistled(s, now, "quick", [s.squad()])
    while not any(one.raised_to for one in s.callees()):
        now = yield from part.unanswered(s, now)
    now = yield from part.answered(s, now, "quick")
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def late_callee(s: Scene) -> Story:
    """Acknowledged, but nobody comes: chased, by the caller too, then supervised by a letter, which is answered."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "community")
    now = yield from part.signed(s, now)
    now = yield s.office(now, 15, 150)
    part.whistled(
        s, now, "quick", [s.rng.choice([*s.bodies(("department", "posted", "office"), 3), s.squad()])]
    )
    now = yield from part.answered(s, now, "quick", until="acknowledge")
    while s.rungs("chase") < 1:
        now = yield from part.unanswered(s, now)
    now = yield s.office(now, 10, 60)
    s.act(s.callees()[0], "chase_callee", now, at=s.owner, capability="whistle")
    now = yield s.office(now, 10, 60)
    ask.letter_to(s, s.callees()[0], now)
    for verb, inputs in (("report_in", {"mode": "on_spot"}), ("done", {})):
        now = yield s.office(now, 30, 300)
        s.call(s.callees()[0], verb, now, text=say(verb, s.rng), **inputs)
    now = yield s.office(now, 10, 60)
    s.act(s.decision("supervision"), "answer_letter", now, text=say("letter_answer", s.rng))
    now = yield from part.resolved(s, now)
    yield from part.rated(s, now)


def disputed(verdicts: tuple[str, ...]) -> Callable[[Scene], Story]:
    """Unsolved, says the reporter: the level above has it redone; after two rounds it ends with a reason."""

    def story(s: Scene) -> Story:
        now = yield from part.opened(s)
        now = yield from part.signed(s, now)
        for verdict in verdicts:
            now = yield from part.resolved(s, now, "solved")
            now = yield from part.rated(s, now, verdict)
            if verdict != "bad" or s.issue.state != "resolved":
                return
            now = yield s.office(now, 6, 80)
            if s.issue.redo_count == len(verdicts) - 1:
                s.do("close", now, text=say("close", s.rng))
                return
            s.do("redo", now, text=say("redo", s.rng))
            now = yield from part.signed(s, now)

    return story


def legal(s: Scene) -> Story:
    """Referred to a legal procedure, with case number and the date of the next feedback (S2:66)."""
    now = yield from part.opened(s)
    now = yield from part.handed_up(s, now, "community")
    now = yield from part.signed(s, now)
    yield from part.resolved(s, now, "legal")


def rejected(s: Scene) -> Story:
    """Not for this platform: the reporter reads where to turn."""
    now = yield s.at
    s.report(now)
    now = yield s.office(now, 5, 90)
    s.do("reject", now, **say("reject", s.rng))


def answered(s: Scene) -> Story:
    """A question, answered at once."""
    now = yield s.at
    s.report(now)
    now = yield s.office(now, 3, 60)
    s.do("answer", now, text=s.result())
    yield from part.rated(s, now)


def danger(s: Scene) -> Story:
    """Three levels are called; the first signs within minutes and whistles for those who can help."""
    now = yield s.at
    s.report(now)
    now = yield s.soon(now, 0.7, 3.5)
    s.do("contact", now, way="phone", text=say("contact", s.rng))
    if s.chance(0.5):
        s.do("phoned", now, whom=s.rng.choice(("fire", "police", "street_duty")))
    now = yield s.soon(now, 0.5, 6)
    called = s.bodies(("department", "utility", "posted"), 2)
    part.whistled(s, now, "emergency", list(called))
    now = yield from part.answered(s, now, "emergency")
    now = yield from part.resolved(s, now, "solved")
    yield from part.rated(s, now)


def danger_silent(s: Scene) -> Story:
    """A danger that nobody takes climbs within minutes; the street takes it."""
    now = yield s.at
    s.report(now)
    while s.below("street"):
        now = yield from part.unanswered(s, now)
    s.do("sign", now)
    part.whistled(s, now, "emergency", list(s.bodies(("department", "utility"), 1)))
    now = yield from part.answered(s, now, "emergency")
    now = yield from part.resolved(s, now, "solved")
    yield from part.rated(s, now)


def danger_late(s: Scene) -> Story:
    """Signed, but no result within two hours: the levels above are called one after the other."""
    now = yield s.at
    s.report(now)
    now = yield s.soon(now, 1, 4)
    s.do("sign", now)
    while s.rungs("call_above") < 2:
        now = yield from part.unanswered(s, now)
    now = yield from part.resolved(s, now, "solved")
    yield from part.rated(s, now)


def danger_callee_silent(s: Scene) -> Story:
    """An emergency whistle that the squad does not answer is with its street five minutes later."""
    now = yield s.at
    s.report(now)
    now = yield s.soon(now, 1, 3)
    s.do("sign", now)
    part.whistled(s, now, "emergency", [s.squad()])
    while not any(one.raised_to for one in s.callees()):
        now = yield from part.unanswered(s, now)
    now = yield from part.answered(s, now, "emergency")
    now = yield from part.resolved(s, now, "solved")
    yield from part.rated(s, now)
