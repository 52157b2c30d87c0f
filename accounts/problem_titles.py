"""What the codes of refusals about accounts and tokens are called (trail.problem_types)."""

from django.utils.translation import gettext_lazy as _

from trail.problem_types import call_problems

call_problems(
    {
        "username": _("Wrong sign-in name"),
        "display_name": _("Wrong name shown"),
        "taken": _("Taken already"),
        "too_many": _("Too many at once or in all"),
        "closed": _("It is closed"),
        "open": _("It is open already"),
        "erased": _("It was erased"),
        "expiry": _("Wrong end of a token"),
        "scopes": _("Wrong scopes of a token"),
        "first_password": _("A first password is to be changed"),
        "password": _("Password not accepted"),
        "same": _("It is so already"),
        "has_post": _("The account has or had a post"),
        "linked": _("Linked to another sign-in"),
        "unknown": _("No account to sign in to"),
        "own": _("Nobody does this for themselves"),
        "person": _("Not for persons"),
        "service": _("Not for accounts of other systems"),
        "phone": _("Wrong or missing telephone"),
        "language": _("Language not offered"),
        "size": _("Size of text not offered"),
    }
)
