"""Every address that names a row, and what fills it in: the row of street A, or none."""

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.urls import URLPattern, get_resolver

from accounts.models import Grant
from desk.models import SavedFilter, Snapshot
from grids.models import Body, Policy, Post, SheetFile, Unit
from issues.models import (
    Attachment,
    Callee,
    Decision,
    ImportBatch,
    Issue,
    OutsideTask,
    Schedule,
    Task,
    Whistle,
)
from notices.models import Message, Notice, Subscription
from tests.builders import Town
from tests.governance.neighbours import PAGES, Rows
from volunteers.models import (
    Activity,
    CheckIn,
    Correction,
    Good,
    Offer,
    Organisation,
    Pairing,
    Redemption,
    Series,
    Service,
    Shift,
    SignUp,
    Statement,
    Station,
    Team,
    Transfer,
    Volunteer,
    Wish,
)

# Whole addresses that name no row, or one that is everybody's: a new one below them is asked like any other.
NO_ROW = {
    # Of tokens everybody has their own alone: tests/accounts/test_views.py asks for somebody else's.
    "accounts/tokens/<slug:key>/revoke/",
    # Behind a secret of one's own: tests/desk/test_agenda.py.
    "calendar/<str:secret>.ics",
    # The same, and what lies below its unit: tests/desk/test_kiosks.py.
    *("screen/wall/<slug:secret>/", "screen/wall/<slug:secret>/<slug:code>/"),
    # Public; what is somebody's own there has no number, or is asked for in tests/volunteers/test_views_*.py.
    *(f"volunteers/activities/<int:pk>/{what}" for what in ("", "check-in/")),
    *(f"volunteers/{what}/<int:pk>/" for what in ("goods", "shifts", "teams")),
    *("volunteers/goods/<int:pk>/reserve/", "volunteers/shifts/<int:pk>/places/"),
    *(f"volunteers/teams/<int:pk>/{what}" for what in ("<slug:verb>/", "activities/new/")),
    *("volunteers/door/<slug:token>/", "volunteers/mine/<slug:verb>/", "volunteers/mine/points/<slug:verb>/"),
    *(f"volunteers/at/<slug:code>/{what}" for what in ("", "activities/", "activities.ics", "check-in/")),
    *(f"volunteers/at/<slug:code>/{what}/" for what in ("check-in/<int:pk>", "check-ins", "goods", "join")),
    *(f"volunteers/at/<slug:code>/{what}/" for what in ("move", "pairings", "ranking", "stations")),
    *(f"volunteers/at/<slug:code>/wishes/{what}" for what in ("", "new/")),
    # Behind the wisher's own secret: tests/volunteers/test_views_wishes.py.
    *(f"volunteers/wishes/own/<slug:secret>/{what}" for what in ("", "<slug:verb>/")),
    # Behind a secret: tests/volunteers/test_views_statements.py.
    "volunteers/statements/<slug:secret>/",
    # Public; what is foreign to a jurisdiction answers like nothing in tests/open311.
    *(
        f"open311/v2/{what}{format_}"
        for what in ("requests/<str:code>", "services/<str:code>", "tokens/<str:token>")
        for format_ in ("", ".json", ".xml")
    ),
    # Of a place, by its code or the one on its door; of a matter, by its reporter's secret.
    *("r/<slug:token>", "r/<slug:token>/"),
    *(f"r/at/<slug:code>/{what}" for what in ("", "report/", "solved/", "solved.atom")),
    *(f"f/<str:signed>/{what}" for what in ("", "<slug:verb>/", "photo/<int:pk>/", "sent/")),
    # Keys of lists, and what catches the rest.
    *(f"admin/lists/<slug:key>/{what}" for what in ("", "filter/", "filters/", "snapshot/")),
    "admin/(?P<url>.*)$",
    "admin/^(?P<app_label>trail|calendars|accounts|grids|notices|issues|volunteers|desk)/$",
    # Everybody's: days and hours, and the seals of the trail.
    "admin/calendars/calendar/<int:pk>/do/<slug:key>/",
    *(f"admin/{name}/<path:object_id>/change/" for name in ("calendars/calendar", "calendars/calendarday")),
    "admin/trail/seal/<path:object_id>/change/",
}
# (of street A, of nobody) by the beginning of the address.
NONE, NOBODY = 10**9, "z" * 16
PARTS: dict[str, type[Model]] = {"callee": Callee, "task": Task, "decision": Decision}
BY_PK: dict[str, type[Model]] = {
    "admin/lists/snapshots/": Snapshot,
    "admin/lists/filters/": SavedFilter,
    "api/v1/activities/": Activity,
    "api/v1/attachments/": Attachment,
    "api/v1/auth/tokens/": Grant,
    "api/v1/check-ins/": CheckIn,
    "api/v1/corrections/": Correction,
    "api/v1/hotline/files/": ImportBatch,
    "api/v1/goods/": Good,
    "api/v1/notices/": Notice,
    "api/v1/offers/": Offer,
    "api/v1/organisations/": Organisation,
    "api/v1/outside-tasks/": OutsideTask,
    "api/v1/pairings/": Pairing,
    "api/v1/policies/": Policy,
    "api/v1/posts/": Post,
    "api/v1/redemptions/": Redemption,
    "api/v1/schedules/": Schedule,
    "api/v1/series/": Series,
    "api/v1/service-records/": Service,
    "api/v1/shifts/": Shift,
    "api/v1/sheets/": SheetFile,
    "api/v1/sign-ups/": SignUp,
    "api/v1/snapshots/": Snapshot,
    "api/v1/statements/": Statement,
    "api/v1/stations/": Station,
    "api/v1/teams/": Team,
    "api/v1/transfers/": Transfer,
    "api/v1/volunteers/": Volunteer,
    "api/v1/whistles/": Whistle,
    "api/v1/wishes/": Wish,
    "notices/": Notice,
    "photo/": Attachment,
    "volunteers/hours/": Service,
    "volunteers/mine/statements/": Statement,
    "volunteers/redemptions/": Redemption,
    "volunteers/check-ins/": CheckIn,
    "volunteers/offers/": Offer,
    "volunteers/pairings/": Pairing,
    "volunteers/run/": Activity,
    "volunteers/shifts/": Shift,
    "volunteers/sign-ups/": SignUp,
    "volunteers/stations/": Station,
    "volunteers/wishes/": Wish,
}
# What is done there, where the address says it.
DONE_THERE = {
    "admin/volunteers/activity/": "change",
    "admin/volunteers/service/": "ask_correction",
    "volunteers/hours/": "confirm",
    "volunteers/pairings/": "firm",
    "volunteers/run/": "begin",
    "volunteers/sign-ups/": "check_in",
    "volunteers/wishes/": "accept",
}
BY_CODE: dict[str, tuple[type[Model], str]] = {
    "api/v1/units/": (Unit, "9" * 15),
    "report/": (Unit, "9" * 15),
    "screen/": (Unit, "9" * 15),
    "api/v1/bodies/": (Body, "nobody-1"),
    "api/v1/issues/": (Issue, NOBODY),
    "i/": (Issue, NOBODY),
    "volunteers/ask/": (Issue, NOBODY),
}
VERBS = {"callee": "acknowledge", "task": "take_task", "decision": "grant"}
# Closed to all: an old address of Django's that leads on blindly, deleting, and its history (that is the trail).
CLOSED = ("/<path:object_id>/", "/delete/", "/history/")
# Asked last: whoever may do it has the row no more.
TAKES_AWAY = "/drop/"


