"""What is asked in volunteering, by subject."""
