"""Who hears of what happens in volunteering: a module per subject, each with its handlers and words."""

from volunteers.notices import points  # noqa: F401  (registers its handlers)
