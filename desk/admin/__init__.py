"""Pages of the staff admin that need no model of their own: lists, board, snapshots, rates."""

from django.utils.translation import gettext_lazy as _

from trail import words

words.call_subject("snapshot", _("Snapshot"), {"take": _("Taken")})
