"""A calendar has changed, or a district goes by another: its open deadlines are reckoned anew, as a job."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from issues.actions.recompute import KIND, districts_by
from issues.worktimes import SETTLED_AFTER
from trail import words
from trail.job_actions import start_job
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["issues.recompute"] = _("Reckon open deadlines anew")


@handler("issues.recompute", "calendar.load", "calendar.set_office_hours", "unit.change")
def reckon_anew(event: "Event", now: datetime) -> None:
    """ONE job for each calendar or district. It begins when no process reckons with what was before."""
    if event.subject_type == "calendar":
        about, districts = {"calendar": event.subject_id}, districts_by(event.subject_id)
    elif "calendar" in event.data.get("fields", ()):
        about, districts = {"district": event.subject_id}, [event.subject_id]
    else:
        return
    if districts:
        by = event.actor if event.actor_id else None
        only = districts[0] if len(districts) == 1 else None
        start_job(KIND, about, by=by, now=now, after=SETTLED_AFTER, district_id=only)
