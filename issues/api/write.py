"""What may be sent: the serializers of all verbs, made from the table of inputs, and the report's own."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.utils import html

from grids.api.fields import CodeField, CodesField
from grids.api.geo import PositionSerializer, unit_at
from grids.models import BuildingToken, Unit
from grids.querysets import colleague_named
from grids.standing import standing_of
from issues.actions import Contact, takes
from issues.actions.naming import needed
from issues.actions.photos import MOST_PHOTOS, Photo
from issues.actions.report import LONGEST_TEXT, SHORTEST_TEXT
from issues.districts import rules_of
from issues.inputs import Input
from issues.kinds import OWN_WAYS, kind_choices, source_choices
from issues.lifecycle import Verb
from issues.limits import REPORTED_WITHIN
from issues.models import Category, Issue
from issues.questions import Question, WrongAnswers, clean_answers
from issues.reach import CALLING, bodies_anywhere, calls_anybody, units_anywhere
from trail.api.fields import MomentField
from trail.districts import sees_all
from trail.rows import read

# Clocks of telephones differ; more than this ahead is a mistake.
CLOCK_SKEW = timedelta(minutes=5)
MOST_REASONS = 20
MOST_VERSIONS = 2**31 - 1


class OccurredAtField(MomentField):
    """When it really happened, for work done offline. Not in the future, not more than a year ago."""

    def to_internal_value(self, value: Any) -> datetime:
        moment, now = super().to_internal_value(value), self.context["now"]
        if moment > now + CLOCK_SKEW:
            raise serializers.ValidationError([_("This lies in the future.")], code="future")
        if moment < now - REPORTED_WITHIN:
            raise serializers.ValidationError([_("This is more than a year ago.")], code="past")
        return min(moment, now)


def find_categories(keys: list[str]) -> dict[str, Category]:
    """Key → category."""
    return {row.key: row for row in read(Category, "WHERE this.key = ANY(%s)", [keys])}


def find_buildings(tokens: list[str]) -> dict[str, Unit]:
    """Token of a QR code that is still valid → its building."""
    rows = BuildingToken.objects.live().select_related("unit").filter(token__in=tokens)
    return {row.token: row.unit for row in rows}


class CategoryField(serializers.CharField):
    """The key of a category that all share or the caller's district has added; becomes the row. Context: `request` and
    `now`; `categories`, a finder of those that are known already."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        key = super().run_validation(data)
        found = self.context.get("categories", find_categories)([key]).get(key)
        if found is None or not self._is_of_here(found):
            raise serializers.ValidationError([_("There is no such category.")], code="unknown")
        return found

    def _is_of_here(self, category: Category) -> bool:
        user, now = self.context["request"].user, self.context["now"]
        shared = category.district_id is None or sees_all(user)
        return shared or category.district_id in standing_of(user, now).stands_in()


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


class CalledField(CodesField):
    """Codes of those to be called by this verb; in an emergency of anybody in the issue's district, for whoever whistles.
    Context: `issue` too."""

    def __init__(self, verb: str, kind: str, **options: Any) -> None:
        self.verb = verb
        super().__init__(kind, **options)

    def rows(self, codes: list[str]) -> list[Any]:
        """Whoever is not the caller's to see is found where the whistle reaches that far."""
        issue, now, said = self.context["issue"], self.context["now"], self.parent.initial_data.get("kind")
        if not calls_anybody(self.verb, issue, self.context["request"].user, now, kind=str(said)):
            return super().rows(codes)
        anywhere = units_anywhere if self.kind == "unit" else bodies_anywhere
        found = {one.code: one for one in anywhere(issue, now).filter(code__in=codes)}
        others = [code for code in codes if code not in found]
        found |= dict(zip(others, super().rows(others), strict=True)) if others else {}
        return [found[code] for code in codes]


