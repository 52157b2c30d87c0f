"""The timeline in words: a row per event, for staff and for the resident. Names are put in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Sentence:
    """Templates over named parameters; `resident` is None where it is not the resident's affair."""

    staff: "StrOrPromise"
    resident: "StrOrPromise | None"
    badge: str = "secondary"


SENTENCES = {
    "report": Sentence(_("Reported (%(source)s), category %(category)s"), _("You reported it"), "info"),
    "dispatch": Sentence(_("Given to %(to)s"), _("Given to %(to)s"), "info"),
    "screen": Sentence(
        _("Screened as %(category)s, given to %(to)s"), _("Looked at and given to %(to)s"), "info"
    ),
    "alarm": Sentence(
        _("Danger: %(units)s called at once"), _("Danger: everybody on duty was called at once"), "danger"
    ),
    "answer": Sentence(_("Answered at once"), _("Answered"), "success"),
    "reject": Sentence(_("Not accepted"), pgettext_lazy("resident", "Not accepted"), "muted"),
    "sign": Sentence(_("Signed for by %(owner)s"), _("%(owner)s has taken it on"), "primary"),
    "contact": Sentence(
        _("Resident contacted %(way)s, in hand at %(owner)s"), _("%(owner)s contacted you %(way)s"), "primary"
    ),
    "note": Sentence(_("Note"), _("News from %(owner)s"), "secondary"),
    "hand_up": Sentence(_("Handed up from %(from)s to %(to)s"), _("Passed on to %(to)s"), "warning"),
    "whistle": Sentence(_("%(kind)s: %(callees)s called"), _("Called for help: %(callees)s"), "warning"),
    "acknowledge": Sentence(_("%(callee)s acknowledged the whistle"), _("%(callee)s is on the way"), "info"),
    "report_in": Sentence(
        _("%(callee)s reported in %(mode)s"), _("%(callee)s reported in %(mode)s"), "primary"
    ),
    "done": Sentence(_("%(callee)s is done"), _("%(callee)s is done"), "success"),
    "submit_result": Sentence(_("Result submitted: %(outcome)s"), _("Done: %(outcome)s"), "success"),
    "rate": Sentence(
        _("Rated: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"),
        _("You rated it: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"),
        "info",
    ),
    "redo": Sentence(
        _("Sent back to %(owner)s to be redone"), _("Goes back to %(owner)s to be redone"), "warning"
    ),
    "close": Sentence(_("Closed (%(rated)s)"), _("Ended"), "muted"),
    "remind": Sentence(_("Reminder to %(asked)s: %(clock)s is due soon"), None, "info"),
    "call_deputy": Sentence(_("No answer from %(asked)s (%(clock)s): deputy called"), None, "warning"),
    "climb": Sentence(
        _("No answer from %(asked)s (%(clock)s): passed to %(above)s"), _("Passed on to %(above)s"), "danger"
    ),
    "chase": Sentence(_("%(asked)s chased: %(clock)s is late"), None, "warning"),
    "call_above": Sentence(_("Danger and %(clock)s late at %(asked)s: %(above)s called"), None, "danger"),
    "board": Sentence(_("On the supervision board: %(clock)s late at %(asked)s"), None, "danger"),
}


def sentence(verb: str, parameters: Mapping[str, str], *, resident: bool) -> str | None:
    """The line for this reader in the language that is active, or None when it is not theirs to read.

    An event from a later version of the platform shows its verb instead of failing.
    """
    row = SENTENCES.get(verb)
    if row is None:
        return None if resident else verb
    template = row.resident if resident else row.staff
    return None if template is None else str(template) % _Lenient(parameters)


def badge(verb: str) -> str:
    """Colour word of the line."""
    return SENTENCES[verb].badge if verb in SENTENCES else "secondary"


class _Lenient(dict):
    """A parameter that an old event lacks reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"
