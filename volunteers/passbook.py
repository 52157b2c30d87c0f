"""What stands in somebody's passbook: each booking of points as a sentence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from volunteers.ledger import NOTHING
from volunteers.tariff import ACTIVITY, HOURS, ISSUE, SPOTTER, WISH

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What was done; `name` is what the page calls the one service, activity or issue.
DEEDS: dict[str, StrOrPromise] = {
    HOURS: gettext_lazy("hours of service (%(name)s)"),
    ACTIVITY: gettext_lazy("taking part (%(name)s)"),
    SPOTTER: gettext_lazy("a spotter's report that was accepted (%(name)s)"),
    ISSUE: gettext_lazy("something reported that was solved (%(name)s)"),
    WISH: gettext_lazy("a micro-wish that you fulfilled"),
}
# Kind of booking → what it says; `what` is the deed, or the good.
SENTENCES: dict[str, StrOrPromise] = {
    "earn": pgettext_lazy("points", "Earned: %(what)s"),
    NOTHING: gettext_lazy(
        "No points: %(what)s. It was too short, counted already, or the bound of the day was reached."
    ),
    "correct": pgettext_lazy("points", "Corrected: %(what)s"),
    "owe": gettext_lazy("Settled from an earlier correction"),
    "reverse": pgettext_lazy("points", "Taken back: %(what)s"),
    "restore": pgettext_lazy("points", "Given back after a reversal: %(what)s"),
    "expire": pgettext_lazy("points", "Expired"),
    "reserve": pgettext_lazy("points", "Put aside: %(what)s"),
    "release": gettext_lazy("Given back, since it was not collected: %(what)s"),
    "return": gettext_lazy("Given back for what was returned: %(what)s"),
}


def deed(rule: str, name: str) -> str:
    """What points are for, in the reader's language. `name` "": what it was is not known any more."""
    return str(DEEDS[rule]) % {"name": name or _("no longer known")}


def sentence(kind: str, what: str) -> str:
    """A booking of this kind in the reader's language; `what` as `deed` says it, or what the good is called."""
    return str(SENTENCES[kind]) % {"what": what}
