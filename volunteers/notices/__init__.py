"""Who hears of what happens in volunteering: a module per subject, each with its handlers and words."""

from volunteers.notices import activities, hours, joining, people, points, wishes  # noqa: F401  (register them)
