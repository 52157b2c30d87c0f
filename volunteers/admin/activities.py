"""What the trail calls activities, series and service records."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail import words

words.call_subject(
    "activity",
    _("Activity"),
    {
        "add": pgettext_lazy("activity", "Made"),
        "change": pgettext_lazy("activity", "Changed"),
        "open": pgettext_lazy("activity", "Opened for sign-up"),
        "begin": pgettext_lazy("activity", "Begun"),
        "end": pgettext_lazy("activity", "Ended"),
        "settle": pgettext_lazy("activity", "Settled"),
        "cancel": pgettext_lazy("activity", "Cancelled"),
        "repeat": pgettext_lazy("activity", "Repeated from now on"),
        "report": pgettext_lazy("activity", "Result reported back on the issue"),
        "sign_up": pgettext_lazy("activity", "Somebody signed up"),
        "move_up": pgettext_lazy("activity", "Somebody moved up from the waiting list"),
        "cancel_sign_up": pgettext_lazy("activity", "A sign-up cancelled"),
        "check_in": pgettext_lazy("activity", "Somebody checked in"),
        "check_out": pgettext_lazy("activity", "Somebody checked out"),
        "no_show": pgettext_lazy("activity", "Somebody did not come"),
        "propose": pgettext_lazy("activity", "Hours handed in"),
        "confirm": pgettext_lazy("activity", "Hours confirmed"),
    },
)
words.call_subject(
    "series",
    _("Series of activities"),
    {
        "add": pgettext_lazy("series", "Made"),
        "end": pgettext_lazy("series", "Ended"),
        "halt": pgettext_lazy("series", "Ended, since its place or team is no more"),
    },
)
words.call_subject(
    "service",
    _("Service record"),
    {
        "propose": pgettext_lazy("hours", "Handed in"),
        "confirm": pgettext_lazy("hours", "Confirmed"),
        "refuse": pgettext_lazy("hours", "Not accepted"),
        "ask_correction": pgettext_lazy("hours", "Correction asked for"),
        "correct": pgettext_lazy("hours", "Corrected"),
        "refuse_correction": pgettext_lazy("hours", "Correction not granted"),
    },
)
