"""Personal data of volunteers: what others are shown of a name, and on what occasions staff look at all of it. Pure."""

from django.utils.translation import gettext_lazy as _

from volunteers.words import Word

LONGEST_PERSON = 40
HIDDEN = "*"
OCCASIONS = (
    Word("activity", _("To agree on an activity")),
    Word("check", _("To check or correct the data")),
    Word("transfer", _("To talk about a transfer")),
    Word("safety", _("In an emergency")),
)


def shown_name(name: str, alias: str) -> str:
    """How others see a volunteer: by the alias, else by the first letter of the name, as "王*"; "" where nothing is
    kept."""
    if alias or not name:
        return alias
    return name[0] + HIDDEN
