"""What issues are about, and who handles them without being asked."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from issues.kinds import kind_choices
from issues.limits import handling_level_choices
from issues.querysets import CategoryQuerySet


class Category(models.Model):
    """A row of the district's list. Names are data: they are kept in both languages."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT
    )
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=80)
    hint = models.CharField(_("what belongs here"), max_length=200, blank=True)
    hint_en = models.CharField(_("what belongs here, in English"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices)
    handled_at = models.CharField(
        _("handled at"),
        max_length=20,
        choices=handling_level_choices,
        blank=True,
        help_text=_("Level that gets it by rule; empty: the community screens it."),
    )
    is_danger = models.BooleanField(
        _("danger"), default=False, help_text=_("Skips the queue, calls three levels.")
    )
    for_residents = models.BooleanField(_("offered to residents"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("order", "key")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if _reads_english() else self.name

    @property
    def advice(self) -> str:
        """What belongs here, in the reader's language."""
        return self.hint_en if _reads_english() else self.hint


def _reads_english() -> bool:
    return (get_language() or "").startswith("en")
