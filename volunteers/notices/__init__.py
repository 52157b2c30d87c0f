"""Who hears of what happens in volunteering, by subject."""

from volunteers.notices import activities, hours  # noqa: F401  (register their handlers)
