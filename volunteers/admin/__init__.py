"""The staff admin of volunteering, and the words of its trail, by subject."""

from volunteers.admin import activities  # noqa: F401  (calls its subjects)
