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
    """Templates over named parameters; `resident` is None where it is not the resident's affair. Others from
    outside (firms, spotters) read the resident's, or `outside` where that one speaks to the resident."""

    staff: "StrOrPromise"
    resident: "StrOrPromise | None"
    badge: str = "secondary"
    outside: "StrOrPromise | None" = None


SENTENCES = {
    "report": Sentence(
        _("Reported (%(source)s), category %(category)s"),
        _("You reported it"),
        "info",
        outside=_("Reported, category %(category)s"),
    ),
    "dispatch": Sentence(_("Given to %(to)s"), _("Given to %(to)s"), "info"),
    "give_proposed": Sentence(
        _("Given to %(to)s, where it was said to belong"), _("Given to %(to)s"), "info"
    ),
    "screen": Sentence(
        _("Screened as %(category)s, given to %(to)s"), _("Looked at and given to %(to)s"), "info"
    ),
    "alarm": Sentence(
        _("Danger: %(units)s called at once"), _("Danger: everybody on duty was called at once"), "danger"
    ),
    "alert_again": Sentence(_("The same alert came again (%(count)s times)"), None, "info"),
    "hotline_update": Sentence(
        _("The hotline sent it again, changed: %(changed)s"),
        _("The hotline has added to your report"),
        "info",
    ),
    "hotline_update.deadline": Sentence(
        _("The hotline sent it again, changed: %(changed)s. Its deadline is %(due)s instead of %(was)s"),
        _("The hotline has set another date: %(due)s instead of %(was)s"),
        "warning",
    ),
    # 重办/二次派单: after it had ended here.
    "hotline_again.redo": Sentence(
        _("The hotline sent it again (round %(count)s): back to %(to)s, to be redone by %(due)s"),
        _("The hotline has sent it again; goes back to %(to)s to be redone"),
        "warning",
    ),
    "hotline_again.review": Sentence(
        _("The hotline sent it again (round %(count)s) after two redos: %(to)s decides, due %(due)s"),
        _("The hotline has sent it again; %(to)s looks at it again"),
        "danger",
    ),
    "hotline_again.returned": Sentence(
        _("The hotline does not take it back (round %(count)s): %(to)s looks at it again, due %(due)s"),
        _("The hotline has sent it again; %(to)s looks at it again"),
        "warning",
    ),
    "answer": Sentence(_("Answered at once"), _("Answered"), "success"),
    "reject": Sentence(_("Not accepted"), pgettext_lazy("resident", "Not accepted"), "muted"),
    "sign": Sentence(_("Signed for by %(owner)s"), _("%(owner)s has taken it on"), "primary"),
    "contact": Sentence(
        _("Resident contacted %(way)s, in hand at %(owner)s"),
        _("%(owner)s contacted you %(way)s"),
        "primary",
        outside=_("%(owner)s contacted the resident"),
    ),
    "note": Sentence(_("Note"), _("News from %(by)s"), "secondary"),
    # 首报: of somebody called to an emergency.
    "note.first_report": Sentence(
        _("First report of %(callee)s"), _("News from %(callee)s"), "info", outside=_("News from %(callee)s")
    ),
    "hand_up": Sentence(_("Handed up from %(from)s to %(to)s"), _("Passed on to %(to)s"), "warning"),
    "return": Sentence(
        _("Returned by %(from)s to %(to)s: %(why)s. Proposed: %(proposed)s"),
        _("Passed on to %(to)s"),
        "warning",
    ),
    "recall": Sentence(_("Recalled from %(from)s, back at %(to)s"), _("Passed on to %(to)s"), "warning"),
    # What stands outside the duty list of grid workers (S4:9).
    "take_back": Sentence(
        _("Taken back from %(from)s by the district as outside the duty list, with %(to)s now"),
        _("Passed on to %(to)s"),
        "warning",
    ),
    "lift": Sentence(_("Taken over from %(from)s by %(to)s"), _("%(to)s has taken it over"), "primary"),
    "return_to_hotline": Sentence(
        _("Returned to the 12345 hotline"), _("Returned to the 12345 hotline"), "muted"
    ),
    "whistle": Sentence(_("%(kind)s: %(callees)s called"), _("Called for help: %(callees)s"), "warning"),
    # 审哨
    "whistle.review": Sentence(_("%(kind)s for %(callees)s, to be reviewed by %(asked)s"), None, "warning"),
    "grant.review": Sentence(
        _("%(asked)s has agreed to the whistle: %(callees)s called"),
        _("Called for help: %(callees)s"),
        "warning",
    ),
    "refuse.review": Sentence(_("%(asked)s does not agree to the whistle"), None, "danger"),
    "join": Sentence(_("Called in as well: %(callees)s"), _("Called for help: %(callees)s"), "warning"),
    "join.review": Sentence(
        _("Called in as well: %(callees)s, to be reviewed by %(asked)s"), None, "warning"
    ),
    "call_off_whistle": Sentence(_("The whistle was called off"), None, "muted"),
    "acknowledge": Sentence(_("%(callee)s acknowledged the whistle"), _("%(callee)s is on the way"), "info"),
    "report_in": Sentence(
        _("%(callee)s reported in %(mode)s"), _("%(callee)s reported in %(mode)s"), "primary"
    ),
    "done": Sentence(_("%(callee)s is done"), _("%(callee)s is done"), "success"),
    "meet": Sentence(
        _("Joint meeting on %(on)s, called by %(callee)s"), _("Those who were called met on %(on)s"), "info"
    ),
    "plan": Sentence(
        _("Plan of %(callee)s: %(count)s stages, the last until %(until)s"),
        _("There is a plan with %(count)s stages, the last until %(until)s"),
        "info",
    ),
    "stage_done": Sentence(
        _("Stage %(stage)s of the plan is done"), _("Stage %(stage)s of the plan is done"), "success"
    ),
    "decline": Sentence(_("%(callee)s has declined"), None, "warning"),
    "decline.raised": Sentence(_("%(callee)s has declined, %(to)s is called instead"), None, "danger"),
    "contest": Sentence(
        _("%(callee)s contests the whistle (%(validity)s); %(asked)s decides"), None, "warning"
    ),
    "grant.contest": Sentence(_("%(asked)s has ruled: %(callee)s need not come"), None, "info"),
    "refuse.contest": Sentence(_("%(asked)s has ruled: %(callee)s must come"), None, "warning"),
    "release_callee": Sentence(_("%(callee)s is no longer needed"), None, "muted"),
    "ask_more_time": Sentence(_("%(callee)s asks %(asked)s for more time, until %(until)s"), None, "info"),
    "ask_task_time": Sentence(
        _("%(task)s asks %(asked)s for more time for its sub-task, until %(until)s"), None, "info"
    ),
    "grant.more_time": Sentence(
        _("%(for)s has time until %(until)s"), _("%(for)s needs until %(until)s"), "warning"
    ),
    "rate_callee": Sentence(_("The caller has assessed %(callee)s: %(verdict)s"), None, "info"),
    "judge": Sentence(_("%(callee)s on the whistle: %(validity)s"), None, "info"),
    "assign_officer": Sentence(_("Officer of %(owner)s: %(officer)s"), None, "info"),
    "send_officer": Sentence(_("Officer of %(callee)s: %(officer)s"), None, "info"),
    # 已电话通知
    "phoned": Sentence(_("Called by telephone: %(whom)s"), _("Called by telephone: %(whom)s"), "info"),
    "propose_reply": Sentence(_("A reply waits for the head of %(asked)s: %(outcome)s"), None, "info"),
    "submit_result": Sentence(_("Result submitted: %(outcome)s"), _("Done: %(outcome)s"), "success"),
    "rate": Sentence(
        _("Rated: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"),
        _("You rated it: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"),
        "info",
        outside=_("Rated by the resident"),
    ),
    "rate.reasons": Sentence(
        _("Rated: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s (%(reasons)s)"),
        _("You rated it: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s (%(reasons)s)"),
        "info",
        outside=_("Rated by the resident"),
    ),
    # 回访
    "call_back": Sentence(
        _("Called back: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"),
        _("You said by telephone: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"),
        "info",
        outside=_("Rated by the resident"),
    ),
    "call_back.reasons": Sentence(
        _("Called back: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s (%(reasons)s)"),
        _(
            "You said by telephone: answered %(answered)s, solved %(solved)s, satisfied %(satisfied)s"
            " (%(reasons)s)"
        ),
        "info",
        outside=_("Rated by the resident"),
    ),
    "call_back.missed": Sentence(
        _("Called back, nobody was reached"),
        _("We tried to call you about the result"),
        outside=_("The resident was called about the result"),
    ),
    "redo": Sentence(
        _("Sent back to %(owner)s to be redone"), _("Goes back to %(owner)s to be redone"), "warning"
    ),
    "close": Sentence(_("Closed (%(rated)s)"), _("Ended"), "muted"),
    "follow": Sentence(
        _("%(from)s has closed or was merged, %(to)s has it now"), _("Passed on to %(to)s"), "info"
    ),
    "correct": Sentence(_("Corrected: %(corrected)s"), _("Put right: %(corrected)s"), "info"),
    "mark_complaint": Sentence(
        _("A complaint about %(about)s, kept from them; with %(to)s"), _("%(to)s looks into it"), "warning"
    ),
    "correct.elsewhere": Sentence(
        _("Corrected: %(corrected)s. By its rule it belongs to %(proposed)s"),
        _("Put right: %(corrected)s"),
        "info",
    ),
    "verify": Sentence(_("Checked on the spot, in order: %(passed)s"), _("Checked on the spot"), "info"),
    "send_back": Sentence(_("Result sent back to %(owner)s"), _("Goes back to %(owner)s"), "warning"),
    "wait_for_check": Sentence(_("Not rated; the check on the spot is still to come"), None, "secondary"),
    "ask_info": Sentence(_("The reporter is asked"), _("%(owner)s asks you something"), "warning"),
    "supply_info": Sentence(_("The reporter has answered"), _("You answered"), "info"),
    "supply_info.told": Sentence(
        _("The reporter's answer was written down"), _("Your answer was written down"), "info"
    ),
    "add_info": Sentence(_("The reporter has added something"), _("You added something"), "info"),
    "add_info.told": Sentence(
        _("What the reporter added was written down"), _("What you added was written down"), "info"
    ),
    "reopen": Sentence(
        _("The reporter says that it is not solved after all; %(owner)s looks at it"),
        _("You said that it is not solved after all; %(owner)s looks at it"),
        "warning",
    ),
    "go_on": Sentence(
        _("No answer from the reporter, it goes on"), _("It goes on without your answer"), "secondary"
    ),
    "withdraw": Sentence(_("Withdrawn by the reporter"), _("You withdrew it"), "muted"),
    "withdraw.told": Sentence(
        _("Withdrawn for the reporter, who wants it no more"), _("Withdrawn, as you have told us"), "muted"
    ),
    "object": Sentence(
        _("The reporter objects; %(owner)s looks at it again"),
        _("You objected; %(owner)s looks at it again"),
        "warning",
    ),
    "merge": Sentence(
        _("Merged into another issue, which %(with)s has"),
        _("Dealt with together with the same matter at %(with)s"),
        "info",
    ),
    "unmerge": Sentence(_("Taken out again, given to %(to)s"), _("Given to %(to)s"), "info"),
    "object_merge": Sentence(
        _("The reporter says that it is another matter; given to %(to)s"),
        _("You said that it is another matter; given to %(to)s"),
        "warning",
    ),
    "release": Sentence(_("A matter of its own again, given to %(to)s"), _("Given to %(to)s"), "info"),
    "gain": Sentence(_("Another issue was merged into this one"), None, "info"),
    "lose": Sentence(_("An issue was taken out again"), None, "info"),
    "resolve_with": Sentence(_("Solved with the main issue: %(outcome)s"), _("Done: %(outcome)s"), "success"),
    "follow_again": Sentence(
        _("The result did not hold: follows the main issue again"),
        _("Looked at again together with the same matter: the result did not hold"),
        "warning",
    ),
    "reject_with": Sentence(
        _("Not accepted, with the main issue"), pgettext_lazy("resident", "Not accepted"), "muted"
    ),
    "split": Sentence(_("Sub-tasks given to %(tasks)s"), _("Several work on it: %(tasks)s"), "warning"),
    "take_task": Sentence(_("%(task)s has taken its sub-task"), None, "primary"),
    "finish_task": Sentence(_("%(task)s has finished its sub-task"), None, "success"),
    "give_back": Sentence(_("%(task)s gave its sub-task back"), None, "warning"),
    "call_off": Sentence(_("The sub-task of %(task)s was called off"), None, "muted"),
    "remind": Sentence(_("Reminder to %(asked)s: %(clock)s is due soon"), None, "info"),
    "call_deputy": Sentence(_("No answer from %(asked)s (%(clock)s): deputy called"), None, "warning"),
    "call_next": Sentence(
        _("No answer from %(asked)s (%(clock)s): the next on the duty roster called"), None, "danger"
    ),
    "climb": Sentence(
        _("No answer from %(asked)s (%(clock)s): passed to %(above)s"), _("Passed on to %(above)s"), "danger"
    ),
    # The issue itself stays where it is: somebody above is called, or has to decide or to check.
    "climb.callee": Sentence(
        _("No answer from %(asked)s (%(clock)s): passed to %(above)s"),
        _("%(asked)s has not answered, called for help: %(above)s"),
        "danger",
    ),
    "climb.part": Sentence(_("No answer from %(asked)s (%(clock)s): passed to %(above)s"), None, "danger"),
    "chase": Sentence(_("%(asked)s chased: %(clock)s is late"), None, "warning"),
    # 催办 by a person, not by the sweep.
    "chase.person": Sentence(_("%(asked)s is asked to hurry"), _("%(asked)s is asked to hurry"), "warning"),
    "supervise": Sentence(
        _("Supervision letter to %(asked)s, to be answered by %(until)s"),
        _("The level above supervises it"),
        "warning",
    ),
    "chase_callee": Sentence(
        _("%(asked)s, who was called, is asked to hurry"), _("%(asked)s is asked to hurry"), "warning"
    ),
    "supervise_callee": Sentence(
        _("Supervision letter to %(asked)s, who was called, to be answered by %(until)s"),
        _("The level above supervises it"),
        "warning",
    ),
    "chase_task": Sentence(_("%(asked)s is asked to hurry with its sub-task"), None, "warning"),
    "supervise_task": Sentence(
        _("Supervision letter to %(asked)s about its sub-task, to be answered by %(until)s"), None, "warning"
    ),
    "lead": Sentence(_("Taken on in person"), _("A leader has taken it on"), "primary"),
    "ask_extension": Sentence(_("Extension until %(until)s asked of %(asked)s"), None, "info"),
    "ask_suspension": Sentence(_("Suspension until %(until)s asked of %(asked)s: %(cause)s"), None, "info"),
    "ask_all_clear": Sentence(_("%(asked)s is asked to drop the danger"), None, "info"),
    "all_clear": Sentence(
        _("Danger dropped, it is %(category)s from now on"), _("No danger any more: %(category)s"), "warning"
    ),
    "grant.all_clear": Sentence(
        _("Danger dropped, it is %(category)s from now on"), _("No danger any more: %(category)s"), "warning"
    ),
    "all_clear.relieved": Sentence(
        _(
            "Danger dropped, it is %(category)s from now on; outside the duty list it goes from %(from)s to"
            " %(to)s"
        ),
        _("No danger any more: %(category)s. Passed on to %(to)s"),
        "warning",
    ),
    "grant.relieved": Sentence(
        _(
            "Danger dropped, it is %(category)s from now on; outside the duty list it goes from %(from)s to"
            " %(to)s"
        ),
        _("No danger any more: %(category)s. Passed on to %(to)s"),
        "warning",
    ),
    "resume": Sentence(_("Resumed"), _("It goes on"), "primary"),
    "grant": Sentence(_("Granted: %(what)s"), None, "success"),
    "grant.extension": Sentence(
        _("Extension granted until %(until)s"), _("It takes longer, until %(until)s"), "warning"
    ),
    "grant.suspension": Sentence(
        _("Suspended until %(until)s: %(cause)s"), _("It has to wait until %(until)s: %(cause)s"), "warning"
    ),
    "refuse": Sentence(_("Refused: %(what)s"), None, "danger"),
    "answer_letter": Sentence(_("Supervision letter answered by %(asked)s"), None, "success"),
    "withdraw_letter": Sentence(_("Supervision letter to %(asked)s withdrawn"), None, "muted"),
    "drop": Sentence(_("No longer wanted: %(what)s"), None, "muted"),
    "call_above": Sentence(_("Danger and %(clock)s late at %(asked)s: %(above)s called"), None, "danger"),
    "board": Sentence(_("On the supervision board: %(clock)s late at %(asked)s"), None, "danger"),
    "recompute": Sentence(
        _("The working calendar has changed: %(clock)s is due %(due)s instead of %(was)s"),
        _("The working calendar has changed"),
        "info",
    ),
}


