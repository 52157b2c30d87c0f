"""What every address of Open311 shares: its two formats, its errors, its parameters, its keys."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed, NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import TokenAuthentication
from accounts.api.scopes import NeedsScope, check_scope
from accounts.api.throttling import hold_off
from accounts.limits import client_address
from accounts.models import User
from grids.models import Unit
from grids.standing import standing_of
from open311.api.errors import Asked, BadKey, answer, respond
from open311.api.parsers import FormParser
from open311.documents import Document, to_xml
from open311.jurisdictions import jurisdiction_of
from open311.windows import Page, read_moment, read_page, read_words
from trail.api.parsers import MultiPartParser, is_clean
from trail.idempotency import REPLAYED, Answer, key_of, once, wish_of
from trail.refusals import Refused
from trail.scopes import NO_SCOPE

FORMATS = ("xml", "json")
LONGEST_KEY = 200
LONGEST_NAME = 100
TRUE = frozenset({"true", "1", "yes"})
# Who asks, and in which format: the same wish, however they say that.
NO_PART_OF_THE_WISH = frozenset({"api_key", "format"})


class XMLRenderer(BaseRenderer):
    """The format that the specification demands; it comes where nothing else is asked for."""

    media_type, format, charset = "text/xml", "xml", "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> bytes:
        return to_xml(data) if data is not None else b""


class OtherRenderer(JSONRenderer):
    """The other one."""

    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> bytes:
        return super().render(data.content, None, context) if data is not None else b""


class BySuffix(DefaultContentNegotiation):
    """`requests.json`, or `?format=json`; without either by Accept, and XML for who accepts neither."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        asked = format_suffix or request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        wanted = [one for one in renderers if one.format == asked]
        if wanted:
            return wanted[0], wanted[0].media_type
        try:
            return super().select_renderer(request, renderers, None)
        except (NotAcceptable, Http404):
            return renderers[0], renderers[0].media_type


