"""Every address that names a row, asked by strangers: a foreign row answers exactly as one that does not exist."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.urls import URLPattern, get_resolver

from accounts.models import Grant
from desk.models import SavedFilter, Snapshot
from grids.models import Body, Policy, Post, SheetFile, Unit
from grids.roles import ROLES
from issues.actions import PERFORM
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
from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import signed_in
from tests.governance.neighbours import PAGES, Rows, rows_of_street_a
from tests.governance.strangers import is_of_the_next_street, strangers_of
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

pytestmark = pytest.mark.django_db
# Everybody asks; in so many towns, which workers may build side by side.
TOWNS = 4
# The strangers of these roles ask the API in every other way too.
ASK_MORE = ("street_dispatcher", "system_admin")
# Of whom one at least gets in, so that no address here is one that answers nobody.
ITS_OWN = (
    *("grid_worker", "street_dispatcher", "system_admin", "audit_admin", "security_admin"),
    *("street_leader", "supervisor", "community_secretary", "office_officer", "district_dispatcher"),
)
# Only whoever belongs to it, or is a volunteer, has something to do there: tests/volunteers/test_api_*.py.
OF_MEMBERS = ("api/v1/teams/<int:pk>/leave/", "api/v1/goods/<int:pk>/reserve/")
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
# What a district has added, and the organisations that check in to its communities, are for all its streets.
OF_THE_WHOLE_DISTRICT = (
    *("admin/issues/category/", "admin/volunteers/organisation/", "api/v1/organisations/"),
)
VERBS = {"callee": "acknowledge", "task": "take_task", "decision": "grant"}
# Closed to all: an old address of Django's that leads on blindly, deleting, and its history (that is the trail).
CLOSED = ("/<path:object_id>/", "/delete/", "/history/")
# Of issues and their parts one verb of each kind will do; tests/api/test_visibility.py asks them all. What is called the
# same elsewhere (a unit is merged, a wish withdrawn) is something else, and asked here.
A_VERB = re.compile(rf"api/v1/(?:issues|callees|tasks|decisions)/.*/({'|'.join(PERFORM)})/")
ASKED_VERBS = {"note", *VERBS.values()}
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
        if route not in NO_ROW and not is_left_out(route):
            yield route


def is_left_out(route: str) -> bool:
    verb = A_VERB.fullmatch(route)
    return route.endswith(CLOSED) or (verb is not None and verb[1] not in ASKED_VERBS)


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
    elif model := _first(BY_PK, route):
        done = _first(DONE_THERE, route)
        yield from ({"pk": pk, "verb": done, "duty": done} for pk in (rows[model].pk, NONE))
    elif found := _first(BY_CODE, route):
        yield from ({"code": code, "verb": "note"} for code in (rows[found[0]].code, found[1]))
    else:
        model = next(each for each in PAGES if route.startswith("admin/{}/{}/".format(*_names(each))))
        forms = getattr(PAGES[model], "forms_offered", ())
        key = _first(DONE_THERE, route) or (forms[0].key if forms else "")
        rest = {"verb": "note", "key": key}
        yield from ({"object_id": pk, "pk": pk} | rest for pk in (rows[model].pk, NONE))


def _first(table: dict[str, Any], route: str) -> Any:
    return next((what for start, what in table.items() if route.startswith(start)), None)


def _names(model: type[Model]) -> tuple[str, str]:
    return model._meta.app_label, str(model._meta.model_name)


def filled(route: str, told: dict[str, Any]) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(told[found[1]]), route)


def get(client: Any, address: str) -> Any:
    return client.get(address)


def post(client: Any, address: str) -> Any:
    return client.post(address)


# Other methods, and conditions that a row of one's own would meet or fail.
MORE: tuple[Callable[[Any, str], Any], ...] = (
    lambda client, address: client.put(address),
    lambda client, address: client.patch(address),
    lambda client, address: client.delete(address),
    lambda client, address: client.head(address),
    lambda client, address: client.get(address, headers={"If-None-Match": "*"}),
    lambda client, address: client.get(f"{address}?fields=code&crs=gcj02&page_size=1"),
    lambda client, address: client.post(address, {"version": 1}, headers={"If-Match": '"1"'}),
    lambda client, address: client.post(address, headers={"Idempotency-Key": "one"}),
)


class Asker:
    """Somebody of the town: pages by a session, the API by a token."""

    def __init__(self, town: Town, name: str, *, asks_more: bool = False) -> None:
        self.pages, self.api = signed_in(town, name), client_of(town.people[name])
        self.asks_more = asks_more

    def answers(self, route: str, rows: Rows, town: Town) -> Iterator[tuple[Any, Any]]:
        """(for the row of street A, for none): to reading the address, and to sending something there."""
        client: Any = self.api if route.startswith("api/") else self.pages
        foreign, missing = (filled(route, told) for told in values(route, rows, town))
        more = MORE if self.asks_more and client is self.api else ()
        for ask in (get, post, *more):
            yield whole(ask(client, foreign), foreign), whole(ask(client, missing), missing)


def refuse_hours(rows: Rows) -> None:
    """Of the activity, beside the record that was confirmed: only such ones are handed in again."""
    record = Service.objects.get(pk=rows[Service].pk)
    record.pk, record._state.adding = None, True
    record.activity, record.what, record.state = rows[Activity], "", "refused"
    record.save()


def whole(answer: Any, address: str) -> tuple[int, bytes, dict[str, str]]:
    """All of it but for the address that was asked for, and what differs on every page: length, second, token."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)
    told = {
        name: value for name, value in answer.headers.items() if name not in {"Content-Length", "Expires"}
    }
    headers = {name: value.replace(address, "") for name, value in told.items()}
    return answer.status_code, content.replace(address.encode(), b""), headers


