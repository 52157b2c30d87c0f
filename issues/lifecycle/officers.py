"""Within a body: who of it does the work; and what anybody on duty has told whom by telephone."""

from django.utils.translation import gettext_lazy as _

from issues import inputs
from issues.lifecycle.shape import CALLEE, HELPER_IN_DANGER, OWNER, Verb, Who, states

VERBS = (
    Verb(
        "assign_officer",
        _("Assign the officer"),
        states("assigned", "handling"),
        None,
        (Who("owner", "assign_officer"),),
        (inputs.OFFICER, inputs.reason(_("Note"), required=False)),
    ),
    Verb(
        "send_officer",
        _("Send an officer"),
        states("called", "acknowledged", "reported_in"),
        None,
        (Who("callee", "assign_officer"),),
        (inputs.OFFICER, inputs.reason(_("Note"), required=False)),
        on="callee",
    ),
    # 已电话通知
    Verb(
        "phoned",
        _("Called by telephone"),
        states("reported", "assigned", "handling", "suspended"),
        None,
        (*OWNER, HELPER_IN_DANGER, *(Who("above", one) for one in ("handle", "dispatch")), *CALLEE),
        (inputs.WHOM, inputs.reason(_("Note, without personal data"), required=False)),
    ),
)
