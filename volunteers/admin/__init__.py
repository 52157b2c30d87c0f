"""Volunteering in the staff admin, and what its subjects are called in the trail."""

from volunteers.admin import points  # noqa: F401  (names its subjects)
