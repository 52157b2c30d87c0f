"""Stretches that stories are made of. Each yields moments and returns the one where it ended."""

from datetime import datetime, timedelta

from demo.seed.scene import Scene, Stretch
from demo.seed.texts import say
from grids.models import Body, Unit
from trail.refusals import Refused

# Minutes of office time until a result, by the owner's level or kind: all inside its limits.
PACE = {
    "grid": (15, 380),
    "community": (60, 1200),
    "street": (120, 2600),
    "department": (300, 5200),
    "office": (90, 2400),
    "posted": (90, 2000),
}
OUTCOMES = (("solved", 86), ("explained", 7), ("not_substantiated", 4), ("unreachable", 3))


def opened(s: Scene) -> Stretch:
    """Reported, and screened by the community where no rule hands it out."""
    now = yield s.at
    s.report(now)
    if s.issue.state == "reported":
        now = yield s.office(now, 4, 95)
        s.do("screen", now, category=s.category)
    return now


def signed(s: Scene, now: datetime) -> Stretch:
    """Somebody signs in time, mostly by contacting the resident. The district first finds a department for it."""
    if isinstance(s.owner, Unit) and s.owner.kind == "district":
        now = yield from dispatched(s, now, next(iter(s.bodies(("department",), 1)), s.department()))
    now = yield s.office(now, 4, 95)
    if s.chance(0.75):
        s.do("contact", now, way=say("way", s.rng), text=say("contact", s.rng))
    else:
        s.do("sign", now)
    return now


def handed_up(s: Scene, now: datetime, level: str) -> Stretch:
    """From one level to the next by hand, each with its reason, until this one has it (not yet signed)."""
    while s.below(level):
        now = yield from signed(s, now)
        now = yield s.office(now, 15, 120)
        s.do("hand_up", now, text=s.matter.up or "需要上一级统筹")
    return now


def dispatched(s: Scene, now: datetime, body: Body) -> Stretch:
    """The owner hands it to a body of its own."""
    now = yield s.office(now, 10, 200)
    s.do("dispatch", now, body=body, internal_text=say("dispatched", s.rng))
    return now


def resolved(s: Scene, now: datetime, outcome: str = "") -> Stretch:
    """The work is done and the result submitted, in time."""
    least, most = PACE[s.owner.kind]
    if s.issue.is_danger:
        now = yield s.soon(now, 8, 50)
    elif s.chance(0.08):
        now = yield s.office(now, least / 2, most / 2)
        s.do("note", now, text=say("note", s.rng), internal=s.chance(0.4))
        now = yield s.office(now, least / 2, most / 2)
    else:
        now = yield s.office(now, least, most)
    outcome = outcome or s.rng.choices(*zip(*OUTCOMES, strict=True))[0]
    extra = {}
    if outcome == "legal":
        extra = {
            "case_number": f"演示调字第{s.rng.randint(1, 999)}号",
            "feedback_on": (now + timedelta(days=20)).date(),
        }
    text = s.result() if outcome == "solved" else say(outcome, s.rng)
    s.do("submit_result", now, outcome=outcome, text=text, **extra)
    return now


def rated(s: Scene, now: datetime, how: str = "") -> Stretch:
    """Nearly every second reporter answers; from the others the window passes (the sweep closes it)."""
    if s.issue.state != "resolved":
        return now
    how = how or s.rng.choices(("good", "fair", ""), (36, 9, 55))[0]
    if how:
        now = yield s.awake(now, 1, 60)
        s.rate(now, how)
    return now


def whistled(s: Scene, now: datetime, kind: str, called: list[Unit | Body]) -> None:
    """The owner blows the whistle, now."""
    units, bodies = (
        [one for one in called if isinstance(one, Unit)],
        [one for one in called if isinstance(one, Body)],
    )
    s.do("whistle", now, kind=kind, units=units, bodies=bodies, text=say(f"whistle.{kind}", s.rng))


# Kind → verb → minutes after the one before: of office time, in an emergency by the clock.
ANSWERS = {
    "quick": {"acknowledge": (4, 100), "report_in": (30, 300), "done": (40, 600)},
    "tough": {"acknowledge": (10, 210), "report_in": (240, 1000), "done": (600, 3600)},
    "emergency": {"acknowledge": (1, 4), "report_in": (5, 19), "done": (15, 90)},
}


def answered(s: Scene, now: datetime, kind: str, until: str = "done") -> Stretch:
    """Everybody called acknowledges, reports in and is done, each in their own time; or as far as `until`."""
    plan = []
    later = s.soon if kind == "emergency" else s.office
    for callee in s.callees():
        at = now
        for verb, (least, most) in ANSWERS[kind].items():
            # The level that a silent one was raised to has no time to lose.
            haste = 0.6 if verb == "acknowledge" and callee.raised_to else 1
            at = later(at, least * haste, most * haste)
            plan.append((at, callee.pk, callee, verb))
            if verb == until:
                break
    for at, _pk, callee, verb in sorted(plan, key=lambda row: row[:2]):
        now = yield at
        inputs = (
            {"mode": s.rng.choices(("on_spot", "phone", "online"), (8, 1, 1))[0]}
            if verb == "report_in"
            else {}
        )
        s.call(callee, verb, now, text=say(verb, s.rng), **inputs)
    return now


def unanswered(s: Scene, now: datetime) -> Stretch:
    """Nothing is done until the next of its clocks has fired."""
    at = s.next_rung()
    if at is None:
        raise Refused("no clock is running", code="no_clock")
    now = yield s.soon(max(at, now), 0.3, 1)
    s.world.pass_time(now)
    s.reread()
    return now
