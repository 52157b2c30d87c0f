"""Pages of the staff admin: lists, board, snapshots and rates, which need no admin class, and the links of walls."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from desk.admin import kiosks  # noqa: F401  registers its page
from trail import words

words.call_subject("snapshot", _("Snapshot"), {"take": pgettext_lazy("event", "Taken")})
