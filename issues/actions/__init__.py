"""The only writers of issues. One function per verb; `PERFORM` finds it by the verb's key."""

from issues.actions.handle import answer_issue, contact_resident, note_progress, sign_issue, submit_result
from issues.actions.rate import close_issue, rate_issue, redo_issue
from issues.actions.report import Contact, report_issue
from issues.actions.route import dispatch_issue, hand_up, reject_issue, screen_issue
from issues.actions.whistle import acknowledge_whistle, blow_whistle, finish_callee, report_in

# Every one takes the issue (or callee) and, by keyword, by, now and the inputs that the verb's row names.
PERFORM = {
    "screen": screen_issue,
    "dispatch": dispatch_issue,
    "answer": answer_issue,
    "reject": reject_issue,
    "sign": sign_issue,
    "contact": contact_resident,
    "note": note_progress,
    "hand_up": hand_up,
    "whistle": blow_whistle,
    "submit_result": submit_result,
    "rate": rate_issue,
    "redo": redo_issue,
    "close": close_issue,
    "acknowledge": acknowledge_whistle,
    "report_in": report_in,
    "done": finish_callee,
}

__all__ = ["PERFORM", "Contact", "report_issue"]
