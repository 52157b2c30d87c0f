"""The form of each verb, from the verb's row alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Body
from issues.districts import rules_of
from issues.forms.fields import (
    CategoryField,
    CodeField,
    CodesField,
    IssueField,
    PersonField,
    PhotosField,
    PlaceField,
    YesNoField,
)
from issues.forms.targets import body_targets, likely_places, people_of, places, unit_targets
from issues.inputs import Input
from issues.lifecycle import Verb
from issues.models import Issue, Part
from issues.policies.rules import ReplyTemplate
from trail.idempotency import FIELD, OnceForm

# Verbs that end the matter for the resident: a face may ask once more before it sends them.
SURE = {
    "reject": _("Yes, the matter ends here and the resident is sent elsewhere."),
    "close": _("Yes, the matter ends here although the resident calls it unsolved."),
    "withdraw": _("Yes, the matter ends here; nobody works on it any more."),
}
SELDOM = frozenset({"internal_text", "kind", "case_number", "feedback_on"})
EITHER = _("Choose either a unit or a body.")


class VerbForm(OnceForm):
    """The questions of one verb about one issue. `arguments()` is what the action takes by keyword."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        verb: Verb,
        issue: Issue,
        user: Any,
        now: Any,
        *args: Any,
        part: Part | None = None,
        ask_again: bool = False,
        **options: Any,
    ) -> None:
        """`part`: the one that the verb is done to. `ask_again` adds the question of SURE, for faces that have
        no dialogue of their own."""
        initial = {"version": issue.version} | (options.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **options)
        self.verb, self.issue, self.now = verb, issue, now
        asked = Asked(verb, issue, user, now, part)
        for question in verb.inputs:
            if question.type == "checks" and not isinstance(issue.owner, Body):
                continue
            field = field_for(question, asked)
            if not _nothing_to_choose(field):
                self.fields[question.key] = field
        if ask_again and verb.key in SURE:
            self.fields["sure"] = forms.BooleanField(label=SURE[verb.key])

    def main_fields(self) -> list[Any]:
        """What is asked first; the hidden ones are among them."""
        return [field for field in self if field.name not in SELDOM]

    def seldom_fields(self) -> list[Any]:
        """What few cases need; a small page folds them away."""
        return [field for field in self if field.name in SELDOM]

    def reply_templates(self) -> tuple[ReplyTemplate, ...]:
        """What a result may begin with; none for other verbs."""
        if self.verb.key != "submit_result":
            return ()
        return rules_of(self.issue.district_id, self.now).reply_templates

    def arguments(self) -> dict[str, Any]:
        """Cleaned answers without the empty ones, so that the action's own defaults hold."""
        answers = {key: value for key, value in self.cleaned_data.items() if key not in {"sure", FIELD}}
        return {key: value for key, value in answers.items() if value not in (None, "")}


@dataclass(frozen=True)
class Asked:
    """By whom, about what and when a verb's questions are asked: who and where they may name depends on it."""

    verb: Verb
    issue: Issue
    user: Any
    now: Any
    part: Part | None = None


def field_for(question: Input, asked: Asked) -> forms.Field:
    """The field of one question."""
    options = {"label": question.label, "required": question.required, "help_text": question.help}
    return FIELDS[question.type](question, asked, options)


def _text(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(max_length=question.max_length, widget=area, **options)


def _choice(question: Input, asked: Asked, options: dict[str, Any]) -> forms.ChoiceField:
    choices = [(word.key, word.label) for word in question.choices]
    if question.required and len(choices) <= 3:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **options)
    return forms.ChoiceField(choices=[("", "—"), *choices], **options)


def _date(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def _checks(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    """Each is to be confirmed; the action says which is missing."""
    choices = [(word.key, word.label) for word in question.choices]
    options |= {"required": True}
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **options)


def _one(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    targets = unit_targets if question.type == "unit" else body_targets
    rows = targets(asked.verb, asked.issue, asked.user, asked.now)
    return CodeField(rows, **options | {"help_text": EITHER})


def _several(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    targets = unit_targets if question.type == "units" else body_targets
    return CodesField(targets(asked.verb, asked.issue, asked.user, asked.now), **options)


# Type of a question → the field that asks it.
FIELDS: dict[str, Callable[[Input, Asked, dict[str, Any]], forms.Field]] = {
    "text": _text,
    "stages": _text,
    "line": lambda question, asked, options: forms.CharField(max_length=question.max_length, **options),
    "bool": lambda question, asked, options: (
        YesNoField(**options) if question.required else forms.BooleanField(**options)
    ),
    "date": _date,
    "choice": _choice,
    "checks": _checks,
    "category": lambda question, asked, options: CategoryField(initial=asked.issue.category.key, **options),
    "photos": lambda question, asked, options: PhotosField(**options),
    "unit": _one,
    "body": _one,
    "units": _several,
    "bodies": _several,
    "place": lambda question, asked, options: PlaceField(
        places(asked.issue), likely_places(asked.issue), **options
    ),
    "person": lambda question, asked, options: PersonField(
        people_of(asked.issue, asked.part, asked.now), **options
    ),
    "issue": lambda question, asked, options: IssueField(asked.user, asked.now, **options),
}


def _nothing_to_choose(field: forms.Field) -> bool:
    """A choice among units or bodies where there are none."""
    return isinstance(field, CodeField | CodesField) and not field.queryset.exists()
