"""Units, bodies and posts."""

from grids.models.posts import Body, DutyShift, Leave, Post
from grids.models.units import BuildingToken, DistrictPower, LevelProfile, Unit, UnitAlias

__all__ = [
    "Body",
    "BuildingToken",
    "DistrictPower",
    "DutyShift",
    "Leave",
    "LevelProfile",
    "Post",
    "Unit",
    "UnitAlias",
]
