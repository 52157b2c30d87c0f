"""What a row of the verbs' table is made of.

Read a row as: from these states, somebody tied to the issue in this way and able to do this, may do it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from issues.inputs import Input

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Who:
    """A tie to the issue and, where needed, a capability held at that place.

    Ties: owner (unit or body that has it; owner_in_review counts only where it reviews a disputed result that
    somebody else submitted, owner_at_top where it is the district, owner_of_letter where a letter goes with the
    matter) · sender (gave it to the owner) · keeper (had it,
    until the next one accepts) · above (any level above the owner; above_in_danger counts only in danger) · around
    (the owner's own unit or any above it) · checker (must look at the result on the spot) · reporter · registrar (wrote
    down for the reporter what they told, and writes down what they tell later). Of a part: callee, task or decider,
    and the same with _above for the level that a silent one's matter was raised to; caller (blew the whistle that
    called this callee).
    """

    tie: str
    capability: str = ""


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of an issue (or callee) besides its state."""

    state: str
    danger: bool = False
    # Of an issue, and of a reply that waits: is somebody called. A whistle is open before that too, while the street
    # looks at it.
    called: bool = False
    open_whistles: int = 0
    disputed: bool = False
    redo_count: int = 0
    owner_level: str = ""
    hotline: bool = False
    # A hotline order whose caller is not to be known.
    confidential: bool = False
    own_report: bool = False
    # What they report as found by themselves, not as told by somebody; its day is not over yet; it was suspended or
    # extended.
    own_finding: bool = False
    same_day: bool = False
    put_off: bool = False
    # Told to them by somebody, and where they have a post themselves.
    told_to_own_unit: bool = False
    own_result: bool = False
    # Submitted where they have a post; by the district, above which nobody stands.
    own_units_result: bool = False
    submitted_at_top: bool = False
    # The owner itself, not its level above, submitted the result: of a disputed one the district.
    submitted_here: bool = False
    open_tasks: int = 0
    # Kinds of what is asked for and not decided yet.
    open_decisions: frozenset[str] = frozenset()
    has_followers: bool = False
    # The reporter was asked something and has not answered; the owner's clock stands still until they do.
    asked: bool = False
    waits_for_answer: bool = False
    # May its owner ask the reporter once more, and is there nobody who could answer.
    questions_left: bool = True
    nobody_to_ask: bool = False
    returnable: bool = False
    # Somebody or a rule has said where it belongs, and the owner may give it there.
    proposed: bool = False
    # The level above has ruled between the owner and somebody else.
    ruled: bool = False
    late: bool = False
    # As often as the district allows; of a part, the part.
    extended: bool = False
    # Of a hotline order: what is asked for ends after the hotline's own deadline, as any extension does.
    beyond_hotline: bool = False
    objected: bool = False
    # It ended with a result lately, and nobody has reviewed that.
    reopenable: bool = False
    chased: bool = False
    to_check: bool = False
    # Has its reporter left a telephone and not said anything, and what was heard by telephone instead may still
    # be put right by them.
    to_call: bool = False
    only_heard: bool = False
    # Of the part that the verb is about; it waits for those among whom this person works. Of a letter: it is for
    # somebody called or with a sub-task.
    kind: str = ""
    own_part: bool = False
    to_part: bool = False
    lead: bool = False
    own_request: bool = False
    # Of somebody who was called or has a sub-task: they have asked for more time.
    asked_time: bool = False
    lapsed: bool = False
    judged: bool = False
    # Of somebody who was called: had they acknowledged it before it ended; was the caller's verdict given, and may this
    # caller give it; the whistle's meeting and plan. Of an issue: may others be called in.
    acknowledged: bool = True
    rated: bool = False
    rateable: bool = True
    met: bool = False
    planned: bool = False
    stages_left: int = 0
    joinable: bool = False
    # Of a reply that waits: may this person approve it.
    approves: bool = False


@dataclass(frozen=True)
class Verb:
    """A row of the table. `to` is the state it leads to, None where it stays or the action decides.

    `on` is what it is done to: the issue itself, or a part of it: callee, task or decision. `hides`: whoever did it
    may not see the issue any more.
    """

    key: str
    label: StrOrPromise
    from_states: frozenset[str]
    to: str | None
    who: tuple[Who, ...]
    inputs: tuple[Input, ...] = ()
    guards: tuple[str, ...] = ()
    badge: str = "secondary"
    on: str = "issue"
    hides: bool = False
    primary_in: frozenset[str] = field(default_factory=frozenset)


HANDLER = Who("owner", "handle")
SCREENER = Who("owner", "screen")
DISPATCHER = Who("owner", "dispatch")
# A district has dispatchers and nobody who handles: what climbed to it must not be stuck there.
OWNER = (HANDLER, DISPATCHER)
# In danger whoever of the three called levels is first takes it.
HELPER_IN_DANGER = Who("above_in_danger", "handle")
CALLEE = (
    Who("callee", "report_in"),
    *(Who(tie, capability) for tie in ("callee", "callee_above") for capability in ("handle", "dispatch")),
)
TASK = tuple(Who(tie, capability) for tie in ("task", "task_above") for capability in ("handle", "dispatch"))


def states(*keys: str) -> frozenset[str]:
    return frozenset(keys)
