"""Looking at contact data is itself something that happened."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.standing import standing_of
from issues.contacts import OCCASIONS, sees_contact
from issues.models import Callee, Issue, Reporter
from issues.subjects import is_about
from issues.ties import actor_label
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def reveal_contact(issue: Issue, *, by: "User", now: datetime, occasion: str) -> Reporter:
    """The reporter with name and number in the clear; who looked, when and why goes into the trail.

    The trail's subject is the contact, not the issue: looking does not move the issue on. Raises NotAllowed
    for posts without contact data, Refused when none was left or it was erased since.
    """
    reporter = Reporter.objects.select_for_update(of=("self",)).filter(issue=issue.pk).first()
    current = Issue.objects.select_related("owner_unit", "owner_body").get(pk=issue.pk)
    callees = list(Callee.objects.called().filter(issue=current))
    standing = standing_of(by, now)
    secret = reporter is not None and reporter.is_secret
    if is_about(current, standing) or not sees_contact(standing, current, callees, secret=secret):
        raise NotAllowed(_("Your post does not include contact data."), code="not_yours")
    if occasion not in {one.key for one in OCCASIONS}:
        raise Refused(_("Say on what occasion you need the number."), code="occasion")
    if reporter is None or reporter.erased_at:
        raise Refused(_("There is no contact data, or it was erased after its time."), code="no_contact")
    record_event(
        "contact",
        current.pk,
        "reveal",
        by=by,
        now=now,
        actor_label=actor_label(standing, current.owner),
        unit_id=current.community_id or current.district_id,
        unit_label=current.place_label[:120],
        district_id=current.district_id,
        data={"occasion": occasion},
    )
    return reporter
