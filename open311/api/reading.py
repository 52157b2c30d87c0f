"""What can be looked at: discovery, services, requests, tokens, and what happened to requests."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from issues.districts import rules_of
from issues.lifecycle import OPEN_STATES
from issues.models import Category, Issue
from issues.views.follow import follow_link
from open311.api.base import Open311View, endpoint
from open311.api.errors import Asked, NotThere
from open311.documents import Document
from open311.history import CLOSED, OPEN
from open311.offered import changed_at, definition_of, service_named, service_row, services_of
from open311.shown import (
    extended,
    happened,
    histories,
    is_own,
    request_named,
    request_row,
    requests_in,
    updated_between,
    updates,
    updates_of,
    with_columns,
    written,
)
from open311.tokens import code_of, is_code
from open311.windows import read_window

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ("text/xml", "application/json")


class DiscoveryView(Open311View):
    """Where to find what, in which version; the same for all jurisdictions."""

    def get(self, request: Request, **where: Any) -> Response:
        changed = written(changed_at(self.now))
        keys = _(
            "The administrators of the district open a service account with a post that reports, and make its key."
        )
        return Response(
            Document(
                "discovery",
                {
                    "changeset": changed,
                    "contact": settings.OPEN311_CONTACT or _("Ask the district that you want to report to."),
                    "key_service": keys,
                    "endpoints": [
                        {
                            "specification": SPECIFICATION,
                            "url": endpoint(),
                            "changeset": changed,
                            "type": "production" if settings.PRODUCTION else "test",
                            "formats": list(FORMATS),
                        }
                    ],
                },
            )
        )


class ServicesView(Open311View):
    def get(self, request: Request, **where: Any) -> Response:
        rules, page = rules_of(self.jurisdiction.pk, self.now), self.page()
        found = services_of(self.jurisdiction, self.now)[page.start : page.end]
        return self.rows("services", [service_row(one, rules) for one in found])


class ServiceView(Open311View):
    def get(self, request: Request, code: str, **where: Any) -> Response:
        found = find_service(code, self)
        return Response(
            Document("service_definition", definition_of(found, rules_of(self.jurisdiction.pk, self.now)))
        )


class RequestsView(Open311View):
    """Those of the jurisdiction, newest first; `writing.py` takes new ones in."""

    def get(self, request: Request, **where: Any) -> Response:
        page = self.page()
        found = self.named() if self.words("service_request_id") else self.filtered()
        rows = with_columns(found.order_by("-reported_at", "-pk"))[page.start : page.end]
        return self.rows("service_requests", shown_rows(self, list(rows)))

    def named(self) -> Any:
        """Named ones, whatever else is asked; one that there is not is left out."""
        codes = [code for word in self.words("service_request_id") if is_code(code := word.lower())]
        return requests_in(self.jurisdiction).filter(code__in=codes)

    def filtered(self) -> Any:
        after, before = self.moment("updated_after"), self.moment("updated_before")
        found = requests_in(self.jurisdiction).screened()
        # Whoever asks for what has changed since is told of old ones, too.
        if self.text("start_date") or self.text("end_date") or not after:
            found = found.filter(reported_at__range=window_of(self))
        if codes := self.words("service_code"):
            found = found.filter(category__key__in=codes)
        asked = {word.lower() for word in self.words("status")}
        if asked - {OPEN, CLOSED}:
            raise Asked(_("status is open or closed."))
        if len(asked) == 1:
            found = found.open() if OPEN in asked else found.exclude(state__in=OPEN_STATES)
        return updated_between(found, self.jurisdiction, after, before)


class RequestView(Open311View):
    def get(self, request: Request, code: str, **where: Any) -> Response:
        return self.rows("service_requests", shown_rows(self, [find_request(code, self)]))


class TokenView(Open311View):
    """The id that belongs to a token; without one while the matter still waits to be screened."""

    def get(self, request: Request, token: str, **where: Any) -> Response:
        here, code = self.jurisdiction, code_of(token)
        found = request_named(code, here, self.account) if code else None
        if found is None:
            raise NotThere(_("There is no such token."))
        waits = found.state == "reported" and found.objected_at is None
        row = {} if waits else {"service_request_id": found.code}
        return self.rows("service_requests", [row | {"token": token}])


class UpdatesView(Open311View):
    """What happened to the jurisdiction's requests, oldest first; `updating.py` takes new ones in."""

    def get(self, request: Request, **where: Any) -> Response:
        page = self.page()
        found = happened(self.jurisdiction, *window_of(self))
        if codes := self.words("service_request_id"):
            issues = requests_in(self.jurisdiction).filter(code__in=[code.lower() for code in codes])
            found = found.filter(subject_id__in=issues.order_by().values("pk"))
        events = list(found[page.start : page.end])
        return self.rows("service_request_updates", updates_of(events, self.account))


def window_of(view: Open311View) -> Any:
    """(start, end) of what is asked for."""
    try:
        return read_window(view.moment("start_date"), view.moment("end_date"), view.now)
    except ValueError as error:
        raise Asked(str(error)) from error


def find_service(code: str, view: Open311View) -> Category:
    """Raises NotThere for what this jurisdiction does not offer."""
    found = service_named(code, view.jurisdiction, view.now)
    if found is None:
        raise NotThere(_("There is no service with this service_code."))
    return found


def find_request(code: str, view: Open311View) -> Issue:
    """Raises NotThere for one that does not exist and one that is not for this reader alike."""
    here, code = view.jurisdiction, code.lower()
    found = request_named(code, here, view.account) if is_code(code) else None
    if found is None:
        raise NotThere(_("There is no request with this service_request_id."))
    return found


def shown_rows(view: Open311View, issues: list[Issue]) -> list[dict[str, Any]]:
    """With the extensions, where they are asked for: one query more."""
    updated = updates(issues)
    rows = [request_row(issue, view.account, updated.get(issue.pk)) for issue in issues]
    if not view.flag("extensions"):
        return rows
    told = histories(issues)
    more = [extended(issue, view.account, told[issue.pk], view.now) for issue in issues]
    for issue, extra in zip(issues, more, strict=True):
        if is_own(issue, view.account):
            # For the person behind it, who follows and rates it there.
            extra["extended_attributes"]["follow_url"] = f"{settings.BASE_URL}{follow_link(issue)}"
    return [row | extra for row, extra in zip(rows, more, strict=True)]
