"""The rows of an issue and of what happens to it."""

from issues.models.category import Category
from issues.models.clock import Deadline
from issues.models.issue import Concern, Issue
from issues.models.texts import Attachment, Note, Rating, Reporter
from issues.models.whistle import Callee, Whistle

__all__ = [
    "Attachment",
    "Callee",
    "Category",
    "Concern",
    "Deadline",
    "Issue",
    "Note",
    "Rating",
    "Reporter",
    "Whistle",
]
