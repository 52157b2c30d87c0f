"""What grids records in the trail, in words; and the names of roles and places for everybody's events."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Body, Unit
from grids.roles import ROLES
from trail import words

_CLOSED = pgettext_lazy("unit or body", "Closed")

words.call_subject(
    "unit",
    _("Unit"),
    {
        "add": _("Added"),
        "import": _("Units imported"),
        "change": _("Facts corrected"),
        "rename": _("Renamed"),
        "move": _("Moved"),
        "merge": pgettext_lazy("unit", "Merged"),
        "close": _CLOSED,
        "set_profile": _("Level named"),
        "set_power": _("Power of streets changed"),
        "add_samples": _("Samples added"),
        "vacant_root": _("Nobody answers for the district"),
        "board_digest": _("The week on the supervision board"),
    },
)
words.call_subject("body", _("Body"), {"add": _("Added"), "change": _("Facts corrected"), "close": _CLOSED})
words.call_subject(
    "post",
    _("Post"),
    {
        "appoint": _("Appointed"),
        "end": _("Post ended"),
        "set_deputy": _("Deputy named"),
        "leave": _("Leave recorded"),
        "end_leave": _("Back from leave"),
        "set_shift": _("Put on the duty roster"),
        "set_weekly_shifts": _("Put on the duty roster every week"),
        "drop_shift": _("Taken off the duty roster"),
    },
)
words.call_subject("token", _("QR code"), {"issue": _("QR code issued"), "revoke": _("QR code revoked")})
words.call_subject(
    "sheet",
    _("Sheet"),
    {
        "take_in": _("Taken in, to be checked"),
        "check": _("Checked"),
        "confirm": _("Import confirmed"),
        "drop": _("Deleted without import"),
        "finish": _("Import finished"),
    },
)
words.HANDLERS["grids.follow"] = _("Follow the moved unit")
words.ROLES.update({role.key: role.label for role in ROLES.values()})


def _names_of(model: Any) -> words.Names:
    def ask(ids: Collection[int]) -> Mapping[int, str]:
        return dict(model.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))

    return ask


words.PLACES.update({"unit": _names_of(Unit), "body": _names_of(Body)})
