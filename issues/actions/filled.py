"""What a template of replies leaves open is filled in before the resident reads it."""

from django.utils.translation import gettext as _

from issues.actions.step import Step
from issues.districts import rules_of
from trail.refusals import Refused


def check_filled(step: Step, text: str) -> None:
    """Raises Refused("unfilled") for words in which a blank of one of the district's templates still stands."""
    blanks = rules_of(step.issue.district_id, step.now).blanks
    left = sorted((blank for blank in blanks if blank in text), key=text.index)
    if left:
        raise Refused(
            _("Fill in what the template leaves open, or take it out: %(blanks)s.")
            % {"blanks": _(", ").join(left)},
            code="unfilled",
        )
