"""Not for this platform: rejected with the right channel, or back to the hotline that it came from."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from issues.actions.clocks import cancel_clocks
from issues.actions.filled import check_filled
from issues.actions.frames import keep_framed
from issues.actions.merge import reject_followers, release_followers
from issues.actions.parts import end_everything
from issues.actions.step import begin, finish
from issues.models import Issue
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

HOTLINE = "12345"


@transaction.atomic
def reject_issue(
    issue: Issue, *, by: "User", now: datetime, channel: str, text: str, version: int | None = None
) -> Issue:
    """Not for this platform: says why and where to go instead. Raises Refused("channel") without one, ("unfilled")."""
    step = begin(issue, "reject", by=by, now=now, version=version)
    if not channel.strip():
        raise Refused(_("Name the right channel: the resident must know where to turn."), code="channel")
    check_filled(step, text)
    cancel_clocks(step.issue, now=now)
    end_everything(step)
    step.change(state="rejected", due_at=None, closed_at=now)
    keep_framed(step, "channel", channel)
    rejected = finish(step, text=text)
    reject_followers(step, text=text, channel=channel)
    return rejected


@transaction.atomic
def return_to_hotline(
    issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Issue:
    """A hotline order that is not the district's goes back to 12345, and only there."""
    step = begin(issue, "return_to_hotline", by=by, now=now, version=version)
    check_filled(step, text)
    cancel_clocks(step.issue, now=now)
    end_everything(step)
    release_followers(step)
    step.change(state="rejected", due_at=None, closed_at=now, submit_left=None, asked_at=None)
    return finish(step, data={"channel": HOTLINE}, text=text)
