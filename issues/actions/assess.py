"""双向评价: the caller says how those called did it, they say whether they were rightly called."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from issues.actions.handle import check_word
from issues.actions.step import begin, finish
from issues.kinds import VALIDITIES, VERDICTS
from issues.models import Callee

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def rate_callee(
    callee: Callee, *, by: "User", now: datetime, verdict: str, text: str = "", version: int | None = None
) -> Callee:
    """The caller's verdict on what was done; once."""
    step = begin(callee, "rate_callee", by=by, now=now, version=version)
    check_word(verdict, VERDICTS)
    step.called.verdict = verdict
    step.called.save(update_fields=["verdict"])
    finish(step, data={"verdict": verdict}, text=text, internal=True)
    return step.called


@transaction.atomic
def judge_whistle(
    callee: Callee, *, by: "User", now: datetime, validity: str, text: str = "", version: int | None = None
) -> Callee:
    """What those called think of the whistle; once, also when they were released or the whistle was called off after
    they had acknowledged it. Who has contested it has said so already."""
    step = begin(callee, "judge", by=by, now=now, version=version)
    check_word(validity, VALIDITIES)
    step.called.validity = validity
    step.called.save(update_fields=["validity"])
    finish(step, data={"validity": validity}, text=text, internal=True)
    return step.called
