"""What may be sent: the serializers of all verbs, made from the table of inputs, and the report's own."""

import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.utils import html

from grids.api.fields import CodeField, CodesField
from grids.models import BuildingToken, Unit
from issues.actions import PERFORM, Contact
from issues.actions.photos import MOST_PHOTOS, Photo
from issues.actions.report import LONGEST_TEXT, SHORTEST_TEXT
from issues.inputs import Input
from issues.kinds import kind_choices, source_choices
from issues.lifecycle import Verb
from issues.models import Category, Issue
from issues.questions import WrongAnswers, clean_answers
from trail.rows import read

# Clocks of telephones differ; more than this ahead is a mistake.
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_OFFLINE = timedelta(days=366)
MOST_VERSIONS = 2**31 - 1


class OccurredAtField(serializers.DateTimeField):
    """When it really happened, for work done offline. Not in the future, not more than a year ago."""

    def to_internal_value(self, value: Any) -> datetime:
        moment, now = super().to_internal_value(value), self.context["now"]
        if moment > now + CLOCK_SKEW:
            raise serializers.ValidationError([_("This lies in the future.")], code="future")
        if moment < now - LONGEST_OFFLINE:
            raise serializers.ValidationError([_("This is more than a year ago.")], code="past")
        return min(moment, now)


class CategoryField(serializers.CharField):
    """The key of a category; becomes the row."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = read(Category, "WHERE this.key = %s", [super().run_validation(data)])
        if not found:
            raise serializers.ValidationError([_("There is no such category.")], code="unknown")
        return found[0]


class PlaceField(serializers.CharField):
    """The code of any open unit of the issue's district; becomes the unit. Where something happened is no
    secret of those who work there."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        code = super().run_validation(data)
        here = Unit.objects.open().filter(district=self.context["issue"].district_id)
        found = here.filter(code=code).first()
        if found is None:
            raise serializers.ValidationError([_("There is no such place in this district.")], code="unknown")
        return found


class PersonField(serializers.CharField):
    """The sign-in name of somebody with an account; whether they may be named is the action's to say."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        name = super().run_validation(data)
        found = get_user_model().objects.filter(username=name, is_active=True).first()
        if found is None:
            raise serializers.ValidationError([_("There is no such person.")], code="unknown")
        return found


class IssueField(serializers.CharField):
    """Number or tracking code of another issue; becomes it, if the caller may see it."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        named = super().run_validation(data)
        user, now = self.context["request"].user, self.context["now"]
        found = Issue.objects.visible_to(user, now).named(named).first()
        if found is None:
            raise serializers.ValidationError([_("There is no such issue.")], code="unknown")
        return found


class AnswersField(serializers.DictField):
    """Key of a question → its answer; in a form with files yes and no come as true and false."""

    YES_NO = {"true": True, "false": False}

    def get_value(self, dictionary: Any) -> Any:
        given = super().get_value(dictionary)
        if not html.is_html_input(dictionary) or not isinstance(given, Mapping):
            return given
        return {key: self.YES_NO.get(answer, answer) for key, answer in given.items()} or serializers.empty


class PhotosField(serializers.ListField):
    """Pictures as files of a multipart form."""

    def __init__(self, **options: Any) -> None:
        child = serializers.FileField(use_url=False, help_text="JPEG, PNG or WebP, at most 15 MB.")
        super().__init__(child=child, max_length=MOST_PHOTOS, **options)

    def to_internal_value(self, data: Any) -> list[Photo]:
        return [Photo(file, file.size) for file in super().to_internal_value(data)]


def _text(question: Input, options: dict[str, Any]) -> serializers.Field:
    return serializers.CharField(max_length=question.max_length, allow_blank=not question.required, **options)


def _choice(question: Input, options: dict[str, Any]) -> serializers.Field:
    choices = [(word.key, word.label) for word in question.choices]
    return serializers.ChoiceField(choices, allow_blank=not question.required, **options)


def _checks(question: Input, options: dict[str, Any]) -> serializers.Field:
    child = serializers.ChoiceField([(word.key, word.label) for word in question.choices])
    return serializers.ListField(child=child, max_length=len(question.choices), **options)


FIELDS: dict[str, Callable[[Input, dict[str, Any]], serializers.Field]] = {
    "text": _text,
    "line": _text,
    "choice": _choice,
    "bool": lambda question, options: serializers.BooleanField(**options),
    "date": lambda question, options: serializers.DateField(**options),
    "category": lambda question, options: CategoryField(max_length=40, **options),
    "unit": lambda question, options: CodeField("unit", allow_blank=not question.required, **options),
    "body": lambda question, options: CodeField("body", allow_blank=not question.required, **options),
    "units": lambda question, options: CodesField("unit", **options),
    "bodies": lambda question, options: CodesField("body", **options),
    "photos": lambda question, options: PhotosField(**options),
    "place": lambda question, options: PlaceField(max_length=40, **options),
    "person": lambda question, options: PersonField(max_length=150, **options),
    "issue": lambda question, options: IssueField(max_length=40, **options),
    "stages": _text,
    "checks": _checks,
}


