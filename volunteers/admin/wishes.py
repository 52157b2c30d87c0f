"""What happens to micro-wishes, in the words of the trail."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail import words

words.call_subject(
    "wish",
    _("Micro-wish"),
    {
        "make": pgettext_lazy("wish", "Made"),
        "accept": pgettext_lazy("wish", "Accepted"),
        "refuse": pgettext_lazy("wish", "Not accepted"),
        "claim": pgettext_lazy("wish", "Claimed"),
        "give_back": pgettext_lazy("wish", "Given back"),
        "reopen": pgettext_lazy("wish", "Open again, the claim has run out"),
        "fulfil": pgettext_lazy("wish", "Said to be fulfilled"),
        "send_back": pgettext_lazy("wish", "Said not to be fulfilled"),
        "confirm": pgettext_lazy("wish", "Confirmed as fulfilled"),
        "thank": pgettext_lazy("wish", "Thanked for"),
        "withdraw": pgettext_lazy("wish", "Withdrawn"),
        "cancel": pgettext_lazy("wish", "Called off"),
    },
)
words.call_subject(
    "wisher",
    _("Wisher's contact"),
    {"reveal": pgettext_lazy("contact", "Looked at"), "erase": pgettext_lazy("contact", "Erased")},
)
