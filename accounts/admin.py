"""Accounts in the staff admin: seen by security administrators, written by actions."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from trail.admin import ActionAdmin

from accounts.models import User

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(ActionAdmin):
    view_with = ("manage_accounts",)
    list_display = ("username", "display_name", "masked_phone", "is_staff", "is_active", "last_login")
    search_fields = ("username", "display_name")
    fields = ("username", "display_name", "masked_phone", "language", "is_staff", "is_active", "date_joined", "last_login")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):  # noqa: ANN201
        return super().get_queryset(request).order_by("username")
