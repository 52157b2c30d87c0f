"""Units, bodies, posts, and what a district decides for itself."""

from grids.models.boundaries import FormerBoundary
from grids.models.policies import Policy
from grids.models.posts import Body, DutyShift, Leave, Post
from grids.models.sheets import SheetFile
from grids.models.units import BuildingToken, LevelProfile, Unit, UnitAlias

__all__ = [
    "Body",
    "BuildingToken",
    "DutyShift",
    "FormerBoundary",
    "Leave",
    "LevelProfile",
    "Policy",
    "Post",
    "SheetFile",
    "Unit",
    "UnitAlias",
]
