"""Who may change units, bodies and posts: asked by every action here, whatever face it was called from."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from grids.lineage import chain
from grids.models import Body, Unit
from grids.standing import standing_of
from trail.refusals import NotAllowed


def allows(by: Any, capability: str, place: Unit | Body | None, now: datetime) -> bool:
    """Whether `by` has the capability at the place or above it.

    None is the platform itself (seeds, tasks); a superuser sets up. `place` None is outside any tree.
    """
    if by is None or (by.is_active and by.is_superuser):
        return True
    steps = set(chain(place)) if place is not None else set()
    return any(one.stands_at in steps for one in standing_of(by, now).with_capability(capability))


def require(by: Any, capability: str, place: Unit | Body | None, now: datetime) -> None:
    """Raise NotAllowed unless `allows`."""
    if not allows(by, capability, place, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