# Words that somebody wrote into a sentence of ours, by the key under which the event names their note.
FRAMES: "dict[str, StrOrPromise]" = {
    "channel": _("Please turn to: %(words)s"),
    "case": _("Case number: %(words)s. Next feedback on %(feedback_on)s."),
}
STAFF, RESIDENT, OUTSIDE = "staff", "resident", "outside"


def sentence(verb: str, parameters: Mapping[str, str], *, reader: str = STAFF) -> str | None:
    """The line for this kind of reader in the language that is active, or None when it is not theirs to read.

    An event from a later version of the platform shows its verb to staff instead of failing.
    """
    row = SENTENCES.get(verb)
    if row is None:
        return verb if reader == STAFF else None
    template = _template(row, reader)
    return None if template is None else str(template) % _Lenient(parameters)


def is_told(verb: str, *, reader: str = STAFF) -> bool:
    """Whether there is a line for this kind of reader."""
    row = SENTENCES.get(verb)
    return reader == STAFF if row is None else _template(row, reader) is not None


def framed(frame: str, words: str, parameters: Mapping[str, str]) -> str:
    """Somebody's words in our sentence, in the reader's language; alone where this version has none."""
    template = FRAMES.get(frame)
    return words if template is None else str(template) % _Lenient({**parameters, "words": words})


def _template(row: Sentence, reader: str) -> "StrOrPromise | None":
    if reader == STAFF:
        return row.staff
    return row.outside if reader == OUTSIDE and row.outside else row.resident


def badge(verb: str) -> str:
    """Colour word of the line."""
    return SENTENCES[verb].badge if verb in SENTENCES else "secondary"


class _Lenient(dict):
    """A parameter that an old event lacks reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"
