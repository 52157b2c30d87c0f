"""What the notices of issues say: a row per verb or rung and audience."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from issues import decisions, kinds, ladder, whistles
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
    what = decisions.BY_KEY.get(params.get("what") or "")
    said = {
        "category": params.get("category_en" if english else "category"),
        "due": date_format(local, "n-j H:i") if local else None,
        "clock": clock and clock.label,
        "kind": kind and kind.label,
        "what": what and what.label,
        "mode": kinds.label(kinds.REPORT_MODES, params.get("mode", "")),
        "outcome": kinds.label(kinds.OUTCOMES, params.get("outcome", "")),
        "verdict": kinds.label(kinds.VERDICTS, params.get("verdict", "")),
        "validity": kinds.label(kinds.VALIDITIES, params.get("validity", "")),
        "whom": kinds.label(kinds.PHONED, params.get("whom", "")),
    }
    return {**params, **{name: value or "—" for name, value in said.items()}}


PARAMS = (
    *("number", "place", "category", "category_en", "due"),
    *("owner", "to", "from", "asked", "above", "callee"),
    *("clock", "kind", "mode", "outcome", "what"),
    *("verdict", "validity", "stage", "count", "whom"),
)
ABOUT = _("%(number)s %(category)s, %(place)s")
# verb.variant → how urgent, and the sentence.
WORDS: dict[str, tuple[str, "StrOrPromise"]] = {
    "report.owner": ("action", _("To be screened by %(due)s")),
    "dispatch.to": ("action", _("Given to %(to)s, to be signed for by %(due)s")),
    "screen.to": ("action", _("Screened and given to %(to)s, to be signed for by %(due)s")),
    "hand_up.to": ("action", _("Handed up by %(from)s to %(to)s, to be signed for by %(due)s")),
    "return.to": ("action", _("Returned by %(from)s to %(to)s, to be signed for by %(due)s")),
    "recall.left_by": ("info", _("Recalled from %(from)s; nothing is left to do for you")),
    "lift.left_by": ("info", _("Taken over from %(from)s by %(to)s")),
    "return_to_hotline.registrar": ("info", _("Returned to the 12345 hotline")),
    "correct.owner": ("info", _("Place or category were corrected")),
    "verify.registrar": ("info", _("Checked on the spot and closed")),
    "send_back.owner": ("action", _("The result was sent back to %(owner)s, to be signed for by %(due)s")),
    "supply_info.owner": ("action", _("The reporter has answered, the result is due %(due)s")),
    "go_on.owner": ("action", _("The reporter has not answered, the result is due %(due)s")),
    "ask_info.registrar": ("action", _("%(owner)s asks you something about it")),
    "withdraw.owner": ("info", _("Withdrawn by the reporter; nothing is left to do")),
    "object.owner": ("action", _("The reporter objects to the rejection, to be screened by %(due)s")),
    "merge.registrar": ("info", _("Dealt with together with the same matter at another place")),
    "unmerge.to": ("action", _("Taken out again, to be signed for by %(due)s")),
    "unmerge.registrar": ("info", _("It is a matter of its own again")),
    "release.to": ("action", _("The main issue was withdrawn, to be signed for by %(due)s")),
    "release.registrar": ("info", _("It is a matter of its own again")),
    "gain.owner": ("info", _("Another issue was merged into yours")),
    "resolve_with.registrar": (
        "action",
        _("What you reported was solved with the same matter, please rate it"),
    ),
    "reject_with.registrar": ("info", _("Not accepted, see there where to turn")),
    "split.tasks": ("action", _("A sub-task of %(owner)s for you, due %(due)s")),
    "call_off.tasks": ("info", _("Your sub-task was called off")),
    "finish_task.owner": ("info", _("A sub-task is finished")),
    "give_back.owner": ("action", _("A sub-task was given back; decide who does it")),
    "chase.person": ("action", _("Somebody asks %(asked)s to hurry; due %(due)s")),
    "supervise.asked": ("action", _("Supervision letter to %(asked)s; answer it on the issue's page")),
    "ask_extension.asked": ("action", _("%(owner)s asks %(asked)s for an extension")),
    "ask_suspension.asked": ("action", _("%(owner)s asks %(asked)s to suspend it")),
    "grant.asker": ("info", _("%(asked)s has granted what was asked for: %(what)s")),
    "refuse.asker": ("action", _("%(asked)s has refused what was asked for: %(what)s")),
    "answer_letter.asker": ("info", _("%(asked)s has answered the supervision letter")),
    "resume.owner": ("action", _("It goes on, the result is due %(due)s")),
    "lead.owner": ("info", _("A leader has taken it on in person")),
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
    "whistle.asked": ("action", _("%(kind)s of %(owner)s, to be reviewed by %(asked)s")),
    "grant.callees": ("action", _("%(kind)s of %(owner)s for %(callee)s, to be acknowledged by %(due)s")),
    "grant.caller": ("info", _("%(asked)s has ruled that %(callee)s need not come")),
    "grant.last": ("action", _("%(asked)s has ruled that %(callee)s need not come; result due %(due)s")),
    "grant.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "join.callees": ("action", _("%(kind)s of %(owner)s for %(callee)s too, to be acknowledged by %(due)s")),
    "call_off_whistle.callees": ("info", _("The whistle of %(owner)s was called off; nobody needs to come")),
    "meet.caller": ("info", _("The joint meeting of those whom you called has taken place")),
    "plan.caller": ("info", _("%(callee)s has handed in a plan with %(count)s stages")),
    "stage_done.caller": ("info", _("Stage %(stage)s of the plan is done")),
    "decline.caller": ("action", _("%(callee)s has declined, see there why")),
    "decline.last": ("action", _("%(callee)s has declined and nobody is left; result due %(due)s")),
    "decline.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "contest.asked": ("action", _("%(callee)s contests the whistle of %(owner)s; %(asked)s decides")),
    "contest.caller": ("info", _("%(callee)s contests your whistle; %(asked)s decides")),
    "release_callee.callees": ("info", _("%(owner)s does not need %(callee)s any more")),
    "release_callee.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "rate_callee.callees": ("info", _("%(callee)s was assessed: %(verdict)s")),
    "judge.caller": ("info", _("%(callee)s on your whistle: %(validity)s")),
    "assign_officer.officer": ("action", _("You are the officer for it, due %(due)s")),
    "send_officer.officer": ("action", _("You are sent by %(callee)s, due %(due)s")),
    "phoned.owner": ("info", _("Called by telephone: %(whom)s")),
    "propose_reply.asked": ("action", _("A reply of %(asked)s waits for your approval")),
    "call_next.owner": (
        "danger",
        _("The first on duty at %(asked)s has not answered, you are called: acknowledge by %(due)s"),
    ),
    "call_next.caller": ("late", _("Nobody at %(asked)s has answered yet, the next on duty is called")),
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