def test_only_verbs_of_issues_are_left_to_another_test() -> None:
    asked = {route for route in ROUTES if route.rstrip("/").rpartition("/")[2] in PERFORM}
    for route in (
        *(
            "api/v1/units/<str:code>/merge/",
            "api/v1/units/<str:code>/close/",
            "api/v1/bodies/<str:code>/close/",
        ),
        *("api/v1/sheets/<int:pk>/drop/", "api/v1/hotline/files/<int:pk>/drop/"),
        *("api/v1/webhooks/<int:pk>/resume/", "api/v1/policies/<int:pk>/withdraw/"),
        *(f"api/v1/wishes/<int:pk>/{verb}/" for verb in ("refuse", "send_back", "withdraw")),
        *("api/v1/issues/<str:code>/note/", "api/v1/tasks/<int:pk>/take_task/"),
    ):
        assert route in asked, route
    assert not is_left_out("api/v1/issues/<str:code>/contact/reveal/")
    assert is_left_out("api/v1/issues/<str:code>/contact/") and is_left_out(
        "api/v1/tasks/<int:pk>/give_back/"
    )


def test_what_names_no_row_is_still_there() -> None:
    every = set(every_route(get_resolver().url_patterns))
    assert sorted(NO_ROW - every) == [], "take it out of NO_ROW"
    assert not [route for route in NO_ROW if is_left_out(route)]


@pytest.mark.parametrize("number", range(TOWNS))
def test_a_foreign_address_answers_as_one_of_nothing(town: Town, number: int) -> None:
    """To every role of the table; whoever may nowhere do anything writes nothing, so they share a town."""
    strangers = strangers_of(town, list(ROLES)[number::TOWNS])
    rows = rows_of_street_a(town)
    refuse_hours(rows)
    for role, name in strangers.items():
        stranger = Asker(town, name, asks_more=role in ASK_MORE)
        shared = OF_THE_WHOLE_DISTRICT if is_of_the_next_street(role) else "/"
        for route in ROUTES:
            if route.startswith(shared):
                continue
            for theirs, nobodys in stranger.answers(route, rows, town):
                assert theirs == nobodys, (role, route)
                assert theirs[0] not in {200, 201, 409, 422}, (role, route)


def test_to_its_own_it_answers_otherwise(town: Town) -> None:
    rows = rows_of_street_a(town)
    refuse_hours(rows)
    own = [Asker(town, name) for name in ITS_OWN]
    for route in (route for route in ROUTES if route not in OF_MEMBERS):
        told = (one.answers(route, rows, town) for one in own)
        assert any(theirs != nobodys for both in told for theirs, nobodys in both), route
