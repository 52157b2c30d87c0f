"""Sheets over REST: which kinds there are and what their columns hold, a file sent and checked, what was found in it, and
imported, or not; by the same actions as the page of sheets."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.scopes import check_scope
from grids.actions import sheet_files as actions
from grids.api.steps import StepView, step_view
from grids.models import SheetFile
from grids.models.sheets import FAILED_STATE, SHEET_STATES
from grids.sheet_kinds import KINDS, SheetKind
from grids.tables import Table
from trail.api.fields import WordField, word
from trail.api.paging import Key, whole_key
from trail.api.parsers import MultiPartParser
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.sparse import asked_fields, shown
from trail.api.views import ListView, respond_with
from trail.conditions import Tagged
from trail.idempotency import respond_once
from trail.refusals import NotAllowed, Refused
from trail.scopes import MANAGE, READ

TAGS = ["sheets"]
# Of what was found in a file so many rows are told; its counts are of all.
MOST_TOLD = 1000


def state_words() -> dict[str, Any]:
    return SHEET_STATES | FAILED_STATE


def kind_words() -> dict[str, Any]:
    return {kind.key: kind.label for kind in KINDS.values()}


# --- kinds --------------------------------------------------------------------------------------------------
class SheetColumnSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Stable, for programs.")
    heading = serializers.CharField(help_text="How the file names it.")
    other_headings = serializers.ListField(
        child=serializers.CharField(help_text="A heading."), help_text="What is understood as well."
    )
    required = serializers.BooleanField(help_text="Whether a file must have it.")
    holds = serializers.CharField(help_text="What belongs there, in the reader's language.")
    example = serializers.CharField(allow_blank=True, help_text="As the template's example row has it.")
    words = serializers.ListField(
        child=serializers.CharField(help_text="A word."),
        help_text="The only ones allowed; empty for free text.",
    )


class KindOfSheetSerializer(serializers.Serializer):
    """A kind of sheet, as its template explains it."""

    key = serializers.CharField(help_text="What is sent as `kind`.")
    label = serializers.CharField(help_text="Of what it is a list, in the reader's language.")
    most_rows = serializers.IntegerField(help_text="How many rows a file may have.")
    columns = SheetColumnSerializer(many=True, help_text="The columns of a file, in any order.")


def told_kind(kind: SheetKind) -> dict[str, Any]:
    """As KindOfSheetSerializer describes it."""
    columns = [
        {
            "key": column.key,
            "heading": column.heading,
            "other_headings": list(column.headings[1:]),
            "required": column.required,
            "holds": str(column.hint),
            "example": column.example,
            "words": list(column.words()) if column.words else [],
        }
        for column in kind.columns
    ]
    return {"key": kind.key, "label": str(kind.label), "most_rows": kind.most_rows, "columns": columns}


def kinds_of(user: Any, now: datetime) -> list[SheetKind]:
    """What this person may import. Raises NotAllowed for those who import nothing."""
    found = [kind for kind in KINDS.values() if actions.may_bring(kind, user, now)]
    if not found:
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    return found


class SheetKindsView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_sheet_kinds",
        summary="Kinds of sheets",
        description="Those that the caller may import, with what the template says of their columns.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, KindOfSheetSerializer(many=True), 401, 403),
    )
    def get(self, request: Request) -> Response:
        asked, kinds = asked_fields(request, KindOfSheetSerializer), kinds_of(request.user, timezone.now())
        rows = KindOfSheetSerializer([told_kind(kind) for kind in kinds], many=True)
        return Tagged(shown(rows, asked), request)


# --- files --------------------------------------------------------------------------------------------------
class SheetRowSerializer(serializers.Serializer):
    """A file as lists show it."""

    id = serializers.IntegerField(source="pk", help_text="Its number; the id in addresses.")
    kind = WordField(kind_words, help_text="Of what it is a list.")
    file_name = serializers.CharField(help_text="What the file is called.")
    state = serializers.SerializerMethodField(
        help_text="checking: in the background; checked: waits to be confirmed, or has faults; running: being imported in "
        "the background; done; failed: its job was given up, until somebody orders it again; dropped: not imported."
    )
    total = serializers.IntegerField(help_text="How many rows it has.")
    done = serializers.IntegerField(
        help_text="How many of them are dealt with, while it is checked or imported."
    )
    wrong = serializers.IntegerField(
        help_text="How many faults there are: with any it cannot be confirmed, but a list of issues, of which right "
        "rows are taken."
    )
    added = serializers.IntegerField(help_text="How many rows are new: would be, until it is done.")
    changed = serializers.IntegerField(help_text="How many change something.")
    unchanged = serializers.IntegerField(help_text="How many are there already.")
    uploaded_at = serializers.DateTimeField(help_text="When it was sent.")
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When it was imported or dropped.")
    allowed = serializers.SerializerMethodField(help_text="What can be done with it now: confirm, drop.")

    def get_state(self, file: SheetFile) -> WordField(state_words):  # type: ignore[valid-type]
        return word(state_words, "failed" if file.has_failed else file.state)  # type: ignore[attr-defined]

    def get_allowed(self, file: SheetFile) -> list[str]:
        return allowed_of(file)


class RemarkSerializer(serializers.Serializer):
    """What is said of a row."""

    line = serializers.IntegerField(help_text="Which line of the file, as a spreadsheet numbers it.")
    column = serializers.CharField(
        allow_blank=True, help_text="Heading of the column; empty for the whole line."
    )
    value = serializers.CharField(allow_blank=True, help_text="What stands there.")
    reason = serializers.CharField(help_text="Why it cannot be taken, or is passed over.")


class SheetSerializer(SheetRowSerializer):
    """A file, with what was found in it."""

    faults = serializers.SerializerMethodField(
        help_text="What is wrong, by line: the first 1,000, for a week. `wrong` counts all."
    )
    passed_over = serializers.SerializerMethodField(
        help_text="What is passed over on purpose, by line: the first 1,000, for a week."
    )

    def get_faults(self, file: SheetFile) -> RemarkSerializer(many=True):  # type: ignore[valid-type]
        return _remarks(file, wrong=True)

    def get_passed_over(self, file: SheetFile) -> RemarkSerializer(many=True):  # type: ignore[valid-type]
        return _remarks(file, wrong=False)


class NewSheetSerializer(serializers.Serializer):
    """A file of one kind."""

    kind = serializers.CharField(max_length=20, help_text="Key of its kind: see `sheets/kinds/`.")
    file = serializers.FileField(help_text="Excel (.xlsx) or CSV in UTF-8 or GB 18030, at most 12 MB.")


def allowed_of(file: SheetFile) -> list[str]:
    """As on its page."""
    return [*(("confirm",) if file.is_ready else ()), *(("drop",) if file.state in actions.UNDECIDED else ())]


def _remarks(file: SheetFile, *, wrong: bool) -> Any:
    told = [problem for problem, is_wrong in actions.remarks_of(file) if is_wrong == wrong]
    rows = [
        {"line": one.line, "column": one.column, "value": one.value, "reason": str(one.reason)}
        for one in told[:MOST_TOLD]
    ]
    return RemarkSerializer(rows, many=True).data


def find_sheet(user: Any, now: datetime, pk: int) -> SheetFile:
    """One that the caller has sent; else Http404."""
    found: Any = SheetFile.objects.visible_to(user, now).defer("content").filter(pk=pk).first()
    if found is None:
        raise Http404
    return with_failures([found])[0]


def with_failures(files: list[Any]) -> list[Any]:
    """Each says whether its job was given up; one statement."""
    failed = actions.failed_among(files)
    for file in files:
        file.has_failed = file.pk in failed
    return files


class SheetListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = SheetFile.objects.none()
    serializer_class = SheetRowSerializer
    filter_backends = ()
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet:
        mine: Any = SheetFile.objects.visible_to(self.request.user, timezone.now())
        return mine.defer("content", "remarks")

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        return with_failures(super().paginate_queryset(queryset))

    @extend_schema(
        operation_id="list_sheets",
        summary="Sheets",
        description="Files that the caller has sent, here or on the page; the newest first.",
        tags=TAGS,
        responses=answers(200, SheetRowSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="send_sheet",
        summary="Send a sheet",
        description="It is checked, and nothing is imported yet: up to 200 rows before the answer (state `checked`), more "
        "in the background (`checking`). Location tells what was found. A file without faults is imported by "
        "`confirm/`. 400 for what cannot be read as a sheet of this kind. A list of issues needs the scope `report` too.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"multipart/form-data": NewSheetSerializer},
        responses=answers(201, SheetRowSerializer, 400, 401, 403, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        now = timezone.now()
        read = cache(lambda: self.read(request, now))
        return respond_once(request, lambda: self.take_in(request, *read(), now), first=read)

    def read(self, request: Request, now: datetime) -> tuple[str, str, Table]:
        """(kind of sheet, name of the file, what it says)."""
        known = {kind.key for kind in kinds_of(request.user, now)}
        serializer = NewSheetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        kind, file = serializer.validated_data["kind"], serializer.validated_data["file"]
        if kind not in known:
            raise ValidationError(
                {"kind": [_("There is no such kind of sheet, or it is not yours to import.")]}
            )
        check_scope(request.auth, KINDS[kind].scope)
        try:
            return kind, file.name, actions.read_file(kind, file.read(), by=request.user, now=now)
        except Refused as refused:
            if refused.code != "file":
                raise
            raise ValidationError({"file": [str(refused)]}) from refused

    def take_in(self, request: Request, kind: str, name: str, table: Table, now: datetime) -> Response:
        made = actions.take_in_sheet(kind, table, file_name=name, by=request.user, now=now)
        where = reverse("grids_api:sheet", args=[made.pk])
        # Without what was found in it: what is stored under a key holds no cell of the file.
        said = SheetRowSerializer(find_sheet(request.user, now, made.pk)).data
        return Response(said, status=201, headers={"Location": where})


class SheetView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_sheet",
        summary="A sheet",
        description="How far it is, what was found in it, what came of it. For whoever has sent it.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, SheetSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return respond_with(SheetSerializer(find_sheet(request.user, timezone.now(), pk)), request)


def _ask(file: SheetFile, user: Any, now: datetime) -> None:
    """Whoever has sent it decides, and nobody else finds it."""


def _confirm(file: SheetFile, data: dict[str, Any], *, by: Any, now: datetime) -> SheetFile:
    return find_sheet(by, now, actions.confirm_sheet(file, by=by, now=now).pk)


def _drop(file: SheetFile, data: dict[str, Any], *, by: Any, now: datetime) -> SheetFile:
    return find_sheet(by, now, actions.drop_sheet(file, by=by, now=now).pk)


class SheetStep(StepView):
    """A token needs for it what its kind of sheet does."""

    def perform(self, subject: SheetFile, data: dict[str, Any], request: Request, now: datetime) -> SheetFile:
        if subject.kind in KINDS:
            check_scope(request.auth, KINDS[subject.kind].scope)
        return super().perform(subject, data, request, now)


def _step(key: str, summary: str, text: str, act: Any) -> Any:
    return step_view(
        f"{key}_sheet",
        summary,
        text,
        find=find_sheet,
        ask=_ask,
        act=act,
        gives=SheetRowSerializer,
        tags=("sheets",),
        base=SheetStep,
    )


STEPS = {
    "confirm": _step(
        "confirm",
        "Import a sheet",
        "One that was checked and has no faults (409, sheet_state): up to 200 rows now, all or none (409, changed: what "
        "is there has changed since the check); more in the background. Of a list of issues the right rows, though others "
        "are wrong: those stay out, and stand in `faults`.",
        _confirm,
    ),
    "drop": _step(
        "drop",
        "Do not import a sheet",
        "What it says is deleted at once. 409 (sheet_state) for one that was dealt with.",
        _drop,
    ),
}
