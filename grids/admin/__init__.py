"""Units level by level, bodies and posts in the staff admin."""

from grids.admin import trail
from grids.admin.policies import PolicyAdmin
from grids.admin.posts import BodyAdmin, PostAdmin
from grids.admin.units import UnitAdmin

__all__ = ["BodyAdmin", "PolicyAdmin", "PostAdmin", "UnitAdmin", "trail"]
