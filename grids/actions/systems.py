"""Accounts of other systems: opened together with the post that says what they may do, and where."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import actions as accounts
from accounts.models import User
from grids.actions.appointments import appoint
from grids.actions.authority import require
from grids.models import Body, Unit


@transaction.atomic
def open_service(
    username: str, *, display_name: str, role: str, place: Unit | Body, by: Any, now: datetime
) -> User:
    """A service account with its first post, from today on. Its tokens come later (accounts.actions.issue_token).

    Raises as accounts.actions.open_service and appoint do: Refused (username, display_name, taken; role; closed),
    NotAllowed for whoever does not both connect systems and give posts there.
    """
    require(by, "connect_systems", place, now)
    user = accounts.open_service(
        username, display_name=display_name, by=by, now=now, district_id=place.district_id
    )
    where: dict[str, Any] = {str(place._meta.model_name): place}
    appoint(user, role=role, by=by, now=now, **where)
    return user
