"""Decisions: what was asked for is granted, refused, answered or no longer wanted."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.lifecycle.oversight import SUPERVISOR
from issues.lifecycle.shape import OWNER, Verb, Who, states

DECIDER = tuple(
    Who(tie, capability)
    for tie in ("decider", "decider_above")
    for capability in ("handle", "dispatch", "lift")
)
HEAD = Who("decider", "assign_officer")
VERBS = (
    Verb(
        "grant",
        _("Grant"),
        states("open"),
        "granted",
        (*DECIDER, HEAD),
        (inputs.reason(_("Note"), required=False),),
        guards=(
            *("to_be_decided", "not_own_request", "not_lapsed", "within_hotline", "can_be_suspended"),
            *("can_be_submitted", "approves"),
        ),
        on="decision",
        primary_in=states("open"),
        badge="primary",
    ),
    Verb(
        "refuse",
        pgettext_lazy("verb", "Refuse"),
        states("open"),
        "refused",
        (*DECIDER, HEAD),
        (inputs.reason(_("Why not")),),
        guards=("to_be_decided", "not_own_request", "approves"),
        on="decision",
        badge="danger",
    ),
    Verb(
        "answer_letter",
        _("Answer the letter"),
        states("open"),
        "answered",
        # Who was addressed; and whoever has the matter now, the district's dispatchers too. One to somebody called or
        # with a sub-task is theirs alone.
        (*DECIDER, *(Who("owner_of_letter", who.capability) for who in OWNER)),
        (inputs.reason(_("Answer to the supervisor")),),
        guards=("is_letter",),
        on="decision",
        primary_in=states("open"),
        badge="primary",
    ),
    # Whoever sent it takes it back, with a reason; else it waits for its answer, whatever becomes of the matter.
    Verb(
        "withdraw_letter",
        _("Withdraw the letter"),
        states("open"),
        "dropped",
        SUPERVISOR,
        (inputs.reason(_("Why it needs no answer any more")),),
        guards=("is_letter", "own_letter"),
        on="decision",
    ),
    Verb(
        "drop",
        _("No longer wanted"),
        states("open"),
        "dropped",
        OWNER,
        guards=("to_be_decided", "droppable"),
        on="decision",
    ),
)
