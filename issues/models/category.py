"""What issues are about, and who handles them without being asked."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from issues.kinds import kind_choices
from issues.limits import handling_level_choices
from issues.querysets import CategoryQuerySet
from issues.questions import Question, questions_of


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
    about_somebody = models.BooleanField(
        _("complaint about somebody"),
        default=False,
        help_text=_("Asks whom it is about; goes to the level above and is hidden from them."),
    )
    for_residents = models.BooleanField(_("offered to residents"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    is_active = models.BooleanField(_("in use"), default=True)
    district = models.ForeignKey(
        Unit,
        verbose_name=_("added by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text=_("The district that has added it; empty for the list that all share."),
    )
    questions = models.JSONField(
        _("questions"),
        default=list,
        blank=True,
        help_text=_("What is asked besides (issues.questions); answers are kept with the issue."),
    )

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
        return self.name_en if reads_english() else self.name

    @property
    def advice(self) -> str:
        """What belongs here, in the reader's language."""
        return self.hint_en if reads_english() else self.hint

    @property
    def advice_to_read(self) -> tuple[str, str]:
        """(what belongs here, code of its language): in the reader's, for which the code is empty, or else in the only
        one in which a district has written it."""
        other = "zh-Hans" if reads_english() else "en"
        return (self.advice, "") if self.advice else (self.hint or self.hint_en, other)

    @property
    def asked(self) -> tuple[Question, ...]:
        """The extra questions."""
        return questions_of(self.questions)

    @staticmethod
    def read(answers: Mapping[str, Any], asked: Iterable[Question]) -> list[tuple[str, Any]]:
        """(question, answer) in the reader's language, of what was `asked`; the rest stands at the end."""
        english = reads_english()
        known = {one.key: one for one in asked}
        found = [
            (one.words(english=english), _yes_no(one.answer_words(answers[key], english=english)))
            for key, one in known.items()
            if key in answers
        ]
        return found + [(key, _yes_no(answer)) for key, answer in answers.items() if key not in known]


def _yes_no(answer: Any) -> Any:
    return (gettext("yes") if answer else gettext("no")) if isinstance(answer, bool) else answer


def reads_english() -> bool:
    return (get_language() or "").startswith("en")
