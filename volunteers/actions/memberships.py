"""Members whose account is closed: they are checked in nowhere any more."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from volunteers.actions.joining import end_check_in
from volunteers.models import CheckIn

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def end_memberships(account: "User", *, now: datetime) -> int:
    """Whoever signs in no more is checked in nowhere any more, whether by the account or as the volunteer that it is; and
    nobody keeps where they serve. How many ended; done again it ends no more."""
    theirs = CheckIn.objects.of_person(None, account.pk)
    held = theirs.current().select_for_update(of=("self",), no_key=True).select_related("unit")
    ended = [end_check_in(one, None, now) for one in held.defer("unit__boundary").order_by("pk")]
    theirs.exclude(organisation=None).update(organisation=None)
    return len(ended)