class Open311View(APIView):
    """Nobody is signed in here: reading needs no key, and a key is a parameter."""

    schema = None
    # Of the key, by method; what needs none is for everybody.
    scopes = {"GET": NO_SCOPE}
    authentication_classes = ()
    permission_classes = ()
    parser_classes = (FormParser, MultiPartParser)
    renderer_classes = (XMLRenderer, OtherRenderer)
    content_negotiation_class = BySuffix
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.now: datetime = timezone.now()
        super().initial(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        """Each key has an allowance of its own; who has none, a wrong one or none that can be read shares that of the
        address."""
        try:
            key = self.credentials
        except BadKey:
            key = None
        except Exception:
            hold_off("address", client_address(request))
            raise
        if key:
            hold_off("token", str(key[1].pk))
        else:
            hold_off("address", client_address(request))

    def get_exception_handler(self) -> Any:
        return respond

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        # Clients that run in browsers stand on pages of other hosts. Nobody is signed in here, so none can be borrowed.
        final.headers["Access-Control-Allow-Origin"] = "*"
        if self.__dict__.get("credentials"):
            # What only this key opens is nobody else's.
            final.headers["Cache-Control"] = "private, no-store"
        return final

    # --- parameters ---------------------------------------------------------------------------------------
    def text(self, name: str) -> str:
        """One parameter, of a form or of the address; an empty one is like none."""
        form = self.request.data if self.request.method == "POST" else {}
        found = form.get(name) or self.request.query_params.get(name, "")
        if not isinstance(found, str) or not is_clean(found):
            raise Asked(_("%(name)s holds characters that are no text.") % {"name": name})
        return found.strip()

    def words(self, name: str) -> list[str]:
        """A parameter that may be given several times, or with commas."""
        texts = self.request.query_params.getlist(name)
        if not all(is_clean(text) for text in texts):
            raise Asked(_("%(name)s holds characters that are no text.") % {"name": name})
        return _asked(read_words, texts, name)

    def moment(self, name: str) -> datetime | None:
        return _asked(read_moment, self.text(name), name, timezone.get_default_timezone())

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in TRUE

    def page(self) -> Page:
        return _asked(read_page, self.text("page"), self.text("page_size"))

    # --- who and where ------------------------------------------------------------------------------------
    @property
    def account(self) -> User | None:
        """Whose api_key this is; None without one. Raises BadKey for a wrong one."""
        return self.credentials[0] if self.credentials else None

    @cached_property
    def credentials(self) -> tuple[User, Any] | None:
        """The account and the token that its api_key is. Raises BadKey."""
        scheme, _blank, secret = self.request.headers.get("Authorization", "").partition(" ")
        key = self.text("api_key") or (secret.strip() if scheme.lower() == "token" else "")
        if not key:
            return None
        if not (key.isascii() and key.isprintable() and len(key) <= LONGEST_KEY):
            raise _bad_key()
        try:
            return TokenAuthentication().authenticate_credentials(key.encode())
        except AuthenticationFailed as error:
            raise _bad_key() from error
        except Refused as error:
            raise BadKey(str(error)) from error

    def reporter(self) -> User:
        """The account that may report in the jurisdiction. Raises BadKey."""
        if self.account is None:
            raise BadKey(_("api_key was not provided."))
        try:
            check_scope(self.credentials and self.credentials[1], self.scopes[str(self.request.method)])
        except NeedsScope as error:
            raise BadKey(str(error.detail)) from error
        if self.jurisdiction.pk not in standing_of(self.account, self.now).districts("report"):
            raise BadKey(_("This api_key may not report in this jurisdiction."))
        return self.account

    @cached_property
    def jurisdiction(self) -> Unit:
        named = self.text("jurisdiction_id")
        return jurisdiction_of(named[:LONGEST_NAME], self.account, self.now)

    # --- answers ------------------------------------------------------------------------------------------
    def rows(self, root: str, rows: list[dict[str, Any]]) -> Response:
        return Response(Document(root, rows))

    def once(self, what: str, act: Callable[[], Document], *, key: str | None = None) -> Response:
        """Do it; with the header `Idempotency-Key` once only, in whichever format it is asked for again. `key`: what
        stands for the header where it did not come."""
        key = key_of(self.request) or key
        if key is None:
            return Response(act())

        def kept() -> Answer:
            document = act()
            # As text: a JSON column would not keep the order.
            return Answer(200, {"root": document.root, "text": json.dumps(document.content)})

        wish = wish_of(f"/open311/v2/{what}", self.request, without=NO_PART_OF_THE_WISH)
        (_status, content), replayed = once(f"user:{self.reporter().pk}", key, wish, kept)
        response = Response(Document(content["root"], json.loads(content["text"])))
        if replayed:
            response.headers[REPLAYED] = "true"
        return response


class Nowhere(Open311View):
    """Addresses that there are not."""

    scopes = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), NO_SCOPE)

    def get(self, request: Request, **where: Any) -> Response:
        raise Http404

    post = put = patch = delete = get


def as_errors(request: HttpRequest, problem: dict[str, Any]) -> HttpResponse:
    """An error where no view is there to answer, in the format that a view would choose."""
    suffix = next((one for one in FORMATS if request.path.endswith(f".{one}")), None)
    renderers = [renderer() for renderer in Open311View.renderer_classes]
    said = answer(problem["status"], problem["detail"])
    chosen = BySuffix().select_renderer(Request(request), renderers, suffix)
    said.accepted_renderer, said.accepted_media_type = chosen
    said.renderer_context = {}
    return said.render()


def endpoint() -> str:
    """The public address of this face."""
    return f"{settings.BASE_URL}/open311/v2"


def _asked(read: Callable[..., Any], *given: Any) -> Any:
    try:
        return read(*given)
    except ValueError as error:
        raise Asked(str(error)) from error


def _bad_key() -> BadKey:
    return BadKey(_("This api_key is not valid."))
