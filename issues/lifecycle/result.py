"""What becomes of a result."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.inputs import Input
from issues.lifecycle.shape import OWNER, Verb, Who, states

VERBS = (
    Verb(
        "rate",
        _("Rate"),
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
        guards=("not_rated", "redo_left", "not_own_result"),
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
