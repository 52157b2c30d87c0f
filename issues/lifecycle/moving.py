"""The ways to another owner besides dispatching: up, back, over, and in one tap."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.inputs import Input
from issues.kinds import RETURN_REASONS
from issues.lifecycle.shape import DISPATCHER, HANDLER, OWNER, SCREENER, Verb, Who, states

VERBS = (
    Verb(
        "hand_up",
        _("Hand up"),
        states("assigned", "handling"),
        "assigned",
        # A body too: what is not its own goes back to the unit that it belongs to.
        (Who("owner", "hand_up"), HANDLER),
        (inputs.reason(_("Why this level cannot solve it")),),
        guards=("no_open_whistle", "no_whistle_in_review", "no_open_task", "below_district"),
    ),
    # 退单: within one working day, with the right unit; the promised date stays.
    Verb(
        "return",
        pgettext_lazy("verb", "Return"),
        states("assigned", "handling"),
        "assigned",
        OWNER,
        (
            Input("why", "choice", _("Why"), required=True, choices=RETURN_REASONS),
            inputs.RIGHT_UNIT,
            inputs.RIGHT_BODY,
            inputs.reason(_("Reason")),
        ),
        guards=(
            *("not_hotline", "not_ruled", "returnable"),
            *("no_open_whistle", "no_whistle_in_review", "no_open_task"),
        ),
    ),
    # In one tap to where it belongs, as whoever returned it said, or the rule of what it was corrected to.
    Verb(
        "give_proposed",
        _("Give it where it belongs"),
        states("reported", "assigned", "handling"),
        "assigned",
        (DISPATCHER,),
        guards=("proposed", "no_open_whistle", "no_whistle_in_review", "no_open_task"),
        badge="primary",
    ),
    Verb(
        "recall",
        _("Recall"),
        states("assigned"),
        "assigned",
        tuple(Who("sender", capability) for capability in ("dispatch", "screen", "handle")),
    ),
    # 提级办理: the level above takes it over; of a result that is called unsolved its reviewer does too.
    Verb(
        "lift",
        _("Take it over"),
        states("reported", "assigned", "handling", "suspended", "resolved"),
        "handling",
        (Who("above", "lift"), *(Who("owner_in_review", one) for one in ("handle", "dispatch"))),
        (
            inputs.reason(_("Why this level takes it over"), required=False),
            Input("for_resident", "bool", _("The resident reads this too")),
        ),
        guards=("open_or_disputed",),
        badge="warning",
    ),
    Verb(
        "return_to_hotline",
        _("Return to the hotline"),
        states("reported", "assigned", "handling"),
        "rejected",
        (SCREENER, HANDLER),
        (inputs.reason(_("Reason, for the hotline")),),
        guards=("hotline", "no_open_whistle", "no_whistle_in_review", "no_open_task"),
        badge="danger",
    ),
)
