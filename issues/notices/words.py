"""What the notices of issues say: a row per verb or rung and audience."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from issues import alerts, decisions, kinds, ladder, whistles
from notices.words import word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Facts = Mapping[str, Any]


def _in_words(params: Facts) -> Facts:
    """Keys and moments as the reader's language has them."""
    english = (get_language() or "").startswith("en")
    until = params.get("until")
    clock, kind = ladder.CLOCK.get(params.get("clock", "")), whistles.BY_KEY.get(params.get("kind", ""))
    what = decisions.BY_KEY.get(params.get("what") or "")
    said = {
        "category": params.get("category_en" if english else "category"),
        **{name: _moment(params.get(name)) for name in ("due", "was", "answer_by")},
        "changed": kinds.labels(kinds.CHANGES, params.get("changed", "").split()),
        "until": date_format(date.fromisoformat(until), "n-j") if until else None,
        "clock": clock and clock.label,
        "kind": kind and kind.label,
        "what": what and what.label,
        "mode": kinds.label(kinds.REPORT_MODES, params.get("mode", "")),
        "outcome": kinds.label(kinds.OUTCOMES, params.get("outcome", "")),
        "verdict": kinds.label(kinds.VERDICTS, params.get("verdict", "")),
        "validity": kinds.label(kinds.VALIDITIES, params.get("validity", "")),
        "whom": kinds.label(kinds.PHONED, params.get("whom", "")),
        "severity": kinds.label(alerts.SEVERITIES, params.get("severity", "")),
    }
    return {**params, **{name: value or "—" for name, value in said.items()}}


def _moment(stated: str | None) -> str | None:
    return date_format(timezone.localtime(datetime.fromisoformat(stated)), "n-j H:i") if stated else None


