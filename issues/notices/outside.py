"""Who hears of tasks outside the duty list: those who decide for the district, and whoever reported one."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from issues.actions.outside import CAPABILITY
from issues.models import OutsideTask
from notices.actions import notify
from notices.words import word
from trail import words
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["issues.outside"] = _("Notices on tasks outside the duty list")
word(
    "issues.outside_reported",
    _("%(grid)s reports a task outside the duty list, given by %(giver)s; decide on it"),
    "grid",
    "giver",
    urgency="action",
)
word(
    "issues.outside_settled",
    _("The district has decided on the task that you reported as outside the duty list"),
)


@handler("issues.outside", "outside_task.report", "outside_task.settle")
def tell_of_outside(event: "Event", now: datetime) -> None:
    """The district at the report, the grid worker at the decision; whoever gave it hears of neither."""
    task = OutsideTask.objects.select_related("district", "grid", "given_unit", "given_body").get(
        pk=event.subject_id
    )
    if event.verb == "settle":
        if task.reported_by_id:
            link = reverse("issues:outside")
            notify(event, [task.reported_by_id], "issues.outside_settled", {}, link, now=now)
        return
    people = addressees_of_many([task.district], CAPABILITY, now)[key_of(task.district)]
    params = {"grid": task.grid.name, "giver": task.given_by.name}
    link = reverse("admin:issues_outsidetask_change", args=[task.pk])
    notify(event, [one.user_id for one in people], "issues.outside_reported", params, link, now=now)
