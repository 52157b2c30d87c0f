"""Filled-in sheets that wait to be confirmed: units, bodies, posts and what other apps register."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from grids.models.units import Unit
from grids.querysets import SheetFileQuerySet
from grids.sheet_kinds import KINDS

SHEET_STATES = {
    "checking": _("Being checked"),
    "checked": _("Checked, not imported yet"),
    "running": _("Being imported"),
    "done": _("Imported"),
    "dropped": _("Not imported"),
}
# What one is shown as whose job was given up: until it is ordered again.
FAILED_STATE = {"failed": _("The job has failed")}


def sheet_state_choices() -> list[tuple[str, Any]]:
    """For the model's field."""
    return list(SHEET_STATES.items())


class SheetFile(models.Model):
    """One file: checked when it came (a long one in the background), imported when it is confirmed. What it says is
    encrypted (sign-in names stand in it), and gone as soon as it has been dealt with."""

    kind = models.CharField(_("of what"), max_length=20)
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=sheet_state_choices, default="checked")
    # The district where whoever brought it works; none for who sets up.
    district = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    content = EncryptedTextField(default="", blank=True)
    # What is wrong, and what is passed over on purpose: [line, heading, value, reason, is it wrong].
    remarks = EncryptedTextField(default="", blank=True)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows dealt with"), default=0)
    wrong = models.PositiveIntegerField(_("faults"), default=0)
    # As the check found them, then what really came of them.
    added = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    # Nothing is kept of what it said.
    is_spent = models.BooleanField(default=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = SheetFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet")
        verbose_name_plural = _("sheets")

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_ready(self) -> bool:
        """Whether it can be confirmed: without faults, or its rows stand alone and some of them are right."""
        stands = not self.wrong or (self.kind in KINDS and KINDS[self.kind].alone and self.right > 0)
        return self.state == "checked" and stands

    @property
    def right(self) -> int:
        """Rows that were or would be taken."""
        return self.added + self.changed + self.unchanged

    @property
    def kind_label(self) -> str:
        """Of what it is a list; one that a later version brought shows its key."""
        return str(KINDS[self.kind].label) if self.kind in KINDS else self.kind
