"""Who hears of what happens in volunteering: a module per subject, each with its handlers and words."""

from volunteers.notices import activities, hours, people, points, wishes  # noqa: F401  (register their handlers)
