"""The questions of the staff admin, one form per action."""