class PersonField(serializers.CharField):
    """The sign-in name of somebody whose post the caller sees; whether they may be named is the action's to say."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        name = super().run_validation(data)
        found = colleague_named(name, self.context["request"].user, self.context["now"])
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
        found = {key: self._read(given.getlist(key)) for key in given}
        return found or serializers.empty

    def _read(self, answers: list[Any]) -> Any:
        """One answer, or several to the same question."""
        read = [self.YES_NO.get(answer, answer) for answer in answers]
        return read[0] if len(read) == 1 else read


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


def _reasons(question: Input, options: dict[str, Any]) -> serializers.Field:
    text = format_lazy("{}: {}", question.label, "keys of the district's reasons (rule rating_reasons).")
    child = serializers.CharField(max_length=40)
    return serializers.ListField(child=child, max_length=MOST_REASONS, **options | {"help_text": text})


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
    "subject": lambda question, options: PersonField(max_length=150, **options),
    "issue": lambda question, options: IssueField(max_length=40, **options),
    "stages": _text,
    "checks": _checks,
    "yes_no": lambda question, options: serializers.BooleanField(allow_null=True, **options),
    "reasons": _reasons,
}


CALLED = {"units": "unit", "bodies": "body"}


def field_of(question: Input, verb: str = "") -> serializers.Field:
    """The field of one question of a verb."""
    text = format_lazy("{}. {}", question.label, question.help) if question.help else question.label
    options = {"required": question.required, "help_text": text}
    if question.type in CALLED and verb in CALLING:
        return CalledField(verb, CALLED[question.type], **options)
    return FIELDS[question.type](question, options)


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
    fields = {one.key: field_of(one, verb.key) for one in questions}
    if takes(verb.key, "occurred_at"):
        fields["occurred_at"] = OccurredAtField(
            required=False,
            help_text="When it really happened, for work done offline; now if left out. Never before what it is about.",
        )
    name = "".join(part.title() for part in verb.key.split("_")) + ("WithPhotos" if photos else "")
    return type(f"{name}Serializer", (StepSerializer,), {"__module__": __name__, **fields})


def has_photos(verb: Verb) -> bool:
    return any(question.type == "photos" for question in verb.inputs)


class ReportSerializer(AskedSerializer, PositionSerializer):
    """A new issue. The place is a unit's code, the token of a building's QR code, or where the position lies
    (locate_unit)."""

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
    source = serializers.ChoiceField(
        [(key, label) for key, label in source_choices() if key not in OWN_WAYS],
        default="api",
        help_text="Where it came from. Orders of the hotline come by file, alerts by their own address.",
    )
    spot = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="Where exactly.")
    about = CodeField(
        "unit",
        required=False,
        help_text="Code of the grid, community or street that it complains about; it goes to the level above, "
        "and is hidden from those whom it is about.",
    )
    about_body = CodeField(
        "body", required=False, help_text="Instead of `about`: code of a body that serves the place."
    )
    about_person = PersonField(
        required=False,
        max_length=150,
        help_text="Sign-in name of the one person meant, who has a post there; without `about` it is where they do.",
    )
    on_behalf = serializers.BooleanField(
        default=False,
        help_text="Registered for somebody else, who then rates the result; always so of what came by telephone, on a "
        "visit, in a chat or at a reception.",
    )
    contact_name = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Who may be called back. Kept encrypted."
    )
    contact_phone = serializers.CharField(
        required=False, allow_blank=True, max_length=30, help_text="Telephone number. Kept encrypted."
    )
    occurred_at = OccurredAtField(
        required=False,
        help_text="When it was reported, for work done offline; now if left out. The time limits run from now.",
    )
    answers = AnswersField(
        default=dict, help_text="Answers to the category's `questions`: key of the question → answer."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The place from either of its names; contact data as the action takes it."""
        data = super().validate(data)
        place, token = data.pop("place", None), data.pop("token", "")
        if place is None and not token:
            place = unit_at(data, self.context)
        if (place is None) == (not token):
            raise serializers.ValidationError(
                {"place": [_("Give either a place or a token, or a position.")]}
            )
        place = place or _building(token, self.context.get("buildings", find_buildings))
        if data["category"].district_id not in (None, place.district_id):
            raise serializers.ValidationError({"category": [_("There is no such category.")]}, code="unknown")
        try:
            clean_answers(_asked(data["category"], place), data["answers"])
        except WrongAnswers as wrong:
            told = {key: [str(reason)] for key, reason in wrong.errors.items()}
            raise serializers.ValidationError({"answers": told}) from wrong
        contact = Contact(data.pop("contact_name", ""), data.pop("contact_phone", ""))
        return data | _about(data) | {"place": place, "contact": contact}


def _asked(category: Category, place: Unit) -> tuple[Question, ...]:
    """What is asked besides, as the district of the place asks it."""
    return rules_of(place.district_id, timezone.now()).questions_for(category.key, category.asked)


def _about(data: dict[str, Any]) -> dict[str, Any]:
    """Whom it complains about, as the action takes it; taken out of the data where it came apart."""
    unit, body = data.pop("about", None), data.pop("about_body", None)
    if unit and body:
        raise serializers.ValidationError({"about": [_("Choose either a unit or a body.")]})
    if data["category"].about_somebody and not (unit or body or data.get("about_person")):
        raise serializers.ValidationError({"about": [str(needed())]}, code="about_needed")
    return {"about": unit or body}


class ReportWithPhotosSerializer(ReportSerializer):
    photos = PhotosField(required=False, help_text="Pictures of the place.")


def _building(token: str, find: Callable[[list[str]], Mapping[str, Unit]]) -> Unit:
    found = find([token])
    if token not in found:
        raise serializers.ValidationError(
            {"token": [_("This QR code is not valid any more.")]}, code="unknown"
        )
    return found[token]
