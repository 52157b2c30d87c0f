"""The form of each verb, from the verb's row alone."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.body_kinds import BODY_KINDS
from grids.models import Body, Unit
from issues.forms.fields import CategoryField, CodeField, CodesField, PhotosField, YesNoField
from issues.inputs import Input
from issues.lifecycle import Verb
from issues.models import Issue
from issues.whistles import BY_KEY, callable_by
from trail.idempotency import FIELD, OnceForm

# Verbs that end the matter for the resident: a face may ask once more before it sends them.
SURE = {
    "reject": _("Yes, the matter ends here and the resident is sent elsewhere."),
    "close": _("Yes, the matter ends here although the resident calls it unsolved."),
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
        ask_again: bool = False,
        **options: Any,
    ) -> None:
        """`ask_again` adds the question of SURE, for faces that have no dialogue of their own."""
        initial = {"version": issue.version} | (options.pop("initial", None) or {})
        super().__init__(*args, initial=initial, **options)
        self.verb, self.issue, self.now = verb, issue, now
        for question in verb.inputs:
            field = field_for(question, verb, issue, user, now)
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

    def arguments(self) -> dict[str, Any]:
        """Cleaned answers without the empty ones, so that the action's own defaults hold."""
        answers = {key: value for key, value in self.cleaned_data.items() if key not in {"sure", FIELD}}
        return {key: value for key, value in answers.items() if value not in (None, "")}


def field_for(question: Input, verb: Verb, issue: Issue, user: Any, now: Any) -> forms.Field:
    """The field of one question; who and where it may name depends on the person and the issue."""
    options = {"label": question.label, "required": question.required, "help_text": question.help}
    match question.type:
        case "text":
            area = forms.Textarea(attrs={"rows": 3})
            return forms.CharField(max_length=question.max_length, widget=area, **options)
        case "line":
            return forms.CharField(max_length=question.max_length, **options)
        case "bool":
            return YesNoField(**options) if question.required else forms.BooleanField(**options)
        case "date":
            return forms.DateField(
                widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
            )
        case "choice":
            return _choice(question, options)
        case "category":
            return CategoryField(initial=issue.category.key, **options)
        case "photos":
            return PhotosField(**options)
        case "unit" | "body":
            targets = unit_targets if question.type == "unit" else body_targets
            return CodeField(targets(verb, issue, user, now), **options | {"help_text": EITHER})
        case "units" | "bodies":
            targets = unit_targets if question.type == "units" else body_targets
            return CodesField(targets(verb, issue, user, now), **options)
    raise LookupError(f"no field for a question of type {question.type}")


def _choice(question: Input, options: dict[str, Any]) -> forms.ChoiceField:
    choices = [(word.key, word.label) for word in question.choices]
    if question.required and len(choices) <= 3:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **options)
    return forms.ChoiceField(choices=[("", "—"), *choices], **options)


def _nothing_to_choose(field: forms.Field) -> bool:
    """A choice among units or bodies where there are none."""
    return isinstance(field, CodeField | CodesField) and not field.queryset.exists()


def unit_targets(verb: Verb, issue: Issue, user: Any, now: Any) -> Any:
    """Units that this verb may name: one's own one level down for a dispatch, those above for a whistle."""
    if verb.key == "dispatch":
        return Unit.objects.open().children_of(issue.owner_unit) if issue.owner_unit else Unit.objects.none()
    above = [
        pk for pk in (issue.community_id, issue.street_id, issue.district_id) if pk != issue.owner_unit_id
    ]
    return Unit.objects.open().filter(pk__in=above, kind__in=callable_now(issue)).order_by("-level")


def body_targets(verb: Verb, issue: Issue, user: Any, now: Any) -> Any:
    """Bodies that this verb may name, of the issue's street and district, as far as the person sees them."""
    seen = (
        Body.objects.visible_to(user, now).open().filter(district=issue.district_id).order_by("kind", "code")
    )
    if verb.key == "whistle":
        return seen.filter(Q(street=None) | Q(street=issue.street_id), kind__in=callable_now(issue))
    owner = issue.owner_unit
    if owner is None or owner.kind not in {"street", "district"}:
        return seen.none()
    if owner.kind == "district":
        return seen.filter(street=None)
    return seen.filter(street=owner.pk, kind__in=[key for key, kind in BODY_KINDS.items() if kind.commanded])


def caller_level(issue: Issue) -> str:
    """The level that whistles: the owner's, for a body that of the unit it belongs to."""
    owner = issue.owner
    return owner.kind if isinstance(owner, Unit) else owner.unit.kind if owner else ""


def callable_now(issue: Issue) -> frozenset[str]:
    """Levels and kinds of bodies that the owner may call with any kind of whistle."""
    level = caller_level(issue)
    return frozenset().union(*(callable_by(level, kind) for kind in BY_KEY))
