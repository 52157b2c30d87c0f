"""Who of a body does the work, as its head says; and calls by telephone (已电话通知)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.models import Post
from grids.roles import roles_that
from issues.actions.handle import check_word
from issues.actions.step import begin, finish
from issues.kinds import PHONED
from issues.models import Callee, Issue
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User
    from grids.models import Body, Unit


@transaction.atomic
def assign_officer(
    issue: Issue, *, by: "User", now: datetime, officer: "User", text: str = "", version: int | None = None
) -> Issue:
    """The officer is told and shown; the others of the body may still act. Raises Refused("officer")."""
    step = begin(issue, "assign_officer", by=by, now=now, version=version)
    check_officer(officer, step.issue.owner, now)
    step.change(officer=officer)
    return finish(step, data={"officer": officer.pk}, text=text, internal=True)


@transaction.atomic
def send_officer(
    callee: Callee, *, by: "User", now: datetime, officer: "User", text: str = "", version: int | None = None
) -> Callee:
    """The same for those called by a whistle."""
    step = begin(callee, "send_officer", by=by, now=now, version=version)
    row = step.called
    check_officer(officer, row.party, now)
    row.officer = officer
    row.save(update_fields=["officer"])
    finish(step, data={"officer": officer.pk}, text=text, internal=True)
    return row


@transaction.atomic
def note_phoned(
    issue: Issue, *, by: "User", now: datetime, whom: str, text: str = "", version: int | None = None
) -> Issue:
    """已电话通知: a function or service was called; the event says which, by whom and when."""
    step = begin(issue, "phoned", by=by, now=now, version=version)
    check_word(whom, PHONED)
    return finish(step, data={"whom": whom}, text=text, internal=True)


def check_officer(officer: "User", place: "Unit | Body", now: datetime) -> None:
    """Somebody who stands there now and works on issues, else Refused("officer")."""
    posts = Post.objects.active(now).at_place(place).filter(user=officer, role__in=roles_that("handle"))
    if not officer.is_active or officer.is_service or not posts.exists():
        raise Refused(_("Choose somebody who works at %(name)s.") % {"name": place.name}, code="officer")
