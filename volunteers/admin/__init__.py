"""The staff admin's pages of volunteering, and what its subjects are called in the trail."""

from volunteers.admin import joining, wishes  # noqa: F401  each names its own
