"""Who hears of what happens among volunteers, by subject."""

from volunteers.notices import wishes  # noqa: F401  registers its handler
