"""Who hears of tasks outside the duty list: those who decide for the district, and whoever reported one."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from issues.actions.outside import CAPABILITY
from issues.models import OutsideTask
from notices.actions import notify
from notices.words import Params, word
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
# Of notices that were written before they said what was decided.
word(
    "issues.outside_settled",
    _("The district has decided on the task that you reported as outside the duty list"),
)


def _in_words(params: Params) -> Params:
    until = params.get("until")
    return {**params, "until": date_format(date.fromisoformat(until), "DATE_FORMAT") if until else "—"}


word(
    "issues.outside_taken_back",
    _("What you reported as outside the duty list (given by %(giver)s) is taken back: it is not yours to do"),
    "giver",
)
word(
    "issues.outside_moved",
    _(
        "What you reported as outside the duty list (given by %(giver)s) is taken back: it is not yours to do;"
        " %(number)s is with %(to)s now"
    ),
    *("giver", "number", "to"),
)
word(
    "issues.outside_allowed",
    _(
        "What you reported as outside the duty list (given by %(giver)s) is allowed until %(until)s: until then"
        " it is yours to do"
    ),
    *("giver", "until"),
    fill=_in_words,
)
word(
    "issues.outside_on_list",
    _(
        "What you reported as outside the duty list (given by %(giver)s) stands on it, says the district: it is"
        " yours to do"
    ),
    "giver",
)


@handler("issues.outside", "outside_task.report", "outside_task.settle")
def tell_of_outside(event: "Event", now: datetime) -> None:
    """The district at the report, the grid worker at the decision. Whoever gave it hears of neither by this, but of an
    issue that comes back to them (issues.notices.audiences)."""
    named = ("district", "grid", "given_unit", "given_body", "issue", "moved_unit", "moved_body")
    task = OutsideTask.objects.select_related(*named).get(pk=event.subject_id)
    if event.verb == "settle":
        if task.reported_by_id:
            key, said = _decided(task)
            notify(event, [task.reported_by_id], key, said, reverse("issues:outside"), now=now)
        return
    people = addressees_of_many([task.district], CAPABILITY, now)[key_of(task.district)]
    params = {"grid": task.grid.name, "giver": task.given_by.name}
    link = reverse("admin:issues_outsidetask_change", args=[task.pk])
    notify(event, [one.user_id for one in people], "issues.outside_reported", params, link, now=now)


def _decided(task: OutsideTask) -> tuple[str, dict[str, str]]:
    """Which words, and what stands in them."""
    said = {"giver": task.given_by.name}
    if task.moved_to and task.issue:
        return "issues.outside_moved", said | {"number": task.issue.number, "to": task.moved_to.name}
    if task.until:
        said["until"] = task.until.isoformat()
    return f"issues.outside_{task.state}", said
