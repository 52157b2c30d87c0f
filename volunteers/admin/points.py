"""What the trail calls points, goods and redemptions."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail import words

words.call_subject(
    "points",
    _("Points"),
    {
        "reverse": pgettext_lazy("points", "Taken back by a counter-entry"),
        "restore": pgettext_lazy("points", "Given back after a reversal"),
        "expire": pgettext_lazy("points", "Expired"),
    },
)
words.call_subject(
    "good",
    pgettext_lazy("for points", "Good"),
    {
        "add": _("Offered for points"),
        "change": pgettext_lazy("good", "Changed"),
        "close": _("Not offered any more"),
        "open": _("Offered again"),
        "stock": _("Stock changed"),
    },
)
words.call_subject(
    "redemption",
    _("Redemption"),
    {
        "reserve": pgettext_lazy("redemption", "Put aside"),
        "collect": pgettext_lazy("redemption", "Collected"),
        "release": pgettext_lazy("redemption", "Given up"),
        "return": pgettext_lazy("redemption", "Returned"),
    },
)
