"""Units, bodies, posts, and what a district decides for itself."""

from grids.models.policies import Policy
from grids.models.posts import Body, DutyShift, Leave, Post
from grids.models.units import BuildingToken, DistrictPower, LevelProfile, Unit, UnitAlias

__all__ = [
    "Body",
    "BuildingToken",
    "DistrictPower",
    "DutyShift",
    "Leave",
    "LevelProfile",
    "Policy",
    "Post",
    "Unit",
    "UnitAlias",
]
