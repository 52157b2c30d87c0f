"""首报: whoever was called to an emergency says within two hours how it stands, by whatever they write first."""

from issues.actions.calling import advance
from issues.actions.clocks import cancel_clocks
from issues.actions.step import Step
from issues.models import Callee, Deadline
from issues.ties import can_at

REPORT = "report"
# Whoever may note something for those called (issues.lifecycle.shape, CALLEE).
SPEAKS = frozenset({"report_in", "handle", "dispatch"})


def hear_report(step: Step) -> None:
    """A note of whoever was called is their first report: its clock is over, and the event says whose it was. No
    query where nobody is called."""
    if not step.issue.open_whistles or step.standing is None:
        return
    owing = Deadline.objects.open().filter(issue=step.issue, clock=REPORT)
    called = Callee.objects.called().filter(pk__in=owing.values("callee")).order_by("pk")
    for one in called.select_related("whistle", "unit", "body__unit", "raised_to"):
        if SPEAKS & can_at(step.standing, one.party, step.now):
            cancel_clocks(step.issue, now=step.now, part=one, only=(REPORT,))
            advance(step, one)
            step.data |= {"what": "first_report", "callee": one.pk}
