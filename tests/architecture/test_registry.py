"""The walk over every registered admin class and every serializer; and planted ones."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from rest_framework import serializers

from tests.architecture import registry
from tests.architecture.checks import report
from tests.architecture.house import FOREIGN_ADMINS
from tests.architecture.source import House
from trail.admin import ActionAdmin
from trail.models import Delivery, Event

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def request_of_a_superuser(rf: RequestFactory):
    request = rf.get("/admin/")
    request.user = get_user_model()(username="all", is_active=True, is_staff=True, is_superuser=True)
    return request


def test_every_admin_class_writes_through_actions(request_of_a_superuser) -> None:
    from django.contrib.admin.sites import all_sites

    violations = [
        each
        for site in all_sites
        for each in registry.check_admins(site._registry, ActionAdmin, request_of_a_superuser)
    ]
    red = report("admins", violations)
    if red:
        pytest.fail(red, pytrace=False)


def test_foreign_admins_are_still_registered_and_say_why() -> None:
    registered = {
        f"{type(page).__module__}.{type(page).__qualname__}" for page in admin.site._registry.values()
    }
    assert set(FOREIGN_ADMINS) <= registered, "an entry of FOREIGN_ADMINS is registered no more: delete it"
    assert all(len(why) > 20 for why in FOREIGN_ADMINS.values())


def test_every_serializer_keeps_reading_and_writing_apart() -> None:
    registry.import_faces(House(ROOT))
    kinds = registry.serializers_of(serializers.BaseSerializer)
    red = report("serializers", registry.check_serializers(kinds, serializers.ModelSerializer))
    if red:
        pytest.fail(red, pytrace=False)


# --- planted ------------------------------------------------------------------------------------------------
class Reading(ActionAdmin):
    pass


class Writing(ActionAdmin):
    def has_add_permission(self, request, obj=None) -> bool:
        return True

    def perform_save(self, request, obj, form, change):
        return obj


class Opened(ActionAdmin):
    def save_model(self, request, obj, form, change) -> None:
        obj.save()


class OpenedBelow(Opened):
    pass


class Promising(ActionAdmin):
    def has_change_permission(self, request, obj=None) -> bool:
        return True


class Deleting(ActionAdmin):
    def has_delete_permission(self, request, obj=None) -> bool:
        return True


class Editable(ActionAdmin):
    list_display = ("id", "verb")
    list_editable = ("verb",)


class Line(admin.TabularInline):
    model = Delivery
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    has_change_permission = has_add_permission


class AddingLine(Line):
    def has_add_permission(self, request, obj=None) -> bool:
        return True


class DeletingLine(Line):
    can_delete = True


class Lined(ActionAdmin):
    inlines = (Line,)


class LinedToAdd(ActionAdmin):
    inlines = (AddingLine,)


class LinedToDelete(ActionAdmin):
    inlines = (DeletingLine,)


class Plain(admin.ModelAdmin):
    pass


def _said(kind: type, request) -> list[str]:
    page = kind(Event, admin.AdminSite())
    return [each.what for each in registry.check_admins({Event: page}, ActionAdmin, request)]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (Plain, "is no ActionAdmin"),
        (Opened, "save_model() is opened again"),
        (OpenedBelow, "save_model() is opened again"),
        (Promising, "without perform_save()"),
        (Deleting, "allows delete"),
        (Editable, "list_editable"),
        (LinedToAdd, "AddingLine writes as an inline"),
        (LinedToDelete, "DeletingLine writes as an inline"),
    ],
)
def test_an_admin_class_that_writes_is_found(request_of_a_superuser, kind: type, word: str) -> None:
    (what,) = _said(kind, request_of_a_superuser)
    assert word in what


@pytest.mark.parametrize("kind", [Reading, Writing, Lined])
def test_an_action_admin_passes(request_of_a_superuser, kind: type) -> None:
    assert _said(kind, request_of_a_superuser) == []


def test_a_foreign_admin_passes_only_by_the_table(request_of_a_superuser, monkeypatch) -> None:
    monkeypatch.setitem(
        registry.FOREIGN_ADMINS, f"{Plain.__module__}.Plain", "Only shows; it has no form at all."
    )
    assert _said(Plain, request_of_a_superuser) == []


class EventSerializer(serializers.ModelSerializer):
    class Meta:
        model = Event
        fields = ("id",)


class CreatingSerializer(EventSerializer):
    def create(self, validated_data):
        return validated_data


class UpdatingSerializer(EventSerializer):
    def update(self, instance, validated_data):
        return instance


class NewEventSerializer(serializers.Serializer):
    verb = serializers.CharField()

    def create(self, validated_data):
        return SimpleNamespace(**validated_data)


def test_a_model_serializer_that_writes_is_found() -> None:
    kinds = [EventSerializer, CreatingSerializer, UpdatingSerializer, NewEventSerializer]
    what = [each.what for each in registry.check_serializers(kinds, serializers.ModelSerializer)]
    assert [line.split("(")[0] for line in what] == ["CreatingSerializer.create", "UpdatingSerializer.update"]


def test_the_walk_finds_serializers_at_any_depth_and_only_ours() -> None:
    found = registry.serializers_of(serializers.BaseSerializer, apps=["tests"])
    assert {EventSerializer, CreatingSerializer, NewEventSerializer} <= set(found)
    assert serializers.ModelSerializer not in found
