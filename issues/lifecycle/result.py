"""What becomes of a result."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.inputs import Input
from issues.lifecycle.shape import OWNER, Verb, Who, states

VERDICT = (inputs.ANSWERED, inputs.SOLVED, inputs.SATISFIED)
# Through these the level above calls back.
CALLERS = ("verify", "dispatch")
VERBS = (
    Verb(
        "rate",
        _("Rate"),
        states("resolved"),
        None,
        (Who("reporter"),),
        (
            *VERDICT,
            inputs.REASONS,
            inputs.reason(_("In your words"), required=False),
        ),
        guards=("not_rated", "not_own_result", "not_own_units"),
        primary_in=states("resolved"),
        badge="primary",
    ),
    # 回访: who has not rated is called, by the level above whoever submitted the result.
    Verb(
        "call_back",
        _("Call the reporter back"),
        states("resolved", "closed"),
        None,
        (*(Who("above", capability) for capability in CALLERS), Who("owner_at_top", "dispatch")),
        (
            Input("reached", "bool", _("Was the reporter reached?"), required=True),
            *(replace(one, type="yes_no", required=False) for one in VERDICT),
            inputs.REASONS,
            inputs.reason(_("In the reporter's words, or why nobody was reached"), required=False),
        ),
        guards=("to_call", "not_own_result"),
    ),
    Verb(
        "verify",
        _("Check on the spot"),
        states("resolved"),
        None,
        (Who("checker", "verify"), Who("checker", "dispatch")),
        (
            Input("passed", "bool", _("Is it as the result says?"), required=True),
            inputs.reason(_("What was seen")),
            inputs.PHOTOS,
        ),
        guards=("to_check", "not_own_result"),
        primary_in=states("resolved"),
        badge="primary",
    ),
    Verb(
        "send_back",
        _("Send it back"),
        states("resolved"),
        "assigned",
        (Who("above", "verify"), Who("above", "lift")),
        (inputs.reason(_("What is still missing")),),
        guards=("not_rated", "not_disputed", "redo_left", "not_own_result"),
    ),
    Verb(
        "redo",
        _("Have it redone"),
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
        states("resolved"),
        "closed",
        OWNER,
        (inputs.reason(_("Why it ends here, for the resident")),),
        guards=("disputed", "not_own_result"),
    ),
)
