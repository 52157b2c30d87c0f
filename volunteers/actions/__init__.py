"""The only writers of volunteering, by subject."""