PARAMS = (
    *("number", "place", "category", "category_en", "due", "was", "changed"),
    *("owner", "to", "from", "asked", "above", "callee"),
    *("clock", "kind", "mode", "outcome", "what"),
    *("verdict", "validity", "stage", "count", "whom", "until", "severity"),
    *("letter", "answer_by"),
)
ABOUT = _("%(number)s %(category)s, %(place)s")
# verb.variant → how urgent, and the sentence.
WORDS: dict[str, tuple[str, "StrOrPromise"]] = {
    "report.owner": ("action", _("To be screened by %(due)s")),
    "dispatch.to": ("action", _("Given to %(to)s, to be signed for by %(due)s")),
    "give_proposed.to": ("action", _("Given to %(to)s, to be signed for by %(due)s")),
    "screen.to": ("action", _("Screened and given to %(to)s, to be signed for by %(due)s")),
    "hand_up.to": ("action", _("Handed up by %(from)s to %(to)s, to be signed for by %(due)s")),
    "return.to": ("action", _("Returned by %(from)s to %(to)s, to be signed for by %(due)s")),
    "recall.left_by": ("info", _("Recalled from %(from)s; nothing is left to do for you")),
    "lift.left_by": ("info", _("Taken over from %(from)s by %(to)s")),
    "lift.callees": ("info", _("%(to)s has taken it over from %(from)s and is the caller of %(callee)s now")),
    "lift.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "lift.tasks": ("info", _("%(to)s has taken it over from %(from)s; your sub-task goes on")),
    "lift.asked": (
        "action",
        _(
            "%(to)s has taken it over from %(from)s; %(asked)s decides now whether those who contest must come"
        ),
    ),
    # What stands outside the duty list of grid workers: taken back, or once its danger is dropped.
    "taken_back.to_sign": (
        "action",
        _("Taken back from %(from)s as outside the duty list, to be signed for by %(to)s by %(due)s"),
    ),
    "taken_back.in_hand": (
        "action",
        _("Taken back from %(from)s as outside the duty list; %(to)s has it in hand, next due %(due)s"),
    ),
    "taken_back.left_by": (
        "info",
        _("The district has taken it back as outside the duty list; %(to)s has it now"),
    ),
    "calm.to_sign": (
        "action",
        _(
            "The danger was dropped; outside the duty list of %(from)s it is for %(to)s, to be signed for by"
            " %(due)s"
        ),
    ),
    "calm.in_hand": (
        "action",
        _(
            "The danger was dropped; outside the duty list of %(from)s %(to)s has it in hand, next due %(due)s"
        ),
    ),
    "calm.left_by": (
        "info",
        _("The danger was dropped; outside the duty list of %(from)s, %(to)s has it now"),
    ),
    "relieved.callees": (
        "info",
        _("It has passed from %(from)s to %(to)s, which is the caller of %(callee)s now"),
    ),
    "relieved.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "relieved.tasks": ("info", _("It has passed from %(from)s to %(to)s; your sub-task goes on")),
    "relieved.asked": (
        "action",
        _("It has passed from %(from)s to %(to)s; %(asked)s decides now whether those who contest must come"),
    ),
    "return_to_hotline.registrar": ("info", _("Returned to the 12345 hotline")),
    "correct.owner": ("info", _("Place or category were corrected, next due %(due)s")),
    "mark_complaint.to": ("action", _("A complaint about somebody, with %(to)s, due %(due)s")),
    "mark_complaint.callees": ("info", _("It goes another way; %(callee)s need not come any more")),
    "mark_complaint.tasks": ("info", _("It goes another way; your sub-task is called off")),
    "sign.left_by": (
        "info",
        _("%(to)s was the first to sign for it in this danger; it is not with %(from)s any more"),
    ),
    "contact.left_by": (
        "info",
        _("%(to)s was the first to sign for it in this danger; it is not with %(from)s any more"),
    ),
    "hotline_update.updated": ("action", _("The hotline sent it again, changed: %(changed)s; read it anew")),
    "hotline_update.moved": (
        "action",
        _("The hotline sent it again, changed: %(changed)s. Its deadline is %(due)s instead of %(was)s"),
    ),
    "hotline_again.redo": (
        "action",
        _("The hotline sent it again (round %(count)s), to be redone by %(to)s and signed for by %(due)s"),
    ),
    "hotline_again.review": (
        "action",
        _("The hotline sent it again after two redos, to be reviewed by %(to)s by %(due)s"),
    ),
    "hotline_again.returned": (
        "action",
        _("The hotline does not take it back, to be screened by %(to)s by %(due)s"),
    ),
    "hotline_update.tasks": (
        "action",
        _("The hotline has set an earlier deadline: your sub-task is due %(due)s now"),
    ),
    "verify.registrar": ("info", _("Checked on the spot and closed")),
    "verify.failed": (
        "action",
        _("The check on the spot found it not in order, to be signed for again by %(due)s"),
    ),
    "verify.review": (
        "action",
        _("The check on the spot found it not in order after two redos, to be reviewed by %(due)s"),
    ),
    "send_back.owner": ("action", _("The result was sent back to %(owner)s, to be signed for by %(due)s")),
    "supply_info.owner": ("action", _("The reporter has answered, next due %(due)s")),
    "add_info.owner": ("action", _("The reporter has added something; read it")),
    "reopen.owner": (
        "action",
        _("The reporter says that it is not solved after all, to be reviewed by %(due)s"),
    ),
    "go_on.owner": ("action", _("The reporter has not answered, the result is due %(due)s")),
    "ask_info.registrar": ("action", _("%(owner)s asks you something about it")),
    "withdraw.owner": ("info", _("Withdrawn by the reporter; nothing is left to do")),
    "withdraw.callees": ("info", _("Withdrawn by the reporter; %(callee)s need not come any more")),
    "withdraw.tasks": ("info", _("Withdrawn by the reporter; your sub-task is called off")),
    "object.owner": ("action", _("The reporter objects to the rejection, to be screened by %(due)s")),
    "merge.registrar": ("info", _("Dealt with together with the same matter at another place")),
    "unmerge.to": ("action", _("Taken out again, to be signed for by %(due)s")),
    "unmerge.registrar": ("info", _("It is a matter of its own again")),
    "object_merge.to": (
        "action",
        _("The reporter says that it is another matter; to be signed for by %(due)s"),
    ),
    "release.to": ("action", _("It is a matter of its own again, to be signed for by %(due)s")),
    "release.registrar": ("info", _("It is a matter of its own again")),
    "gain.owner": ("info", _("Another issue was merged into yours")),
    "resolve_with.registrar": (
        "action",
        _("What you reported was solved with the same matter, please rate it"),
    ),
    "follow_again.registrar": (
        "info",
        _("The result of what you reported did not hold; the same matter is looked at again"),
    ),
    "reject_with.registrar": ("info", _("Not accepted, see there where to turn")),
    "split.tasks": ("action", _("A sub-task of %(owner)s for you, due %(due)s")),
    "call_off.tasks": ("info", _("Your sub-task was called off")),
    "finish_task.owner": ("info", _("A sub-task is finished")),
    "give_back.owner": ("action", _("A sub-task was given back; decide who does it")),
    "chase.person": ("action", _("Somebody asks %(asked)s to hurry; due %(due)s")),
    "chase_callee.hurried": ("action", _("Somebody asks %(asked)s to hurry; due %(due)s")),
    "chase_task.hurried": ("action", _("Somebody asks %(asked)s to hurry with its sub-task; due %(due)s")),
    **{
        f"{verb}.raised": (
            "action",
            _("Somebody asks %(asked)s to hurry, which was silent: it is with %(above)s too, due %(due)s"),
        )
        for verb in ("chase_callee", "chase_task")
    },
    **{
        f"{verb}.asked": ("action", _("Supervision letter to %(asked)s; answer it on the issue's page"))
        for verb in ("supervise", "supervise_callee", "supervise_task")
    },
    "supervise_callee.caller": ("info", _("%(callee)s, whom you called, is supervised by letter")),
    "supervise_task.giver": ("info", _("%(asked)s, with a sub-task of yours, is supervised by letter")),
    "withdraw_letter.asked": (
        "info",
        _("The supervision letter to %(asked)s is withdrawn; nothing to answer"),
    ),
    "ended.letter": (
        "info",
        _("It has ended; your supervision letter %(letter)s is still to be answered by %(answer_by)s"),
    ),
    "ended.part_letter": (
        "info",
        _("The part of %(asked)s has ended; your letter %(letter)s is still to be answered by %(answer_by)s"),
    ),
    "ask_extension.asked": ("action", _("%(owner)s asks %(asked)s for an extension")),
    "ask_suspension.asked": ("action", _("%(owner)s asks %(asked)s to suspend it")),
    "ask_all_clear.asked": ("action", _("%(owner)s asks %(asked)s to drop the danger")),
    "all_clear.owner": ("action", _("The danger was dropped, next due %(due)s")),
    "all_clear.calmed": ("info", _("No danger any more")),
    "grant.calmed": ("info", _("No danger any more")),
    "grant.asker": ("info", _("%(asked)s has granted what was asked for: %(what)s")),
    "refuse.asker": ("action", _("%(asked)s has refused what was asked for: %(what)s")),
    "answer_letter.asker": ("info", _("%(asked)s has answered the supervision letter")),
    "resume.owner": ("action", _("It goes on, the result is due %(due)s")),
    "lead.owner": ("info", _("A leader has taken it on in person")),
    "redo.owner": ("action", _("To be redone by %(owner)s, to be signed for by %(due)s")),
    "rate.owner": ("action", _("The reporter calls it unsolved, to be reviewed by %(due)s")),
    **{
        f"{verb}.freed": (
            "info",
            _("The result does not stand: there is nothing to check on the spot any more"),
        )
        for verb in ("rate", "call_back", "send_back", "lift", "hotline_again")
    },
    "call_back.owner": (
        "action",
        _("Called back, the reporter calls it unsolved, to be reviewed by %(due)s"),
    ),
    "alert_again.owner": (
        "action",
        _("Alert for %(owner)s: it has become worse, now %(severity)s. Look again; due %(due)s"),
    ),
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
    "join.asked": (
        "action",
        _("%(owner)s calls others in to its %(kind)s, to be reviewed by %(asked)s"),
    ),
    "join.callees": ("action", _("%(kind)s of %(owner)s for %(callee)s too, to be acknowledged by %(due)s")),
    "call_off_whistle.callees": ("info", _("The whistle of %(owner)s was called off; nobody needs to come")),
    "meet.caller": ("info", _("The joint meeting of those whom you called has taken place")),
    "meet.met": (
        "info",
        _("All have met: %(to)s need not report in for it any more, next due %(due)s"),
    ),
    "plan.caller": ("info", _("%(callee)s has handed in a plan with %(count)s stages")),
    "plan.moved": ("info", _("By the plan of %(callee)s, %(to)s now has until %(until)s")),
    "stage_done.caller": ("info", _("Stage %(stage)s of the plan is done")),
    "decline.caller": ("action", _("%(callee)s has declined, see there why")),
    "decline.last": ("action", _("%(callee)s has declined and nobody is left; result due %(due)s")),
    "decline.raised": ("late", _("%(callee)s has declined, %(to)s is called instead")),
    "decline.alone": (
        "action",
        _(
            "%(callee)s has declined and nobody is left. Call others, or 119 (fire), 110 (police) or 120 "
            "(ambulance); result due %(due)s"
        ),
    ),
    "decline.instead": (
        "action",
        _(
            "%(kind)s of %(owner)s: %(from)s has declined, %(callee)s is called, to be acknowledged by %(due)s"
        ),
    ),
    "decline.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "contest.asked": ("action", _("%(callee)s contests the whistle of %(owner)s; %(asked)s decides")),
    "contest.caller": ("info", _("%(callee)s contests your whistle; %(asked)s decides")),
    "release_callee.callees": ("info", _("%(owner)s does not need %(callee)s any more")),
    "release_callee.new_lead": ("action", _("%(callee)s leads now, next due %(due)s")),
    "ask_more_time.asked": ("action", _("%(callee)s asks %(asked)s for more time")),
    "ask_task_time.asked": ("action", _("A sub-task of %(asked)s needs more time, decide on it")),
    "rate_callee.callees": ("info", _("%(callee)s was assessed: %(verdict)s")),
    "judge.caller": ("info", _("%(callee)s on your whistle: %(validity)s")),
    "assign_officer.officer": ("action", _("You are the officer for it, due %(due)s")),
    "send_officer.officer": ("action", _("You are sent by %(callee)s, due %(due)s")),
    "phoned.owner": ("info", _("Called by telephone: %(whom)s")),
    "propose_reply.asked": ("action", _("A reply of %(asked)s waits for your approval")),
    "note.caller": ("info", _("First report of %(callee)s")),
    "call_next.owner": (
        "danger",
        _("The first on duty at %(asked)s has not answered, you are called: acknowledge by %(due)s"),
    ),
    "call_next.above": (
        "danger",
        _("Below you nobody at %(asked)s has answered yet, the next on duty is called"),
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
    "submit_result.checker": ("action", _("The result is in, %(to)s checks it on the spot by %(due)s")),
    "submit_result.on_behalf": (
        "action",
        _("The result is in (%(outcome)s), please tell whom you registered it for"),
    ),
    "answer.registrar": ("action", _("What you reported has been answered, please rate it")),
    "answer.on_behalf": ("action", _("It has been answered, please tell whom you registered it for")),
    "reject.registrar": ("info", _("Not accepted, see there where to turn")),
    "close.registrar": ("info", _("Closed after review, see there why")),
    "remind.owner": ("action", _("%(clock)s due %(due)s at %(asked)s")),
    "remind.above": ("info", _("Below you %(clock)s is due %(due)s at %(asked)s")),
    "call_deputy.owner": ("late", _("%(asked)s has not answered (%(clock)s), the deputy is called")),
    "call_deputy.early": (
        "info",
        _("Below you %(asked)s has not answered (%(clock)s), the deputy is called"),
    ),
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
    "climb.board": ("late", _("Not answered by %(asked)s in time (%(clock)s), passed to %(above)s")),
    "climb.caller": ("late", _("Not answered by %(asked)s in time (%(clock)s), passed to %(above)s")),
    "climb.left": ("late", _("Not answered by %(asked)s in time (%(clock)s), passed to %(above)s")),
    "chase.owner": ("late", _("%(clock)s is late at %(asked)s, due %(due)s")),
    "chase.board": ("late", _("%(clock)s is late at %(asked)s, due %(due)s")),
    "chase.caller": ("late", _("%(clock)s is late at %(asked)s, due %(due)s")),
    "chase.above": ("late", _("Below you %(clock)s is late at %(asked)s, due %(due)s")),
    "call_above.above": ("danger", _("Danger, and %(clock)s is late at %(asked)s below you")),
    "call_above.owner": (
        "danger",
        _("Danger, and %(clock)s is late at %(asked)s, the level above is called"),
    ),
    "call_above.caller": (
        "danger",
        _("Danger, and %(clock)s is late at %(asked)s, the level above is called"),
    ),
    "call_above.board": (
        "danger",
        _("Danger, and %(clock)s is late at %(asked)s, the level above is called"),
    ),
    "board.above": ("late", _("Below you %(clock)s is late at %(asked)s and now on the supervision board")),
    "board.board": ("late", _("On the supervision board, %(clock)s is late at %(asked)s")),
    "board.owner": ("late", _("%(clock)s is late at %(asked)s and now on the supervision board")),
}
# Told to somebody who has the matter from now on: where a supervision letter waits in it, that is said too.
PASSED_ON = (
    *("dispatch.to", "give_proposed.to", "screen.to", "hand_up.to", "return.to", "climb.owner"),
    *("rate.owner", "redo.owner", "send_back.owner", "reopen.owner"),
    *(f"{what}.{how}" for what in ("taken_back", "calm") for how in ("to_sign", "in_hand")),
)
_LETTER = _(". Supervision letter %(letter)s asks for an answer by %(answer_by)s")


def with_letter(key: str) -> str:
    """The key of the same words with the letter."""
    return f"{key}_letter"


WORDS |= {
    with_letter(_key): (WORDS[_key][0], format_lazy("{}{}", WORDS[_key][1], _LETTER)) for _key in PASSED_ON
}
for _key, (_urgency, _text) in WORDS.items():
    word(f"issues.{_key}", _text, *PARAMS, about=ABOUT, urgency=_urgency, fill=_in_words)
word(
    "issues.vacant_root",
    _("Nobody stands behind the open issues of %(unit)s: appoint somebody who handles or dispatches"),
    "unit",
    urgency="danger",
)
