"""What the reporter does besides rating, and what is asked of them. Whoever registered it for somebody else writes down
what they tell later, but never their verdict: for that they are called back."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.lifecycle.shape import OWNER, Verb, Who, states

REPORTER = (Who("reporter"), Who("registrar"))
VERBS = (
    Verb(
        "ask_info",
        _("Ask the reporter"),
        states("handling"),
        None,
        OWNER,
        (inputs.reason(_("What has to be known, for the resident")),),
        # In danger the reporter is called, no clock waits for an answer.
        guards=(
            *("not_danger", "no_open_whistle", "not_waiting_for_answer"),
            *("questions_left", "somebody_to_ask"),
        ),
    ),
    Verb(
        "supply_info",
        _("Answer the question"),
        # Suspended meanwhile, it is read as well: only no clock waits for it any more.
        states("handling", "suspended"),
        None,
        # Told to whoever has it as well: on the spot, or by telephone.
        (*REPORTER, *OWNER),
        (inputs.reason(pgettext_lazy("answer", "In your words")), inputs.PHOTOS),
        guards=("asked",),
        primary_in=states("handling", "suspended"),
        badge="primary",
    ),
    # Unasked: what somebody who waits has seen meanwhile. No clock moves.
    Verb(
        "add_info",
        _("Add something"),
        states("reported", "assigned", "handling", "suspended", "resolved"),
        None,
        REPORTER,
        (inputs.reason(_("What else is to be known")), inputs.PHOTOS),
        guards=("not_asked",),
    ),
    Verb(
        "withdraw",
        _("Withdraw it"),
        states("reported", "assigned", "handling", "suspended", "merged"),
        "closed",
        REPORTER,
        (inputs.reason(_("Why, if you like"), required=False),),
        guards=("not_danger", "not_hotline", "not_told_to_own_unit"),
    ),
    # After the window of the verdict, and after a verdict that came too soon.
    Verb(
        "reopen",
        _("It is not solved after all"),
        states("closed"),
        "resolved",
        REPORTER,
        (inputs.reason(_("What is still, or again, as it was")), inputs.PHOTOS),
        guards=("not_danger_again", "reopenable", "not_hotline", "not_own_result", "not_own_units"),
    ),
    # One objection to a rejection: the level above looks at it again.
    Verb(
        "object",
        pgettext_lazy("verb", "Object"),
        states("rejected"),
        "reported",
        REPORTER,
        (inputs.reason(_("Why it should be accepted")),),
        guards=("not_objected", "not_hotline"),
    ),
    # One to a merge, too: it is a matter of its own again.
    Verb(
        "object_merge",
        _("Mine is another matter"),
        states("merged"),
        "assigned",
        REPORTER,
        (inputs.reason(_("What is different about yours")),),
        guards=("not_objected",),
    ),
)
