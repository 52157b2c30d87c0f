"""Joint handling: duplicates follow a main issue, and parts of one issue are done by several."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import inputs
from issues.inputs import Input
from issues.lifecycle.shape import DISPATCHER, HANDLER, SCREENER, TASK, Verb, states

VERBS = (
    Verb(
        "merge",
        pgettext_lazy("verb", "Merge"),
        states("reported", "assigned", "handling"),
        "merged",
        (SCREENER, DISPATCHER, HANDLER),
        (inputs.MAIN, inputs.INTERNAL_TEXT),
        guards=(
            *("not_confidential", "no_followers", "no_open_whistle", "no_whistle_in_review"),
            *("no_open_task", "no_open_decision"),
        ),
    ),
    Verb(
        "unmerge",
        _("Take out again"),
        states("merged"),
        "assigned",
        (SCREENER, DISPATCHER, HANDLER),
        (inputs.reason(_("Why it is another matter")),),
    ),
    Verb(
        "split",
        _("Split into sub-tasks"),
        states("handling"),
        None,
        (DISPATCHER,),
        (
            inputs.UNITS,
            inputs.BODIES,
            Input("until", "date", _("To be finished by")),
            inputs.reason(_("What each of them does")),
        ),
    ),
    Verb(
        "take_task",
        _("Take the sub-task"),
        states("given"),
        "taken",
        TASK,
        on="task",
        primary_in=states("given"),
        badge="primary",
    ),
    Verb(
        "finish_task",
        _("Finish the sub-task"),
        states("taken"),
        "finished",
        TASK,
        (inputs.reason(_("What was done")), inputs.PHOTOS),
        on="task",
        primary_in=states("taken"),
        badge="primary",
    ),
    Verb(
        "ask_task_time",
        _("Ask for more time for the sub-task"),
        states("taken"),
        None,
        TASK,
        (inputs.UNTIL, inputs.reason(_("Why it takes longer"))),
        guards=("not_danger", "not_asked_time", "in_time", "extension_left"),
        on="task",
    ),
    Verb(
        "give_back",
        _("Give the sub-task back"),
        states("given", "taken"),
        "given_back",
        TASK,
        (inputs.reason(_("Reason")),),
        on="task",
    ),
    Verb(
        "call_off",
        _("Call it off"),
        states("given", "taken"),
        "called_off",
        (DISPATCHER,),
        (inputs.reason(_("Reason")),),
        on="task",
    ),
)
