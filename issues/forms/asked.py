"""The extra questions of categories as fields: they stand with their category, and count when it is chosen."""

from collections.abc import Iterable
from typing import Any

from django import forms

from issues.forms.fields import YES_NO
from issues.models import Category
from issues.models.category import reads_english
from issues.policies import DistrictRules
from issues.questions import (
    BOOL,
    CHOICE,
    DATE,
    LARGEST_NUMBER,
    LONGEST_LINE,
    LONGEST_TEXT,
    NUMBER,
    SEVERAL,
    TEXT,
    Question,
)


class _Asked:
    """A field that is looked at only if its category is the chosen one.

    The browser is not told that it is required: it may belong to a category that is not.
    """

    counts = False

    def __init__(self, category: Category, question: Question, **options: Any) -> None:
        self.category, self.question = category, question
        words = question.words(english=reads_english())
        super().__init__(label=words, required=question.required, **options)
        self.widget.use_required_attribute = lambda initial: False  # type: ignore[attr-defined]

    def clean(self, value: Any) -> Any:
        return super().clean(value) if self.counts else None  # type: ignore[misc]


class AskedLine(_Asked, forms.CharField):
    pass


class AskedNumber(_Asked, forms.FloatField):
    pass


class AskedDate(_Asked, forms.DateField):
    pass


class AskedSeveral(_Asked, forms.MultipleChoiceField):
    pass


class AskedChoice(_Asked, forms.ChoiceField):
    pass


class AskedYesNo(_Asked, forms.TypedChoiceField):
    pass


def field_name(category: Category, question: Question) -> str:
    return f"answer-{category.key}-{question.key}"


def asked_fields(categories: Iterable[Category], rules: DistrictRules) -> dict[str, Any]:
    """Name → field of every question of these categories, as the district asks them."""
    return {
        field_name(category, question): _field(category, question)
        for category in categories
        for question in rules.questions_for(category.key, category.asked)
    }


def _field(category: Category, question: Question) -> Any:
    if question.type == BOOL:
        coerce = {"yes": True, "no": False}.get
        return AskedYesNo(
            category, question, choices=YES_NO, coerce=coerce, empty_value=None, widget=forms.RadioSelect
        )
    if question.type in {CHOICE, SEVERAL}:
        english = reads_english()
        words = [(one.key, one.label_en if english else one.label) for one in question.choices]
        if question.type == SEVERAL:
            return AskedSeveral(category, question, choices=words, widget=forms.CheckboxSelectMultiple)
        return AskedChoice(category, question, choices=[("", "—"), *words])
    if question.type == NUMBER:
        return AskedNumber(category, question, min_value=-LARGEST_NUMBER, max_value=LARGEST_NUMBER)
    if question.type == DATE:
        return AskedDate(
            category, question, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        )
    if question.type == TEXT:
        rows = forms.Textarea({"rows": 3})
        return AskedLine(category, question, max_length=LONGEST_TEXT, widget=rows)
    return AskedLine(category, question, max_length=LONGEST_LINE)


def pop_answers(data: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Take the answers out of the cleaned data: question → answer of the category that was chosen."""
    answers = {}
    for name, field in fields.items():
        if isinstance(field, _Asked):
            answer = data.pop(name, None)
            if field.counts and answer not in (None, "", []):
                answers[field.question.key] = answer
    return answers