def every_route(patterns: Any, above: str = "") -> Iterator[str]:
    """Every address of the platform that takes something."""
    for pattern in patterns:
        route = above + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from every_route(pattern.url_patterns, route)
        elif "<" in route:
            yield route


def routes(patterns: Any) -> Iterator[str]:
    """Every address of the platform that names a row."""
    for route in every_route(patterns):
        if route not in NO_ROW and not route.endswith(CLOSED):
            yield route


ROUTES = sorted(
    set(routes(get_resolver().url_patterns)), key=lambda route: (route.endswith(TAKES_AWAY), route)
)


def values(route: str, rows: Rows, town: Town) -> Iterator[dict[str, Any]]:
    """What fills its parameters: once for the row of street A, once for none."""
    part = next((name for name in PARTS if re.search(rf"/{name}s?/", f"/{route}")), None)
    if part:
        one, verb = rows[PARTS[part]], VERBS[part]
        yield {"object_id": one.issue_id, "code": one.issue.code, "pk": one.pk, "verb": verb}
        yield {"object_id": NONE, "code": NOBODY, "pk": NONE, "verb": verb}
    elif route.startswith(("admin/grids/policy/of/", "api/v1/units/<str:code>/policies/")):
        yield from ({"code": code, "key": "categories"} for code in (town.street.code, "9" * 9))
    elif route.startswith("api/v1/units/boundaries/saving/"):
        ordered = SheetFile.objects.filter(kind="boundaries", by=town.people["system_admin"]).latest("pk")
        yield from ({"pk": pk} for pk in (ordered.pk, NONE))
    elif route == "volunteers/hours/<int:pk>/again/":
        refused = Service.objects.filter(state="refused").latest("pk")
        yield from ({"pk": pk} for pk in (refused.pk, NONE))
    elif route.startswith("volunteers/handed-out/"):
        handed_out = Redemption.objects.filter(state="collected").latest("pk")
        yield from ({"pk": pk} for pk in (handed_out.pk, NONE))
    elif route.startswith("api/v1/webhooks/"):
        yield {"pk": rows[Subscription].pk, "message": rows[Message].pk}
        yield {"pk": NONE, "message": NONE}
    elif model := first_of(BY_PK, route):
        done = first_of(DONE_THERE, route)
        yield from ({"pk": pk, "verb": done, "duty": done} for pk in (rows[model].pk, NONE))
    elif found := first_of(BY_CODE, route):
        yield from ({"code": code, "verb": "note"} for code in (rows[found[0]].code, found[1]))
    else:
        model = next(each for each in PAGES if route.startswith("admin/{}/{}/".format(*_names(each))))
        forms = getattr(PAGES[model], "forms_offered", ())
        key = first_of(DONE_THERE, route) or (forms[0].key if forms else "")
        rest = {"verb": "note", "key": key}
        yield from ({"object_id": pk, "pk": pk} | rest for pk in (rows[model].pk, NONE))


def first_of(table: dict[str, Any], route: str) -> Any:
    return next((what for start, what in table.items() if route.startswith(start)), None)


def _names(model: type[Model]) -> tuple[str, str]:
    return model._meta.app_label, str(model._meta.model_name)


def filled(route: str, told: dict[str, Any]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(told[found[1]]), route)
