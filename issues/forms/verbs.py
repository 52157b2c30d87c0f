"""The form of each verb, from the verb's row alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Body
from issues.actions import takes
from issues.districts import rules_of
from issues.forms.fields import (
    CategoryField,
    CodeField,
    CodesField,
    IssueField,
    PersonField,
    PhotosField,
    PlaceField,
    ReasonsField,
    SubjectField,
    YesNoField,
)
from issues.forms.targets import (
    body_targets,
    likely_places,
    people_of,
    places,
    posts_in_charge,
    unit_targets,
)
from issues.inputs import Input
from issues.kinds import ON_SPOT
from issues.lifecycle import Verb
from issues.models import Callee, Issue, Part
from issues.policies.rules import ReplyTemplate
from issues.sights import overtaken
from trail.idempotency import OnceForm
from trail.moments import MomentField

# What is not taken back, as the end of the matter for the resident: a face may ask once more before it sends it.
SURE = {
    "reject": _("Yes, the matter ends here and the resident is sent elsewhere."),
    "return_to_hotline": _("Yes, the matter ends here and goes back to the hotline."),
    "close": _("Yes, the matter ends here although the result is disputed."),
    "withdraw": _("Yes, the matter ends here; nobody works on it any more."),
    "mark_complaint": _("Yes, it goes to the level above; those whom it is about do not see it any more."),
}
# Verbs that are a reply to the resident → the outcome that they always have, "" where it is chosen.
REPLIES = {"submit_result": "", "answer": "answered"}
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
        self.verb, self.issue, self.user, self.now = verb, issue, user, now
        asked = Asked(verb, issue, user, now, part)
        for question in verb.inputs:
            if question.type == "checks" and not isinstance(issue.owner, Body):
                continue
            field = field_for(question, asked)
            if not _nothing_to_choose(field):
                self.fields[question.key] = field
        if takes(verb.key, "occurred_at"):
            # When it was tapped: filled in by a phone that may send it later.
            self.fields["occurred_at"] = MomentField(required=False, widget=forms.HiddenInput({"id": False}))
        if ask_again and verb.key in SURE:
            self.fields["sure"] = forms.BooleanField(label=SURE[verb.key])

    def main_fields(self) -> list[Any]:
        """What is asked first; the hidden ones are among them."""
        return [field for field in self if field.name not in SELDOM]

    def seldom_fields(self) -> list[Any]:
        """What few cases need; a small page folds them away."""
        return [field for field in self if field.name in SELDOM]

    def reply_templates(self) -> tuple[ReplyTemplate, ...]:
        """What a reply may begin with; none for verbs that are no reply."""
        if self.verb.key not in REPLIES:
            return ()
        found, outcome = rules_of(self.issue.district_id, self.now).reply_templates, REPLIES[self.verb.key]
        return tuple(one for one in found if outcome in ("", one.outcome))

    def clean_version(self) -> int | None:
        """The version that holds now where nobody but this person has done anything since theirs: of the steps that one
        page offers they may do several. The action compares again, under its lock, whoever it was."""
        seen = self.cleaned_data["version"]
        if seen is None or overtaken(self.issue, seen, by=self.user):
            return seen
        return self.issue.version

    def clean(self) -> dict[str, Any]:
        """Reasons for what was answered with yes after all were left ticked: they are dropped."""
        given = super().clean()
        if given.get("reasons"):
            fit = rules_of(self.issue.district_id, self.now).reasons_for(given)
            given["reasons"] = [one.key for one in fit if one.key in given["reasons"]]
        return given

    def arguments(self) -> dict[str, Any]:
        """Cleaned answers without the empty ones, so that the action's own defaults hold."""
        answers = self.cleaned_data.items()
        return {key: value for key, value in answers if key != "sure" and value not in (None, "")}


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
    part = asked.part
    if question.key == "mode" and isinstance(part, Callee) and not part.whistle.remote_ok:
        # The caller wants them on the spot.
        choices = [one for one in choices if one[0] == ON_SPOT]
        options |= {"initial": ON_SPOT}
    if question.required and len(choices) <= 3:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **options)
    return forms.ChoiceField(choices=[("", "—"), *choices], **options)


def _date(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def _category(question: Input, asked: Asked, options: dict[str, Any]) -> forms.Field:
    """Those in use where it happened."""
    issue = asked.issue
    rules = rules_of(issue.district_id, asked.now)
    left_out = rules.out_of_use(issue.street_id)
    return CategoryField(initial=issue.category.key, left_out=left_out, own=rules.own, **options)


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
    "yes_no": lambda question, asked, options: YesNoField(**options),
    "reasons": lambda question, asked, options: ReasonsField(
        rules_of(asked.issue.district_id, asked.now).rating_reasons, **options
    ),
    "category": _category,
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
    "subject": lambda question, asked, options: SubjectField(
        list(posts_in_charge([asked.issue], asked.now)), **options
    ),
    "issue": lambda question, asked, options: IssueField(asked.user, asked.now, **options),
}


def _nothing_to_choose(field: forms.Field) -> bool:
    """A choice among units, bodies or reasons where there are none."""
    if isinstance(field, ReasonsField):
        return not field.choices
    return isinstance(field, CodeField | CodesField) and not field.queryset.exists()
