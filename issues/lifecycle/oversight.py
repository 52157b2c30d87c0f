"""Supervision runs beside handling: chasing, letters, and what the level above is asked for."""

from django.utils.translation import gettext_lazy as _

from issues import inputs
from issues.lifecycle.shape import OWNER, Verb, Who, states
from issues.lifecycle.whistling import CALLER

OVER = tuple(Who("above", capability) for capability in ("handle", "dispatch"))
SUPERVISOR = (Who("above", "supervise"), Who("around", "supervise"))
# While they have something to do: whoever the street still looks at (审哨) is not called yet.
CALLED = states("called", "acknowledged", "reported_in")
TASKED = states("given", "taken")
VERBS = (
    Verb(
        "chase",
        _("Chase"),
        # Of what follows another the other is chased.
        states("reported", "assigned", "handling", "suspended", "merged"),
        None,
        (Who("reporter"), Who("registrar"), *OVER, *SUPERVISOR),
        (inputs.reason(_("What is urgent"), required=False),),
        guards=("not_chased",),
    ),
    # 督办: a letter with a number and an answer date; on a result too, above all on one that is called unsolved.
    Verb(
        "supervise",
        _("Supervise by letter"),
        states("reported", "assigned", "handling", "suspended", "resolved"),
        None,
        SUPERVISOR,
        (inputs.ANSWER_BY, inputs.reason(_("What the letter demands"))),
        badge="warning",
    ),
    # Of those whom a whistle has called, and of those with a sub-task: whoever called them or gave it, and those above.
    Verb(
        "chase_callee",
        _("Chase those called"),
        CALLED,
        None,
        (*CALLER, Who("caller", "whistle"), *OVER, *SUPERVISOR),
        (inputs.reason(_("What is urgent"), required=False),),
        guards=("not_chased", "not_own_part"),
        on="callee",
    ),
    Verb(
        "supervise_callee",
        _("Supervision letter to those called"),
        CALLED,
        None,
        SUPERVISOR,
        (inputs.ANSWER_BY, inputs.reason(_("What the letter demands"))),
        guards=("not_own_part",),
        badge="warning",
        on="callee",
    ),
    Verb(
        "chase_task",
        _("Chase the sub-task"),
        TASKED,
        None,
        (*OWNER, *OVER, *SUPERVISOR),
        (inputs.reason(_("What is urgent"), required=False),),
        guards=("not_chased", "not_own_part"),
        on="task",
    ),
    Verb(
        "supervise_task",
        _("Supervision letter on the sub-task"),
        TASKED,
        None,
        SUPERVISOR,
        (inputs.ANSWER_BY, inputs.reason(_("What the letter demands"))),
        guards=("not_own_part",),
        badge="warning",
        on="task",
    ),
    # 领办: a leader takes it on in person; the owner stays.
    Verb(
        "lead",
        _("Take it on in person"),
        states("handling", "suspended"),
        None,
        (Who("above", "lift"), Who("around", "lift")),
        (inputs.reason(_("Note"), required=False),),
    ),
    Verb(
        "ask_extension",
        _("Ask for an extension"),
        states("handling"),
        None,
        OWNER,
        (inputs.UNTIL, inputs.reason(_("Why it takes longer"))),
        guards=(
            *("not_danger", "within_hotline", "not_asked_extension", "in_time", "extension_left"),
            *("no_open_whistle", "clock_runs"),
        ),
    ),
    # 挂账: with cause, review date and approval.
    Verb(
        "ask_suspension",
        _("Ask to suspend it"),
        states("handling"),
        None,
        OWNER,
        (inputs.CAUSE, inputs.REVIEW_ON, inputs.reason(_("Why it cannot be solved now"))),
        guards=(
            *("not_asked_suspension", "not_danger"),
            *("no_open_whistle", "no_whistle_in_review", "no_open_task"),
        ),
    ),
    # 解除险情: it turns out to be none. Not by whoever has it alone.
    Verb(
        "ask_all_clear",
        _("Ask to drop the danger"),
        states("handling"),
        None,
        OWNER,
        (inputs.INSTEAD, inputs.reason(_("Why it is no danger"))),
        guards=("in_danger", "not_asked_all_clear"),
    ),
    Verb(
        "all_clear",
        _("Drop the danger"),
        states("assigned", "handling"),
        None,
        OVER,
        (inputs.INSTEAD, inputs.reason(_("Why it is no danger"))),
        guards=("in_danger",),
        badge="warning",
    ),
    Verb(
        "resume",
        _("Resume"),
        states("suspended"),
        "handling",
        (*OWNER, *OVER),
        (inputs.reason(_("What has changed"), required=False),),
        primary_in=states("suspended"),
        badge="primary",
    ),
)
