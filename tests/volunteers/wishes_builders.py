"""Volunteers, organisations and wishes in the town of tests/builders.py."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from grids.models import Unit
from tests.builders import Town
from trail.models import Event
from trail.refusals import Refused
from volunteers.actions.joining import add_organisation, check_in_organisation
from volunteers.actions.wishes import accept_wish, claim_wish, fulfil_wish, make_wish
from volunteers.models import Organisation, Volunteer, Wish

TEXT = "演示:想要一副老花镜"
ALIAS = "向阳花"
REASON = "演示:说明原因"


def volunteer(
    town: Town, name: str = "helper", *, home: Unit | None = None, account: bool = True, **more: Any
) -> Volunteer:
    """Somebody who helps, at home in the first grid unless said otherwise."""
    place = home or town.grid
    where = {key: value for key, value in place.lineage().items() if key != "building_id"}
    fields = {"name": f"演示{name}", "alias": name[:20], "consented_at": town.now, "joined_at": town.now}
    user = town.person(name) if account else None
    return Volunteer.objects.create(user=user, home=place, **(fields | where | more))


def organisation(
    town: Town, name: str = "演示公司", *, speaker: User | None = None, at: Unit | None = None, **more: Any
) -> Organisation:
    """One that has checked in to the community, by its community worker."""
    by = town.people["community_worker"]
    made = add_organisation(
        name=name, kind="other", district=town.district, by=by, now=town.now, speaker=speaker, **more
    )
    check_in_organisation(made, unit=at or town.community, by=speaker or by, now=town.now)
    return made


def proposed(town: Town, **more: Any) -> Wish:
    """A wish from the first grid that nobody has looked at yet."""
    given = {"unit": town.grid, "alias": ALIAS, "text": TEXT, "consent": True, "by": None, "now": town.now}
    return make_wish(**(given | more))[0]


def waiting(town: Town, **more: Any) -> Wish:
    """One that everybody may claim."""
    return accept_wish(proposed(town, **more), by=town.people["community_worker"], now=town.now)


def claimed(town: Town, who: Volunteer, **more: Any) -> Wish:
    """One that this volunteer (with an account) has."""
    assert who.user is not None
    return claim_wish(waiting(town, **more), claimer=who, by=who.user, now=town.now)


def fulfilled(town: Town, who: Volunteer, **more: Any) -> Wish:
    """One of which this volunteer says that it is fulfilled."""
    assert who.user is not None
    return fulfil_wish(claimed(town, who, **more), by=who.user, now=town.now)


def verbs(wish: Wish) -> list[str]:
    """What has happened to it, in order."""
    found = Event.objects.about("wish", wish.pk).order_by("seq")
    return list(found.values_list("verb", flat=True))


def later(town: Town, **span: float) -> datetime:
    """So much after the town's now."""
    return town.now + timedelta(**span)


def code_of(call: Callable[..., Any], *args: Any, **more: Any) -> str:
    """With which code it is refused."""
    with pytest.raises(Refused) as caught:
        call(*args, **more)
    return caught.value.code
