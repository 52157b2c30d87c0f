"""Public telephones of units: what a resident may call, of a grid, a community or a street; never a person's own."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST = 30
WRITTEN = re.compile(r"\+?[0-9][0-9 ()-]*[0-9]", re.ASCII)
# 119 is one.
LEAST_DIGITS = 3


def telephone_problem(text: str) -> Promise | None:
    """What is wrong with this as a telephone; None where nothing is, and of none at all."""
    digits = sum(character.isdigit() for character in text)
    if not text or (len(text) <= LONGEST and WRITTEN.fullmatch(text) and digits >= LEAST_DIGITS):
        return None
    return _("A telephone has digits, spaces, hyphens and brackets, at most 30 characters.")
