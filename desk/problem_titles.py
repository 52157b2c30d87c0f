"""What the codes of refusals about lists of the desk are called (trail.problem_types)."""

from django.utils.translation import gettext_lazy as _

from trail.problem_types import call_problems

call_problems(
    {
        "table": _("There is no such list"),
        "long": _("The filter is too long"),
        "gone": _("The filter was removed"),
    }
)
