"""What happens to organisations, check-ins, offers, statements and pairings, in the words of the trail."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail import words

words.call_subject(
    "organisation",
    _("Organisation that checks in"),
    {
        "add": _("Added"),
        "change": _("Facts corrected"),
        "close": pgettext_lazy("unit or body", "Closed"),
    },
)
words.call_subject("checkin", _("Check-in"), {"check_in": _("Checked in"), "check_out": _("Checked out")})
words.call_subject(
    "offer",
    _("Offer"),
    {"offer": pgettext_lazy("offer", "Offered"), "withdraw": pgettext_lazy("offer", "Withdrawn")},
)
words.call_subject(
    "statement",
    _("Statement of service"),
    {"make": _("Statement made"), "revoke": _("Statement revoked"), "read": _("Statement read by its link")},
)
words.call_subject(
    "pairing",
    _("Responsibility pairing"),
    {
        "pair": _("Paired"),
        "end": _("Pairing ended"),
        "duty_done": _("Duty done"),
        "duty_open": _("Duty not done after all"),
    },
)
