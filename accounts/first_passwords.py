"""What a first password does not open yet. Pure."""

from django.utils.translation import gettext as _

from trail.refusals import NotAllowed


def change_first() -> NotAllowed:
    """For programs: why an account with a first password gets nothing yet, and what to do about it."""
    return NotAllowed(
        _("This is a first password: sign in on the web page and choose one of your own."),
        code="first_password",
    )
