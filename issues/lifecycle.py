"""The whole life of an issue as two tables: the states, and who may do what from which state.

Read a row of VERBS as: from these states, somebody tied to the issue in this way and able to do this, may
do it. Sources: the six-stage loop S2:39 (荆州); first receiver responsible, promised answer S3:31 (白城).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.inputs import Input
from issues.kinds import CONTACT_WAYS, REPORT_MODES
from issues.whistles import KINDS as WHISTLES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class State:
    """`label` is for staff, `resident_label` for the reporter; `is_open`: it has an owner and a deadline."""

    key: str
    label: StrOrPromise
    resident_label: StrOrPromise
    is_open: bool
    badge: str


# Those that this version reaches; parking (suspended) and merging come with their verbs.
STATES = (
    State("reported", _("To be screened"), _("Received"), True, "info"),
    State("assigned", _("To be signed for"), _("Given to a handler"), True, "warning"),
    State("handling", _("In hand"), pgettext_lazy("resident", "In hand"), True, "primary"),
    State("resolved", _("To be verified"), _("Done, please confirm"), True, "success"),
    State("closed", _("Closed"), _("Ended"), False, "muted"),
    State("rejected", _("Not accepted"), pgettext_lazy("resident", "Not accepted"), False, "muted"),
)
STATE = {state.key: state for state in STATES}
OPEN_STATES = tuple(state.key for state in STATES if state.is_open)
# Nobody has taken it yet; a disputed result waits for its reviewer in the same way.
UNANSWERED_STATES = ("reported", "assigned")

CALLEE_STATES = (
    State("called", _("Called"), _("Called"), True, "danger"),
    State("acknowledged", _("Acknowledged"), _("On the way"), True, "warning"),
    State("reported_in", _("Reported in"), _("At work"), True, "primary"),
    State("done", _("Done"), _("Done"), False, "success"),
)
CALLEE_STATE = {state.key: state for state in CALLEE_STATES}


@dataclass(frozen=True)
class Who:
    """A tie to the issue and, where needed, a capability held at that place.

    Ties: owner (unit or body that has it) · keeper (had it, until the next one accepts) · above (any level
    above the owner; above_in_danger counts only in danger) · callee (of an open whistle) · callee_above (the
    level that a silent callee's matter was raised to) · reporter.
    """

    tie: str
    capability: str = ""


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of an issue (or callee) besides its state."""

    state: str
    danger: bool = False
    open_whistles: int = 0
    disputed: bool = False
    redo_count: int = 0
    owner_level: str = ""
    hotline: bool = False
    own_report: bool = False
    own_result: bool = False


@dataclass(frozen=True)
class Verb:
    """A row of the table. `to` is the state it leads to, None where it stays or the action decides."""

    key: str
    label: StrOrPromise
    done_label: StrOrPromise
    from_states: frozenset[str]
    to: str | None
    who: tuple[Who, ...]
    inputs: tuple[Input, ...] = ()
    guards: tuple[str, ...] = ()
    badge: str = "secondary"
    on_callee: bool = False
    resident_sees: bool = True
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


def states(*keys: str) -> frozenset[str]:
    return frozenset(keys)


VERBS = (
    Verb(
        "screen",
        _("Screen"),
        _("screened it"),
        states("reported"),
        "assigned",
        (SCREENER,),
        (inputs.CATEGORY, inputs.KIND, inputs.INTERNAL_TEXT),
        primary_in=states("reported"),
        badge="primary",
    ),
    Verb(
        "dispatch",
        _("Dispatch"),
        _("dispatched it"),
        states("reported", "assigned", "handling"),
        "assigned",
        (DISPATCHER,),
        (inputs.UNIT, inputs.BODY, inputs.INTERNAL_TEXT),
        guards=("no_open_whistle",),
    ),
    Verb(
        "answer",
        _("Answer at once"),
        _("answered at once"),
        states("reported", "assigned", "handling"),
        "resolved",
        (HANDLER, SCREENER),
        (inputs.RESIDENT_TEXT,),
        guards=("no_open_whistle",),
    ),
    Verb(
        "reject",
        _("Do not accept"),
        _("did not accept it"),
        states("reported", "assigned"),
        "rejected",
        (SCREENER,),
        (
            Input("channel", "line", _("The right channel"), required=True, max_length=120),
            inputs.reason(_("Reason, for the resident")),
        ),
        guards=("not_hotline",),
        badge="danger",
    ),
    Verb(
        "sign",
        _("Sign for it"),
        _("signed for it"),
        states("assigned"),
        "handling",
        (*OWNER, HELPER_IN_DANGER),
        primary_in=states("assigned"),
        badge="primary",
    ),
    Verb(
        "contact",
        _("Contact the resident"),
        _("contacted the resident"),
        states("assigned", "handling"),
        "handling",
        (*OWNER, HELPER_IN_DANGER),
        (
            Input("way", "choice", _("How"), required=True, choices=CONTACT_WAYS),
            inputs.reason(_("What was said"), required=False),
        ),
    ),
    Verb(
        "note",
        _("Note progress"),
        _("noted progress"),
        states("reported", "assigned", "handling", "resolved"),
        None,
        (
            *OWNER,
            *(Who(tie, capability) for tie in ("keeper", "above") for capability in ("handle", "dispatch")),
            *CALLEE,
        ),
        (
            inputs.reason(_("Note")),
            Input("internal", "bool", _("For staff only"), help=_("The resident does not see it.")),
            inputs.PHOTOS,
        ),
    ),
    Verb(
        "hand_up",
        _("Hand up"),
        _("handed it up"),
        states("assigned", "handling"),
        "assigned",
        # A body too: what is not its own goes back to the unit that it belongs to.
        (Who("owner", "hand_up"), HANDLER),
        (inputs.reason(_("Why this level cannot solve it")),),
        guards=("no_open_whistle", "below_district"),
    ),
    Verb(
        "whistle",
        _("Whistle"),
        _("whistled"),
        states("handling"),
        None,
        (Who("owner", "whistle"),),
        (
            Input("kind", "choice", _("Kind of whistle"), required=True, choices=WHISTLES),
            inputs.UNITS,
            inputs.BODIES,
            inputs.LEAD,
            inputs.reason(_("What is needed")),
        ),
        badge="warning",
    ),
    Verb(
        "submit_result",
        _("Submit the result"),
        _("submitted the result"),
        states("handling"),
        "resolved",
        OWNER,
        (
            inputs.OUTCOME,
            inputs.RESIDENT_TEXT,
            inputs.INTERNAL_TEXT,
            Input("case_number", "line", _("Case number"), max_length=60, help=_("For a legal procedure.")),
            Input("feedback_on", "date", _("Next feedback on"), help=_("For a legal procedure.")),
            inputs.PHOTOS,
        ),
        guards=("no_open_whistle",),
        primary_in=states("handling"),
        badge="primary",
    ),
    Verb(
        "rate",
        _("Rate"),
        _("rated it"),
        states("resolved"),
        None,
        (Who("reporter"),),
        (
            Input("answered", "bool", _("Was I answered?"), required=True),
            Input("solved", "bool", _("Is it solved?"), required=True),
            Input("satisfied", "bool", _("Am I satisfied?"), required=True),
            inputs.reason(_("In your words"), required=False),
        ),
        guards=("not_rated", "not_own_result"),
        primary_in=states("resolved"),
        badge="primary",
    ),
    Verb(
        "redo",
        _("Have it redone"),
        _("sent it back to be redone"),
        states("resolved"),
        "assigned",
        OWNER,
        (inputs.reason(_("What is still missing")),),
        guards=("disputed", "redo_left"),
        primary_in=states("resolved"),
        badge="primary",
    ),
    Verb(
        "close",
        pgettext_lazy("verb", "Close"),
        _("closed it"),
        states("resolved"),
        "closed",
        OWNER,
        (inputs.reason(_("Why it ends here, for the resident")),),
        guards=("disputed", "not_own_result"),
    ),
    Verb(
        "acknowledge",
        _("Acknowledge"),
        _("acknowledged the whistle"),
        states("called"),
        "acknowledged",
        CALLEE,
        (inputs.reason(_("When and how we come"), required=False),),
        on_callee=True,
        primary_in=states("called"),
        badge="primary",
    ),
    Verb(
        "report_in",
        _("Report in"),
        _("reported in"),
        states("called", "acknowledged"),
        "reported_in",
        CALLEE,
        (
            Input("mode", "choice", _("How"), required=True, choices=REPORT_MODES),
            inputs.reason(_("Note"), required=False),
            inputs.PHOTOS,
        ),
        on_callee=True,
        primary_in=states("acknowledged"),
        badge="primary",
    ),
    Verb(
        "done",
        pgettext_lazy("verb", "Done"),
        _("finished what was asked"),
        states("reported_in"),
        "done",
        CALLEE,
        (inputs.reason(_("What was done")), inputs.PHOTOS),
        on_callee=True,
        primary_in=states("reported_in"),
        badge="primary",
    ),
)
VERB = {verb.key: verb for verb in VERBS}
ISSUE_VERBS = tuple(verb.key for verb in VERBS if not verb.on_callee)
CALLEE_VERBS = tuple(verb.key for verb in VERBS if verb.on_callee)
MOST_REDOS = 2


def state_choices() -> list[tuple[str, StrOrPromise]]:
    return [(state.key, state.label) for state in STATES]


def callee_state_choices() -> list[tuple[str, StrOrPromise]]:
    return [(state.key, state.label) for state in CALLEE_STATES]
