"""What was given up: seen by system administrators, with the reason, and tried again when they say so."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from notices.actions import REVIVE_BATCH, revive_deliveries, revive_notices
from notices.models import Notice
from trail.admin import ActionAdmin, DeliveryAdmin, as_code
from trail.models import Delivery
from trail.words import call_subject

call_subject("delivery", _("delivery"), {"revive": _("tried again")}, of_all=True)
call_subject("notice", _("notice"), {"revive": _("tried again")}, of_all=True)


class GivenUp(admin.SimpleListFilter):
    """Waiting for a person, or not."""

    title = _("state")
    parameter_name = "given_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Given up"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.dead() if self.value() else queryset


class RevivingAdmin(ActionAdmin):
    """Chosen rows are tried again by one action of ours."""

    actions = ("try_again",)
    write_with = ("manage_units",)
    revive: Callable[..., int]

    def has_revive_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request) or bool(request.user.is_active and request.user.is_superuser)

    @admin.action(description=_("Try again"), permissions=["revive"])
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        ids = list(queryset.values_list("pk", flat=True)[:REVIVE_BATCH])
        done = type(self).revive(ids, by=request.user, now=timezone.now())
        if done:
            text = ngettext("%(count)d is tried again now.", "%(count)d are tried again now.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        else:
            self.message_user(request, gettext("None of these was given up."), messages.WARNING)


admin.site.unregister(Delivery)


@admin.register(Delivery)
class ReviveDeliveryAdmin(RevivingAdmin, DeliveryAdmin):
    """Who reads the trail sees the deliveries of the district; a system administrator what was given up."""

    revive = staticmethod(revive_deliveries)
    list_filter = (GivenUp, *DeliveryAdmin.list_filter)


@admin.register(Notice)
class NoticeAdmin(RevivingAdmin):
    """Only what was given up, and nothing of what it says: an inbox is its owner's."""

    revive = staticmethod(revive_notices)
    list_display = ("created_at", "show_recipient", "channel", "attempts", "show_error")
    list_filter = ("channel",)
    list_select_related = ("recipient",)
    ordering = ("-id",)
    fields = readonly_fields = list_display

    @admin.display(description=_("recipient"), ordering="recipient")
    def show_recipient(self, notice: Notice) -> Any:
        return notice.recipient or _("Somebody without an account")

    @admin.display(description=_("last error"))
    def show_error(self, notice: Notice) -> Any:
        return as_code(notice.last_error)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).dead()
