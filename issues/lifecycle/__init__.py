"""The whole life of an issue as two tables: the states, and who may do what from which state.

Sources: the six-stage loop S2:68 (荆州); first receiver responsible, promised answer S3:31 (白城). A verb is a
row in the module of its kind; pages, forms, serializers, addresses and the timeline are made from it.
"""

from issues.lifecycle import (
    deciding,
    handling,
    intake,
    moving,
    officers,
    oversight,
    reporter,
    result,
    sharing,
    whistling,
)
from issues.lifecycle.result import CALLERS
from issues.lifecycle.shape import Facts, Verb, Who
from issues.lifecycle.states import (
    CALLEE_ENDED,
    CALLEE_STATE,
    CALLEE_STATES,
    DECISION_STATES,
    OPEN_STATES,
    STATE,
    STATES,
    TASK_ENDED,
    TASK_STATES,
    UNANSWERED_STATES,
    UNRESOLVED_STATES,
    State,
    callee_state_choices,
    decision_state_choices,
    state_choices,
    task_state_choices,
)

VERBS = (
    *intake.VERBS,
    *handling.VERBS,
    *moving.VERBS,
    *whistling.VERBS,
    *officers.VERBS,
    *result.VERBS,
    *reporter.VERBS,
    *sharing.VERBS,
    *oversight.VERBS,
    *deciding.VERBS,
)
VERB = {verb.key: verb for verb in VERBS}
# What a verb is done to → keys of its verbs.
VERBS_ON = {
    on: tuple(verb.key for verb in VERBS if verb.on == on) for on in ("issue", "callee", "task", "decision")
}
ISSUE_VERBS = VERBS_ON["issue"]
MOST_REDOS = 2

__all__ = [
    "CALLEE_ENDED",
    "CALLEE_STATE",
    "CALLEE_STATES",
    "CALLERS",
    "DECISION_STATES",
    "ISSUE_VERBS",
    "MOST_REDOS",
    "OPEN_STATES",
    "STATE",
    "STATES",
    "TASK_ENDED",
    "TASK_STATES",
    "UNANSWERED_STATES",
    "UNRESOLVED_STATES",
    "VERB",
    "VERBS",
    "VERBS_ON",
    "Facts",
    "State",
    "Verb",
    "Who",
    "callee_state_choices",
    "decision_state_choices",
    "state_choices",
    "task_state_choices",
]
