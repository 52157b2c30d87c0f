"""Units level by level, bodies, posts and accounts in the staff admin."""

from grids.admin import trail
from grids.admin.accounts import AccountAdmin
from grids.admin.policies import PolicyAdmin
from grids.admin.posts import BodyAdmin, PostAdmin
from grids.admin.sheets import SheetFileAdmin
from grids.admin.systems import ServiceAccountAdmin
from grids.admin.units import UnitAdmin

__all__ = [
    "AccountAdmin",
    "BodyAdmin",
    "PolicyAdmin",
    "PostAdmin",
    "ServiceAccountAdmin",
    "SheetFileAdmin",
    "UnitAdmin",
    "trail",
]
