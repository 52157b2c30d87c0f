"""What the codes of refusals about calendars are called (trail.problem_types)."""

from django.utils.translation import gettext_lazy as _

from trail.problem_types import call_problems

call_problems(
    {
        "bad_rows": _("Wrong rows in a file"),
        "hours": _("Wrong hours"),
        "no_rows": _("The file has no rows"),
        "no_such_year": _("The file lacks a year"),
    }
)
