"""A request comes in: a form becomes one call of report_issue, what that refuses an error of Open311."""

import math
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.phones import clean_phone
from grids.models import Unit
from issues.actions import Contact, report_issue
from issues.actions.photos import Photo
from issues.actions.report import SHORTEST_TEXT
from issues.districts import rules_of
from issues.models import Category, Issue
from issues.questions import BOOL, DATE, SEVERAL, Question
from open311.api.errors import Asked
from open311.api.reading import RequestsView, find_service
from open311.documents import Document
from open311.offered import BATCH, type_of
from open311.places import by_address, by_code, by_position, units_of
from open311.shown import promise_of
from open311.tokens import token_of
from open311.windows import read_moment
from trail.refusals import Refused
from trail.scopes import NO_SCOPE, REPORT

# What the specification gives a description.
LONGEST_DESCRIPTION = 4000
LONGEST_ADDRESS = 300
LONGEST_LINK = 500
LONGEST_SPOT = 120
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[[0-9]{0,4}\])?")
# What people put between the digits of a number, besides blanks and strokes.
BETWEEN_DIGITS = re.compile(r"[()（）./]+")
YES_NO = {"true": True, "false": False}
HAN = re.compile(r"[\u3400-\u9fff]")


class DegreeField(serializers.FloatField):
    """A number of degrees; "nan" is none."""

    def to_internal_value(self, data: Any) -> float:
        found = super().to_internal_value(data)
        if not math.isfinite(found):
            self.fail("invalid")
        return found


def _line(longest: int) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=longest)


class RequestSerializer(serializers.Serializer):
    """What of a request is read. E-mail, device and account of the person are dropped unread."""

    lat = DegreeField(required=False, allow_null=True, min_value=-90, max_value=90)
    long = DegreeField(required=False, allow_null=True, min_value=-180, max_value=180)
    address_string = _line(LONGEST_ADDRESS)
    address_id = _line(40)
    description = _line(LONGEST_DESCRIPTION)
    media_url = _line(LONGEST_LINK)
    first_name = _line(60)
    last_name = _line(60)
    phone = serializers.CharField(required=False, allow_blank=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data.get("lat") is None) != (data.get("long") is None):
            raise serializers.ValidationError({"lat": [_("lat and long are sent together.")]})
        if data.get("lat") is None and not (data.get("address_string") or data.get("address_id")):
            raise serializers.ValidationError(
                _("A location is needed: lat and long, address_string or address_id.")
            )
        if (link := data.get("media_url")) and not is_link(link):
            raise serializers.ValidationError({"media_url": [_("This is no address of the web.")]})
        return data


class RequestsWriteView(RequestsView):
    scopes = {"GET": NO_SCOPE, "POST": REPORT}

    def post(self, request: Request, **where: Any) -> Response:
        account = self.reporter()
        return self.once("requests", lambda: self.report(account))

    def report(self, account: User) -> Document:
        if not (code := self.text("service_code")):
            raise Asked(_("service_code was not provided."))
        category = find_service(code, self)
        serializer = RequestSerializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        asked = rules_of(self.jurisdiction.pk, self.now).questions_for(category.key, category.asked)
        issue = report_issue(
            place=self.place(account, data),
            category=category,
            text=words_of(category, data),
            longest=LONGEST_DESCRIPTION + 1 + LONGEST_LINK,
            by=account,
            now=self.now,
            source="api",
            spot=data.get("address_string", "")[:LONGEST_SPOT],
            contact=Contact(name_of(data), phone_of(data)),
            on_behalf=True,
            lon=data.get("long"),
            lat=data.get("lat"),
            photos=photos_of(self.request.data),
            answers=answers_of(asked, self.request.data),
        )
        return Document("service_requests", [self.receipt(issue, category)])

    def place(self, account: User, data: dict[str, Any]) -> Unit:
        """The most exact that was said. Raises Asked where nothing of it leads to a place of the account's."""
        units = units_of(self.jurisdiction, account, self.now)
        if (code := data.get("address_id")) and (found := by_code(code, units)):
            return found
        if data.get("lat") is not None and (found := by_position(data["lat"], data["long"], units)):
            return found
        if (text := data.get("address_string")) and (found := by_address(text, units)):
            return found
        if data.get("lat") is not None:
            raise Asked(_("No place of this jurisdiction is near this position."))
        if code and not text:
            raise Asked(_("There is no place with this address_id in this jurisdiction."))
        raise Asked(
            _(
                "No place of this jurisdiction is called so; send lat and long, or the code of a unit as address_id."
            )
        )

    def receipt(self, issue: Issue, category: Category) -> dict[str, Any]:
        """The id at once, or a token for later."""
        batch = type_of(category, rules_of(self.jurisdiction.pk, self.now)) == BATCH
        named = {"token": token_of(issue)} if batch else {"service_request_id": issue.code}
        return named | {"service_notice": promise_of(issue), "account_id": None}


def words_of(category: Category, data: dict[str, Any]) -> str:
    """What was written, else (it says nothing) what the service is called; a link stands below it and is never followed
    by us."""
    said = data.get("description", "")
    if len(said) < SHORTEST_TEXT:
        said = category.name
    return "\n".join(filter(None, (said, data.get("media_url"))))


def name_of(data: dict[str, Any]) -> str:
    """Family name first and without a blank where it is a Chinese one."""
    first, last = data.get("first_name", ""), data.get("last_name", "")
    if HAN.search(last) and HAN.search(first):
        return f"{last}{first}"[:60]
    return " ".join(filter(None, (first, last)))[:60]


def phone_of(data: dict[str, Any]) -> str:
    """As people write it, brackets and all. What is no number is dropped: nobody can be called at it, and the matter
    counts all the same."""
    try:
        return clean_phone(BETWEEN_DIGITS.sub(" ", data.get("phone", "")))
    except Refused:
        return ""


def answers_of(asked: Iterable[Question], data: Any) -> dict[str, Any]:
    """attribute[code]=value → code: value, as what the question asks for. What is not asked (any more) is passed over:
    clients keep the questions for a while."""
    types = {one.key: one.type for one in asked}
    found: dict[str, list[Any]] = {}
    for name in data:
        if (match := ATTRIBUTE.fullmatch(name)) and match[1] in types:
            values = [_as_asked(types[match[1]], one) for one in data.getlist(name) if one]
            found.setdefault(match[1], []).extend(values)
    return {key: values if types[key] == SEVERAL else _only(values) for key, values in found.items()}


def _only(values: list[Any]) -> Any:
    """The one that was sent; several stay several, and are refused."""
    return values[0] if len(values) == 1 else values or ""


def _as_asked(asked: str, text: Any) -> Any:
    if asked == BOOL and isinstance(text, str):
        return YES_NO.get(text.lower(), text)
    if asked == DATE:
        with suppress(ValueError, TypeError):
            moment = read_moment(text, "", timezone.get_default_timezone())
            return timezone.localdate(moment).isoformat() if moment else text
    return text


def photos_of(data: Any) -> list[Photo]:
    """Files that came along as `media`, as some clients send them."""
    files = [one for name in ("media", "media[]") for one in data.getlist(name) if hasattr(one, "chunks")]
    return [Photo(file, file.size) for file in files]


def is_link(text: str) -> bool:
    """An address of the web."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()
    except ValueError:
        return False
