"""A deployment of several districts: the lists of each hold what is its own, for every model that has pages."""

import inspect
from typing import Any

import pytest
from django.db.models import Model
from django.test import RequestFactory

from accounts.models import ServiceAccount, User
from desk.models import Kiosk
from grids.models import Body, Policy, Post, SheetFile, Unit
from issues.models import Category, HotlineOrder, ImportBatch, Issue, OutsideTask, Schedule
from notices.models import GroupChannel, Message, Notice, Subscription
from tests.builders import Town, add_west
from tests.governance.neighbours import OWNED, PAGES, SHARED, WEST, given_up, rows_of_street_a
from tests.issues.acting import Acting
from trail.models import Delivery, Event, Job
from trail.words import subjects_of_all
from volunteers.models import (
    Activity,
    CheckIn,
    Good,
    Offer,
    Organisation,
    Pairing,
    Redemption,
    Service,
    Station,
    Team,
    Transfer,
    Volunteer,
    Wish,
)

pytestmark = pytest.mark.django_db
FAR = ("far_dispatcher", "far_secretary", "far_worker", "far_officer")
# Who must see the row of street A, so that nothing passes by being shown to nobody.
ITS_OWN: dict[type[Model], set[str]] = {
    Event: {"audit_admin"},
    Delivery: {"audit_admin", "system_admin"},
    Notice: {"grid_worker", "system_admin"},
    Subscription: {"system_admin"},
    Message: {"system_admin"},
    GroupChannel: {"system_admin"},
    Kiosk: {"system_admin"},
    Job: {"street_dispatcher", "system_admin"},
    User: {"security_admin"},
    ServiceAccount: {"system_admin"},
    Unit: {"grid_worker", "street_dispatcher", "system_admin"},
    Body: {"office_officer", "street_dispatcher", "system_admin"},
    Post: {"grid_worker", "system_admin"},
    Policy: {"street_leader", "system_admin"},
    SheetFile: {"system_admin"},
    Issue: {"grid_worker", "street_dispatcher", "district_dispatcher"},
    HotlineOrder: {"community_secretary", "street_dispatcher"},
    ImportBatch: {"street_dispatcher"},
    Schedule: {"grid_worker", "community_secretary"},
    Category: {"grid_worker", "system_admin", "office_officer"},
    OutsideTask: {"grid_worker", "district_dispatcher"},
    Volunteer: {"street_leader", "other_secretary"},
    Transfer: {"community_secretary", "district_dispatcher"},
    Team: {"community_worker", "district_dispatcher"},
    Activity: {"community_worker", "district_dispatcher"},
    Service: {"community_worker", "street_leader"},
    Station: {"community_worker", "street_dispatcher"},
    Good: {"community_worker", "street_dispatcher"},
    Redemption: {"community_secretary", "street_leader"},
    Wish: {"community_worker", "district_dispatcher"},
    Organisation: {"community_worker", "district_dispatcher"},
    CheckIn: {"community_worker", "street_leader"},
    Offer: {"community_worker", "street_leader"},
    Pairing: {"community_worker", "supervisor"},
}
# Not a street's alone: the whole district goes by it.
OF_ALL_ITS_STREETS = {Category, Organisation}
# A superuser sets up; issues are nobody's business there, nor are files that others have brought.
BY_POST_ALONE = {Issue, HotlineOrder, ImportBatch, SheetFile}


def listed(model: type[Model], user: User) -> Any:
    """What the pages of this model are made from, for this person."""
    request = RequestFactory().get("/admin/")
    request.user = user
    return PAGES[model].get_queryset(request)


def test_what_is_shared_by_all_districts_is_named_here() -> None:
    """Whoever adds a page says whether its rows are one district's (then the tests below ask for one) or shared."""
    shared = {"calendars.Calendar", "calendars.CalendarDay", "trail.Seal"}
    assert {model._meta.label for model in SHARED} == shared
    assert set(OWNED) == set(ITS_OWN)


def test_every_queryset_says_it_by_the_same_word() -> None:
    for model in PAGES:
        word = inspect.signature(type(model._default_manager.all()).visible_to)
        assert [one.name for one in word.parameters.values() if one.default is one.empty] == [
            "self",
            "user",
            "now",
        ]


def test_a_row_is_listed_for_its_own_and_for_no_stranger(town: Town) -> None:
    rows = rows_of_street_a(town)
    root = User.objects.create_superuser("root", display_name="root")
    for model in OWNED:
        pk = rows[model].pk
        sees = {name for name, user in town.people.items() if listed(model, user).filter(pk=pk).exists()}
        assert ITS_OWN[model] <= sees, model
        strangers = WEST if model in OF_ALL_ITS_STREETS else (*WEST, *FAR)
        assert not sees & {*strangers}, model
        assert listed(model, root).filter(pk=pk).exists() == (model not in BY_POST_ALONE), model


def test_of_all_that_was_there_before_them_new_neighbours_see_nothing(town: Town) -> None:
    """Whole tables of a deployment that served one district until then, whatever the rows are about."""
    act, worker = Acting(town, town.now), "community_worker"
    act("whistle", act.handling("noise", worker), worker, kind="quick", bodies=[town.office])
    given_up(town)
    before = {model: set(model._default_manager.values_list("pk", flat=True)) for model in OWNED}
    add_west(town)
    shared = {"district_id": None, "subject_type__in": subjects_of_all()}
    common: dict[type[Model], Any] = {
        Event: shared,
        Category: {"district": None},
        Delivery: {f"event__{key}": shared[key] for key in shared},
    }
    for model in OWNED:
        for name in WEST:
            found = listed(model, town.people[name]).filter(pk__in=before[model])
            found = found.exclude(**common[model]) if model in common else found
            assert not found.exists(), (model, name)
