"""What the notices of issues say: a row per verb or rung and audience."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from issues import kinds, ladder, whistles
from notices.words import word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Facts = Mapping[str, Any]


def _in_words(params: Facts) -> Facts:
    """Keys and moments as the reader's language has them."""
    english = (get_language() or "").startswith("en")
    due = params.get("due")
    local = timezone.localtime(datetime.fromisoformat(due)) if due else None
    clock, kind = ladder.CLOCK.get(params.get("clock", "")), whistles.BY_KEY.get(params.get("kind", ""))
    said = {
        "category": params.get("category_en" if english else "category"),
        "due": date_format(local, "n-j H:i") if local else None,
        "clock": clock and clock.label,
        "kind": kind and kind.label,
        "mode": kinds.label(kinds.REPORT_MODES, params.get("mode", "")),
        "outcome": kinds.label(kinds.OUTCOMES, params.get("outcome", "")),
    }
    return {**params, **{name: value or "—" for name, value in said.items()}}


PARAMS = (
    *("number", "place", "category", "category_en", "due"),
    *("owner", "to", "from", "asked", "above", "callee"),
    *("clock", "kind", "mode", "outcome"),
)
ABOUT = _("%(number)s %(category)s, %(place)s")
# verb.variant → how urgent, and the sentence.
WORDS: dict[str, tuple[str, "StrOrPromise"]] = {
    "report.owner": ("action", _("To be screened by %(due)s")),
    "dispatch.to": ("action", _("Given to %(to)s, to be signed for by %(due)s")),
    "screen.to": ("action", _("Screened and given to %(to)s, to be signed for by %(due)s")),
    "hand_up.to": ("action", _("Handed up by %(from)s to %(to)s, to be signed for by %(due)s")),
    "redo.owner": ("action", _("To be redone by %(owner)s, to be signed for by %(due)s")),
    "rate.owner": ("action", _("The reporter calls it unsolved, to be reviewed by %(due)s")),
    "alarm.units": (
        "danger",
        _(
            "Danger. Life at risk? First call 119 (fire), 110 (police) or 120 (ambulance). "
            "Then sign for it by %(due)s"
        ),
    ),
    "whistle.callees": ("action", _("%(kind)s of %(owner)s for %(callee)s, to be acknowledged by %(due)s")),
    "acknowledge.caller": ("info", _("%(callee)s has acknowledged your whistle")),
    "report_in.caller": ("info", _("%(callee)s has reported in %(mode)s")),
    "done.caller": ("info", _("%(callee)s is done")),
    "done.last": ("action", _("%(callee)s is done, and so is everybody you called; result due %(due)s")),
    "submit_result.registrar": (
        "action",
        _("The result of what you reported is in (%(outcome)s), please rate it"),
    ),
    "submit_result.on_behalf": (
        "action",
        _("The result is in (%(outcome)s), please tell whom you registered it for"),
    ),
    "answer.registrar": ("action", _("What you reported has been answered, please rate it")),
    "answer.on_behalf": ("action", _("It has been answered, please tell whom you registered it for")),
    "reject.registrar": ("info", _("Not accepted, see there where to turn")),
    "close.registrar": ("info", _("Closed after review, see there why")),
    "remind.owner": ("action", _("%(clock)s due %(due)s at %(asked)s")),
    "call_deputy.deputy": ("late", _("%(asked)s has not answered (%(clock)s), you are the deputy")),
    "call_deputy.again": ("late", _("No answer from %(asked)s yet (%(clock)s), and no deputy to call")),
    "call_deputy.above": (
        "late",
        _("%(asked)s has not answered (%(clock)s) and has no deputy, it will come up"),
    ),
    "climb.owner": (
        "late",
        _("Nobody at %(asked)s answered (%(clock)s), it is with %(above)s now, due %(due)s"),
    ),
    "climb.left": ("late", _("Not answered by %(asked)s in time (%(clock)s), passed to %(above)s")),
    "chase.owner": ("late", _("%(clock)s is late at %(asked)s, due %(due)s")),
    "chase.above": ("late", _("Below you %(clock)s is late at %(asked)s, due %(due)s")),
    "call_above.above": ("danger", _("Danger, and %(clock)s is late at %(asked)s below you")),
    "call_above.owner": (
        "danger",
        _("Danger, and %(clock)s is late at %(asked)s, the level above is called"),
    ),
    "board.board": ("late", _("On the supervision board, %(clock)s is late at %(asked)s")),
    "board.owner": ("late", _("%(clock)s is late at %(asked)s and now on the supervision board")),
}
for _key, (_urgency, _text) in WORDS.items():
    word(f"issues.{_key}", _text, *PARAMS, about=ABOUT, urgency=_urgency, fill=_in_words)
word(
    "issues.vacant_root",
    _("Nobody stands behind the open issues of %(unit)s: appoint somebody who handles or dispatches"),
    "unit",
    urgency="danger",
)
