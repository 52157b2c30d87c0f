"""Contact data of reporters: who may see it, and on what occasion somebody looked. Pure."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grids.roles import ROLES
from issues.kinds import Word
from issues.lifecycle.states import NO_WORK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grids.standing import Position, Standing
    from issues.models import Callee, Issue

# How long after the end of the matter; stated where the data is asked for (PIPL: no longer than needed).
KEPT_AFTER_END = timedelta(days=180)

OCCASIONS = (
    Word("contact", _("To contact the resident")),
    Word("visit", _("To agree on a visit")),
    Word("result", _("To explain the result")),
    Word("rating", _("To ask whether it is solved")),
)
INTERNAL = frozenset({"handle", "read_below"})
# What is preset, by the issue's state: the right way is one tap.
USUAL = {"handling": "visit", "resolved": "rating", "closed": "result", "rejected": "result"}


def usual_occasion(state: str) -> str:
    """The occasion that is preset in this state."""
    return USUAL.get(state, "contact")


def sees_contact(
    standing: "Standing", issue: "Issue", callees: "list[Callee]", *, secret: bool = False
) -> bool:
    """Whether a post of this person both includes contact data and stands at this very matter.

    That is: where it happened or above, where it is handled now, or where somebody is still called to it.
    What the reporter wants kept `secret` (保密) is for those who handle it alone, not for all of its area.
    """
    waiting = [one for one in callees if one.state not in NO_WORK]
    area = (issue.district_id, issue.street_id, issue.community_id, issue.grid_id, issue.building_id)
    units = {
        *(() if secret else area),
        *(issue.owner_unit_id, issue.keeper_unit_id),
        *(one.unit_id for one in waiting),
    }
    bodies = {issue.owner_body_id, issue.keeper_body_id, *(one.body_id for one in waiting)}
    return any(
        _includes(one) and (one.unit_id in units - {None} or one.body_id in bodies - {None})
        for one in standing.positions
    )


def reads_internal(positions: "Iterable[Position]") -> bool:
    """Whether somebody who sees an issue through these positions reads what is for staff only: who handles or
    reads below, but no outside body and nobody from outside."""
    return any(
        not one.outside and not ROLES[one.role].external and bool(one.can & INTERNAL) for one in positions
    )


def _includes(position: "Position") -> bool:
    return ROLES[position.role].sees_contact and not position.outside
