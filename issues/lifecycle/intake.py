"""What is it, and whose: screening, dispatching, answering at once, refusing."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from issues import inputs
from issues.inputs import Input
from issues.lifecycle.shape import DISPATCHER, HANDLER, SCREENER, Verb, Who, states

VERBS = (
    Verb(
        "screen",
        _("Screen"),
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
        states("reported", "assigned", "handling"),
        "assigned",
        (DISPATCHER,),
        (inputs.UNIT, inputs.BODY, inputs.INTERNAL_TEXT),
        guards=("no_open_whistle", "no_whistle_in_review", "no_open_task"),
    ),
    Verb(
        "correct",
        _("Correct place or category"),
        states("reported", "assigned", "handling"),
        None,
        (SCREENER, HANDLER, DISPATCHER),
        (
            replace(inputs.CATEGORY, required=False, help=inputs.STAYS),
            inputs.KIND,
            inputs.PLACE,
            inputs.reason(_("Why"), required=False),
        ),
    ),
    # 投诉回避: past those whom it is about, to the level above them.
    Verb(
        "mark_complaint",
        _("Mark as a complaint about somebody"),
        states("reported", "assigned", "handling", "suspended"),
        None,
        (SCREENER, DISPATCHER, *(Who("above", capability) for capability in ("screen", "dispatch"))),
        (inputs.ABOUT_UNIT, inputs.ABOUT_BODY, inputs.ABOUT_PERSON, inputs.INTERNAL_TEXT),
        guards=("after_danger",),
        badge="warning",
        hides=True,
    ),
    Verb(
        "answer",
        _("Answer at once"),
        states("reported", "assigned", "handling"),
        "resolved",
        (HANDLER, SCREENER),
        (inputs.RESIDENT_TEXT, inputs.INTERNAL_TEXT, inputs.PHOTOS, inputs.REPLY),
        guards=("danger_first", "no_open_whistle", "no_open_task", "not_asked_reply"),
    ),
    Verb(
        "reject",
        _("Do not accept"),
        states("reported", "assigned"),
        "rejected",
        (SCREENER,),
        (
            Input("channel", "line", _("The right channel"), required=True, max_length=120),
            inputs.reason(_("Reason, for the resident")),
        ),
        guards=("not_hotline", "danger_first"),
        badge="danger",
    ),
)
