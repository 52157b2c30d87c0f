"""The demo: one command that shows a district at work. Embedded servers, supervisor, seed."""
