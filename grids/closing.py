"""Who must be asked before a unit is closed: a registry that higher apps fill at start."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grids.models import Unit

# check(unit) raises Refused while something of its own still needs the unit. The caller holds the unit's tree.
Check = Callable[["Unit"], None]
CLOSING: list[Check] = []


def before_closing(check: Check) -> Check:
    """Have this asked before a unit is closed. Call it once, at start."""
    if check not in CLOSING:
        CLOSING.append(check)
    return check
