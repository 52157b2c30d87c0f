"""The rows of an issue and of what happens to it."""

from issues.models.alerts import Alert
from issues.models.category import Category
from issues.models.clock import Deadline
from issues.models.figures import Counted, Figure, Folded
from issues.models.hotline import HotlineOrder, ImportBatch, ImportParcel
from issues.models.issue import Concern, Issue
from issues.models.listed import ListedIssue
from issues.models.outside import OutsideTask
from issues.models.parts import Decision, Task
from issues.models.rates import RateDay
from issues.models.schedules import Occurrence, Schedule
from issues.models.texts import Attachment, Note, Rating, Reporter
from issues.models.whistle import Callee, Stage, Whistle

# What somebody else must act on within an issue, with clocks of its own: PART names the column of a deadline,
# TIE what ties its party to it.
Part = Callee | Task | Decision
PART_MODELS: dict[str, type[Part]] = {model.PART: model for model in (Callee, Task, Decision)}

__all__ = [
    "PART_MODELS",
    "Alert",
    "Attachment",
    "Callee",
    "Category",
    "Concern",
    "Counted",
    "Deadline",
    "Decision",
    "Figure",
    "Folded",
    "HotlineOrder",
    "ImportBatch",
    "ImportParcel",
    "Issue",
    "ListedIssue",
    "Note",
    "Occurrence",
    "OutsideTask",
    "Part",
    "RateDay",
    "Rating",
    "Reporter",
    "Schedule",
    "Stage",
    "Task",
    "Whistle",
]
