"""Units level by level, bodies and posts in the staff admin."""

from grids.admin.posts import BodyAdmin, PostAdmin
from grids.admin.units import UnitAdmin

__all__ = ["BodyAdmin", "PostAdmin", "UnitAdmin"]
