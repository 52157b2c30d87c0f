"""The base class that keeps the admin from writing past the actions, and the trail's own pages."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from trail.models import Delivery, Event, Seal


class ActionAdmin(ModelAdmin):
    """Read-only by default. A page that writes overrides `perform_save` (and allows add or change),
    which calls exactly one action and returns its subject; nothing is ever deleted here."""

    actions = None
    list_per_page = 20
    show_full_result_count = False
    list_fullwidth = True
    # Capabilities (grids.roles) of which one opens the page; permissions named "can.*" come from posts.
    view_with: tuple[str, ...] = ()
    write_with: tuple[str, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(
            request.user.has_perm(f"can.{name}") for name in (*self.view_with, *self.write_with)
        ) or bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def may_write(self, request: HttpRequest) -> bool:
        """For pages that write: the person holds one of `write_with`."""
        return any(request.user.has_perm(f"can.{name}") for name in self.write_with)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only what the person may see: the model's own `visible_to`."""
        queryset = super().get_queryset(request)
        return queryset.visible_to(request.user) if hasattr(queryset, "visible_to") else queryset

    def perform_save(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Any:
        """Call the action that does what the form asks; return the saved subject."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = self.perform_save(request, obj, form, change)
        obj.pk = saved.pk
        obj._state.adding = False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing: related rows are written by the action."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        raise PermissionDenied

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The trail is the history."""

    log_change = log_addition


@admin.register(Event)
class EventAdmin(ActionAdmin):
    view_with = ("read_trail",)
    list_display = (
        "recorded_at",
        "subject_type",
        "subject_id",
        "seq",
        "verb",
        "actor",
        "actor_label",
        "unit_label",
    )
    list_filter = ("subject_type",)
    list_select_related = ("actor",)
    ordering = ("-id",)
    search_fields = ("=subject_id",)


@admin.register(Seal)
class SealAdmin(ActionAdmin):
    view_with = ("read_trail",)
    list_display = ("day", "events", "digest", "sealed_at")


@admin.register(Delivery)
class DeliveryAdmin(ActionAdmin):
    view_with = ("read_trail",)
    list_display = ("event", "handler", "attempts", "next_try_at", "done_at", "dead_at", "last_error")
    list_filter = ("handler",)
    list_select_related = ("event",)
    ordering = ("-id",)
