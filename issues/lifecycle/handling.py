"""The handler's own steps."""

from django.utils.translation import gettext_lazy as _

from issues import inputs
from issues.inputs import Input
from issues.kinds import CONTACT_WAYS
from issues.lifecycle.shape import CALLEE, HELPER_IN_DANGER, OWNER, TASK, Verb, Who, states

VERBS = (
    Verb(
        "sign",
        _("Sign for it"),
        states("assigned"),
        "handling",
        (*OWNER, HELPER_IN_DANGER),
        primary_in=states("assigned"),
        badge="primary",
    ),
    Verb(
        "contact",
        _("Contact the resident"),
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
        states("reported", "assigned", "handling", "suspended", "resolved"),
        None,
        (
            *OWNER,
            *(Who(tie, capability) for tie in ("keeper", "above") for capability in ("handle", "dispatch")),
            *CALLEE,
            *TASK,
        ),
        (
            inputs.reason(_("Note")),
            Input("internal", "bool", _("For staff only"), help=_("The resident does not see it.")),
            inputs.PHOTOS,
        ),
    ),
    Verb(
        "submit_result",
        _("Submit the result"),
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
            inputs.REPLY,
        ),
        guards=("no_open_whistle", "no_open_task", "not_asked_reply"),
        primary_in=states("handling"),
        badge="primary",
    ),
)
