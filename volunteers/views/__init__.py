"""The pages of volunteering for phones, by subject."""
