"""Who hears of what happens in volunteering; each subject in a module of its own."""

from volunteers.notices import people  # noqa: F401  (registers its handlers)
