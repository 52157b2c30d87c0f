"""The only writers of issues. One function per verb; `PERFORM` finds it by the verb's key."""

import inspect
from functools import cache

from issues.actions.assess import judge_whistle, rate_callee
from issues.actions.callee import (
    acknowledge_whistle,
    contest_whistle,
    decline_whistle,
    finish_callee,
    release_callee,
    report_in,
)
from issues.actions.check import send_back, verify_result
from issues.actions.complain import mark_complaint
from issues.actions.correct import correct_issue
from issues.actions.danger import all_clear, ask_all_clear
from issues.actions.decide import (
    answer_letter,
    drop_decision,
    grant_decision,
    refuse_decision,
    withdraw_letter,
)
from issues.actions.handle import contact_resident, note_progress, sign_issue
from issues.actions.intake import Contact
from issues.actions.merge import merge_issue, object_to_merge, unmerge_issue
from issues.actions.more_time import ask_more_time, ask_task_time
from issues.actions.moving import hand_up, lift_issue, recall_issue, return_issue
from issues.actions.officer import assign_officer, note_phoned, send_officer
from issues.actions.oversight import (
    ask_extension,
    ask_suspension,
    chase_issue,
    lead_issue,
    resume_issue,
    supervise_issue,
)
from issues.actions.oversight_of_parts import chase_callee, chase_task, supervise_callee, supervise_task
from issues.actions.plan import finish_stage, plan_stages, record_meeting
from issues.actions.rate import call_back, close_issue, rate_issue, redo_issue
from issues.actions.reject import reject_issue, return_to_hotline
from issues.actions.report import report_issue
from issues.actions.resident import (
    add_info,
    ask_reporter,
    object_to_rejection,
    reopen_issue,
    supply_info,
    withdraw_issue,
)
from issues.actions.result import answer_issue, submit_result
from issues.actions.route import dispatch_issue, give_proposed, screen_issue
from issues.actions.split import call_off_task, finish_task, give_back_task, split_issue, take_task
from issues.actions.whistle import blow_whistle, call_in, call_off_whistle

# Every one takes the issue (or callee, sub-task, decision) and, by keyword, by, now and the inputs that the
# verb's row names.
PERFORM = {
    "screen": screen_issue,
    "dispatch": dispatch_issue,
    "answer": answer_issue,
    "reject": reject_issue,
    "sign": sign_issue,
    "contact": contact_resident,
    "note": note_progress,
    "hand_up": hand_up,
    "return": return_issue,
    "give_proposed": give_proposed,
    "recall": recall_issue,
    "lift": lift_issue,
    "return_to_hotline": return_to_hotline,
    "whistle": blow_whistle,
    "submit_result": submit_result,
    "rate": rate_issue,
    "call_back": call_back,
    "redo": redo_issue,
    "close": close_issue,
    "acknowledge": acknowledge_whistle,
    "report_in": report_in,
    "done": finish_callee,
    "join": call_in,
    "call_off_whistle": call_off_whistle,
    "meet": record_meeting,
    "plan": plan_stages,
    "stage_done": finish_stage,
    "decline": decline_whistle,
    "contest": contest_whistle,
    "release_callee": release_callee,
    "rate_callee": rate_callee,
    "ask_more_time": ask_more_time,
    "ask_task_time": ask_task_time,
    "judge": judge_whistle,
    "assign_officer": assign_officer,
    "send_officer": send_officer,
    "phoned": note_phoned,
    "chase": chase_issue,
    "supervise": supervise_issue,
    "chase_callee": chase_callee,
    "supervise_callee": supervise_callee,
    "chase_task": chase_task,
    "supervise_task": supervise_task,
    "lead": lead_issue,
    "ask_extension": ask_extension,
    "ask_suspension": ask_suspension,
    "resume": resume_issue,
    "merge": merge_issue,
    "unmerge": unmerge_issue,
    "split": split_issue,
    "take_task": take_task,
    "finish_task": finish_task,
    "give_back": give_back_task,
    "call_off": call_off_task,
    "ask_info": ask_reporter,
    "supply_info": supply_info,
    "add_info": add_info,
    "reopen": reopen_issue,
    "withdraw": withdraw_issue,
    "object": object_to_rejection,
    "object_merge": object_to_merge,
    "correct": correct_issue,
    "mark_complaint": mark_complaint,
    "ask_all_clear": ask_all_clear,
    "all_clear": all_clear,
    "verify": verify_result,
    "send_back": send_back,
    "grant": grant_decision,
    "refuse": refuse_decision,
    "answer_letter": answer_letter,
    "withdraw_letter": withdraw_letter,
    "drop": drop_decision,
}


@cache
def takes(verb: str, parameter: str) -> bool:
    """Does the verb's action take this parameter?"""
    return parameter in inspect.signature(PERFORM[verb]).parameters


__all__ = ["PERFORM", "Contact", "report_issue", "takes"]