def field_of(question: Input) -> serializers.Field:
    """The field of one question of a verb."""
    text = format_lazy("{}. {}", question.label, question.help) if question.help else question.label
    return FIELDS[question.type](question, {"required": question.required, "help_text": text})


class AskedSerializer(serializers.Serializer):
    """Of JSON it makes only the fields that were sent or may not be missing: to make all costs as much as a
    statement."""

    def get_fields(self) -> dict[str, serializers.Field]:
        sent = getattr(self, "initial_data", None)
        if type(sent) is not dict:
            return super().get_fields()
        return {
            name: deepcopy(field)
            for name, field in self._declared_fields.items()
            if name in sent or field.required or field.default is not serializers.empty
        }


class StepSerializer(AskedSerializer):
    """What every verb takes."""

    version = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_VERSIONS,
        help_text="The version that the caller saw; if the issue has moved on since: 409 (stale).",
    )

    def arguments(self) -> dict[str, Any]:
        """What the action takes by keyword: without the empty answers, so that its own defaults hold."""
        return {key: value for key, value in self.validated_data.items() if value not in (None, "")}


@cache
def step_serializer(verb: Verb, *, photos: bool) -> type[StepSerializer]:
    """The serializer of one verb: the questions of its row; with photos only where files can be sent."""
    questions = [one for one in verb.inputs if photos or one.type != "photos"]
    fields = {one.key: field_of(one) for one in questions}
    if takes(verb.key, "occurred_at"):
        fields["occurred_at"] = OccurredAtField(
            required=False, help_text="When it really happened, for work done offline; now if left out."
        )
    name = "".join(part.title() for part in verb.key.split("_")) + ("WithPhotos" if photos else "")
    return type(f"{name}Serializer", (StepSerializer,), {"__module__": __name__, **fields})


def takes(verb: str, parameter: str) -> bool:
    """Does the verb's action take this parameter?"""
    return parameter in inspect.signature(PERFORM[verb]).parameters


def has_photos(verb: Verb) -> bool:
    return any(question.type == "photos" for question in verb.inputs)


class ReportSerializer(AskedSerializer):
    """A new issue. The place is a unit's code or the token of a building's QR code."""

    place = CodeField("unit", required=False, help_text="Code of the unit where it happened.")
    token = serializers.CharField(
        required=False, max_length=32, help_text="Instead of `place`: the token of a building's QR code."
    )
    category = CategoryField(max_length=40, help_text="Key of the category.")
    text = serializers.CharField(
        min_length=SHORTEST_TEXT, max_length=LONGEST_TEXT, help_text="What is the matter."
    )
    kind = serializers.ChoiceField(
        kind_choices(), required=False, help_text="What it is; if left out, the category's usual kind."
    )
    source = serializers.ChoiceField(source_choices(), default="api", help_text="Where it came from.")
    spot = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="Where exactly.")
    lon = serializers.FloatField(
        required=False,
        allow_null=True,
        min_value=-180,
        max_value=180,
        help_text="Longitude in degrees, WGS-84.",
    )
    lat = serializers.FloatField(
        required=False, allow_null=True, min_value=-90, max_value=90, help_text="Latitude in degrees, WGS-84."
    )
    about = CodeField(
        "unit",
        required=False,
        help_text="Code of the grid, community or street that it complains about; it goes to the level above, "
        "and is hidden from those whom it is about.",
    )
    on_behalf = serializers.BooleanField(
        default=False, help_text="Registered for somebody else, who then rates the result."
    )
    contact_name = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Who may be called back. Kept encrypted."
    )
    contact_phone = serializers.CharField(
        required=False, allow_blank=True, max_length=30, help_text="Telephone number. Kept encrypted."
    )
    occurred_at = OccurredAtField(
        required=False, help_text="When it was reported, for work done offline; now if left out."
    )
    answers = AnswersField(
        default=dict, help_text="Answers to the category's `questions`: key of the question → answer."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The place from either of its names; contact data as the action takes it."""
        place, token = data.pop("place", None), data.pop("token", "")
        if (place is None) == (not token):
            raise serializers.ValidationError({"place": [_("Give either a place or a token.")]})
        try:
            clean_answers(data["category"].asked, data["answers"])
        except WrongAnswers as wrong:
            told = {key: [str(reason)] for key, reason in wrong.errors.items()}
            raise serializers.ValidationError({"answers": told}) from wrong
        contact = Contact(data.pop("contact_name", ""), data.pop("contact_phone", ""))
        return data | {"place": place or _building(token), "contact": contact}


class ReportWithPhotosSerializer(ReportSerializer):
    photos = PhotosField(required=False, help_text="Pictures of the place.")


def _building(token: str) -> Unit:
    found = BuildingToken.objects.live().select_related("unit").filter(token=token).first()
    if found is None:
        raise serializers.ValidationError(
            {"token": [_("This QR code is not valid any more.")]}, code="unknown"
        )
    return found.unit
