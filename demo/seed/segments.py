"""Stretches that stories are made of. Each yields moments and returns the one where it ended."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from demo.seed.scene import Scene, Stretch
from demo.seed.texts import phrases, say
from grids.models import Body, Unit
from issues.kinds import REPLY_CHECKS
from issues.models import Callee
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
# Step of those called → occasion of what they say, where the two differ.
WORDS = {"meet": "met", "plan": "planned", "stage_done": "stage"}
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
    now = yield s.soon(now, 0.7, 3.5) if s.issue.is_danger else s.office(now, 4, 95)
    if s.is_told and s.chance(0.75):
        s.do("contact", now, way=say("way", s.rng), text=say("contact", s.rng))
    else:
        s.do("sign", now)
    return now


def at_level(s: Scene, level: str) -> Stretch:
    """It comes in, goes up to this level and is signed for there."""
    now = yield from opened(s)
    now = yield from handed_up(s, now, level)
    return (yield from signed(s, now))


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
    return (yield from submitted(s, now, outcome, text, **extra))


def submitted(s: Scene, now: datetime, outcome: str, text: str, **extra: Any) -> Stretch:
    """The result goes in; of a body that approves its replies, when its head has read it."""
    if isinstance(s.owner, Body):
        extra["checks"] = [word.key for word in REPLY_CHECKS]
    s.do("submit_result", now, outcome=outcome, text=text, **extra)
    if s.issue.state == "handling":
        now = yield s.office(now, 10, 200)
        reply = s.decision("reply")
        s.act(reply, "grant", now, capability="assign_officer", text=say("granted", s.rng))
    return now


def verified(s: Scene, now: datetime) -> Stretch:
    """Where the rules ask for it, somebody else looks at the result on the spot."""
    if s.issue.waits_for_check:
        now = yield s.soon(now, 10, 50) if s.issue.is_danger else s.office(now, 20, 500)
        s.do("verify", now, by=s.checker(now), passed=True, text=say("checked", s.rng))
    return now


def rated(s: Scene, now: datetime, how: str = "") -> Stretch:
    """Nearly every second reporter answers; from the others the window passes (the sweep closes it)."""
    if s.issue.state != "resolved":
        return now
    now = yield from verified(s, now)
    # Where nobody rates it, the check on the spot has ended it.
    if s.issue.state != "resolved":
        return now
    how = how or (s.rng.choices(("good", "fair", ""), (36, 9, 55))[0] if s.is_told else "")
    if how:
        now = yield s.awake(now, 1, 60)
        s.rate(now, how)
    elif s.chance(0.3):
        now = yield s.office(now, 500, 1900)
        s.call_back(now, s.rng.choices(("good", "fair", "bad", ""), (5, 2, 1, 2))[0])
        if s.reread().disputed:
            now = yield s.office(now, 6, 80)
            s.do("close", now, by=s.someone(s.owner, "dispatch", now), text=say("close", s.rng))
    return now


def whistled(s: Scene, now: datetime, kind: str, called: list[Unit | Body]) -> None:
    """The owner blows the whistle, now."""
    units, bodies = (
        [one for one in called if isinstance(one, Unit)],
        [one for one in called if isinstance(one, Body)],
    )
    said = say(f"whistle.{kind}", s.rng)
    remote = kind == "quick" and s.chance(0.4)
    s.do("whistle", now, kind=kind, units=units, bodies=bodies, remote=remote, text=said)


# Kind → (step, minutes after the one before): of office time, in an emergency by the clock.
ANSWERS = {
    "quick": (("acknowledge", 4, 100), ("report_in", 30, 300), ("done", 40, 600)),
    "tough": (("acknowledge", 10, 210), ("report_in", 240, 1000), ("done", 600, 3600)),
    "emergency": (("acknowledge", 1, 4), ("report_in", 5, 19), ("done", 15, 90)),
}
# The lead of a tough whistle calls the joint meeting, makes the plan and finishes its stages.
LEADS = (
    *ANSWERS["tough"][:2],
    ("meet", 20, 60),
    ("plan", 60, 900),
    ("stage_done", 300, 900),
    ("stage_done", 300, 900),
    ("done", 60, 300),
)


def answered(s: Scene, now: datetime, kind: str, until: str = "done") -> Stretch:
    """Everybody called acknowledges, reports in and is done, each in their own time; or as far as `until`."""
    steps = [step for callee in s.callees() for step in _steps(s, now, callee, kind, until)]
    for at, _pk, callee, verb in sorted(steps, key=lambda row: row[:2]):
        now = yield at
        s.call(callee, verb, now, **_said(s, callee, verb, now))
    return now


def _steps(
    s: Scene, at: datetime, callee: Callee, kind: str, until: str
) -> Iterator[tuple[datetime, int, Callee, str]]:
    """What one of those called does, and when."""
    later = s.soon if kind == "emergency" else s.office
    for verb, least, most in LEADS if kind == "tough" and callee.is_lead else ANSWERS[kind]:
        if verb == callee.state.replace("acknowledged", "acknowledge"):
            continue
        # The level that a silent one was raised to has no time to lose.
        haste = 0.6 if verb == "acknowledge" and callee.raised_to else 1
        at = later(at, least * haste, most * haste)
        yield at, callee.pk, callee, verb
        if verb == until:
            return


def _said(s: Scene, callee: Callee, verb: str, now: datetime) -> dict[str, Any]:
    """What somebody called says with this step."""
    more: dict[str, Any] = {}
    if verb == "report_in":
        afar = callee.whistle.remote_ok
        more["mode"] = s.rng.choices(("on_spot", "phone", "online"), (2, 1, 1))[0] if afar else "on_spot"
    if verb == "meet":
        more["on"] = timezone.localdate(now)
    if verb == "plan":
        days = (s.day_after(now, 4), s.day_after(now, 9))
        more["stages"] = "\n".join(
            f"{day} {text}" for day, text in zip(days, phrases()["stages"], strict=True)
        )
    return more | {"text": say(WORDS.get(verb, verb), s.rng)}


def assessed(s: Scene, now: datetime, share: float = 0.4) -> Stretch:
    """双向评价: some callers say how those called did it, half as many of those called what they think of the
    whistle; where all callers do (`share` 1), all of those called do."""
    for callee in s.ended_callees():
        if s.chance(share):
            now = yield s.office(now, 5, 60)
            verdict = s.rng.choices(("good", "fair", "poor"), (7, 2, 1))[0]
            by = s.someone(callee.whistle.caller, "whistle", now)
            s.act(callee, "rate_callee", now, by=by, verdict=verdict, text=say(f"assessed.{verdict}", s.rng))
        if not callee.validity and (share >= 1 or s.chance(share / 2)):
            now = yield s.office(now, 5, 60)
            validity = s.rng.choices(("valid", "solvable", "not_ours"), (8, 1, 1))[0]
            s.act(callee, "judge", now, validity=validity)
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
