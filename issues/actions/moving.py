"""The ways to another owner besides dispatching: up, back, over, and in one tap."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from grids.levels import LEVELS
from grids.lineage import chain
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.filled import check_filled
from issues.actions.handle import check_word
from issues.actions.parts import end_decisions
from issues.actions.review import new_round
from issues.actions.route import assign, check_duty, keep_responsible
from issues.actions.step import Step, begin, finish
from issues.actions.takeover import take_over
from issues.kinds import BELONGS_ELSEWHERE, RETURN_REASONS
from issues.models import Issue
from issues.routing import came_up, columns_of
from issues.ties import above_positions
from trail.models import Event
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def hand_up(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The ordinary way up, with a reason; who had signed stays responsible until the level above has."""
    step = begin(issue, "hand_up", by=by, now=now, version=version)
    owner = step.issue.owner
    above = _above(owner)
    assert above is not None, "the rule keeps the district from handing up"
    keep_responsible(step)
    proposed = step.issue.proposed
    assign(step, above)
    # Where it belongs is not forgotten on the way up to whoever can give it there.
    step.change(**columns_of("proposed", proposed))
    return finish(step, data={"from": party(owner), "to": party(above)}, text=text)


@transaction.atomic
def return_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    why: str,
    text: str,
    unit: Unit | None = None,
    body: Body | None = None,
    version: int | None = None,
) -> Issue:
    """退单: back to whoever gave it, with the right unit or body; the promised date stays. What came from below, handed
    up or taken over, goes to the level above.

    A second return between the same two goes to the level above both, which rules on it: neither of them returns
    it again, until there is another ruling.
    Raises Refused("word"), ("target") for both a unit and a body, ("proposal") for none where it belongs
    elsewhere, ("no_sender") where nobody stands above.
    """
    step = begin(issue, "return", by=by, now=now, version=version)
    check_word(why, RETURN_REASONS)
    if unit and body:
        raise Refused(_("Choose either a unit or a body."), code="target")
    proposed = unit or body
    _check_proposal(step, why, proposed)
    owner, sender = step.issue.owner, _returned_to(step.issue)
    ruling = _returned_before(step.issue, owner, sender)
    target = _ruler(owner, sender) if ruling else sender
    _give_back(step, target)
    step.change(ruling="asked" if ruling else step.issue.ruling, **columns_of("proposed", proposed))
    facts = {"from": party(owner), "to": party(target), "why": why, "ruling": ruling}
    if ruling:
        facts["between"] = [party(owner), party(sender)]
    if proposed:
        facts["proposed"] = party(proposed)
    return finish(step, data=facts, text=text, internal=True)


def _check_proposal(step: Step, why: str, proposed: Unit | Body | None) -> None:
    """Who says that it belongs elsewhere says where. Raises Refused("proposal")."""
    if proposed == step.issue.owner or (proposed is None and why in BELONGS_ELSEWHERE):
        raise Refused(_("Name the unit or body where it belongs."), code="proposal")


@transaction.atomic
def recall_issue(issue: Issue, *, by: "User", now: datetime, version: int | None = None) -> Issue:
    """A wrong dispatch is taken back in one tap, until it is signed for."""
    step = begin(issue, "recall", by=by, now=now, version=version)
    owner, sender = step.issue.owner, _sender(step.issue)
    _give_back(step, sender)
    return finish(step, data={"from": party(owner), "to": party(sender)})


@transaction.atomic
def lift_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    text: str = "",
    for_resident: bool = False,
    version: int | None = None,
) -> Issue:
    """提级办理: the level above takes it over and signs for it in the same step. Its reason is for staff, unless it is
    marked for the resident too.

    Those who are called or have a sub-task stay, and are told whose they are now. Of a disputed result the
    reviewer, or a level above, does; the next result is then another one.
    """
    step = begin(issue, "lift", by=by, now=now, version=version)
    if for_resident:
        check_filled(step, text)
    reviewed = step.issue.state == "resolved"
    owner = (step.issue.lead_unit or step.issue.lead_body) if reviewed else step.issue.owner
    unit = _lifting(step)
    end_decisions(step)
    if reviewed:
        new_round(step)
    take_over(step, unit, sender=owner)
    facts = {"from": party(owner), "to": party(unit)}
    return finish(step, data=facts, text=text, internal=not for_resident)


def _give_back(step: Step, target: Unit | Body) -> None:
    """Whoever had it is out of it: nobody recalls a return, and returning it once more goes up, not down. Nor does it
    come to a grid on this way past the duty list (S4:9). Raises Refused("not_on_duty_list")."""
    check_duty(step, target)
    step.change(keeper_unit=None, keeper_body=None)
    assign(step, target, promise=False, since=step.issue.counts_from)
    step.change(**columns_of("sender", None))


def _sender(issue: Issue) -> Unit | Body:
    """Who gave it, or handed it up; by rule nobody did, then it is the level above, of the district the place's own
    street."""
    sender = issue.sender_unit or issue.sender_body
    if sender is not None and sender.is_open and sender != issue.owner:
        return sender
    found = _above(issue.owner) or issue.street or issue.community
    if found is None or not found.is_open:
        raise Refused(_("There is nobody to give it back to."), code="no_sender")
    return found


def _returned_to(issue: Issue) -> Unit | Body:
    """Who gave it; where it came up from below, the level above instead."""
    if not came_up(issue):
        return _sender(issue)
    above = _above(issue.owner)
    assert above is not None, "the rule keeps the district from returning what came up to it"
    return above


def _returned_before(issue: Issue, owner: Unit | Body, sender: Unit | Body) -> bool:
    """Did the same two have it back and forth already, whoever of them returned it? What went to the level above
    for a ruling did not go back."""
    returns = Event.objects.about("issue", issue.pk).filter(verb="return", data__ruling=False)
    forth = Q(data__from=party(owner), data__to=party(sender))
    back = Q(data__from=party(sender), data__to=party(owner))
    return returns.filter(forth | back).exists()


def _ruler(owner: Unit | Body, sender: Unit | Body) -> Unit:
    """The nearest level above both; the district rules on what is between itself and one below."""
    above_owner = chain(owner)[1:]
    common = [step for step in chain(sender)[1:] if step in above_owner] or chain(sender)[-1:]
    ruler = Unit.objects.get(pk=common[0][1])
    if ruler == owner:
        raise Refused(_("There is nobody to give it back to."), code="no_sender")
    return ruler


def _lifting(step: Step) -> Unit:
    """The reviewer's own, where the person reviews it; else the nearest above the owner at which they may lift."""
    assert step.standing is not None
    if "owner" in step.ties and step.issue.owner_unit is not None:
        return step.issue.owner_unit
    above = [one for one in above_positions(step.standing, step.issue.owner) if "lift" in one.can]
    nearest = max(above, key=lambda one: LEVELS[str(one.level)].number)
    return Unit.objects.get(pk=nearest.unit_id)


def _above(owner: Unit | Body) -> Unit | None:
    return owner.parent if isinstance(owner, Unit) else owner.unit
