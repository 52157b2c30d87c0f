"""Accounts in the staff admin: seen by security administrators, written by actions."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.models import AuthToken

from accounts.models import User
from trail.admin import ActionAdmin
from trail.words import call_subject

# Pages of libraries that write past the actions.
for foreign in (Group, AuthToken, TOTPDevice):
    admin.site.unregister(foreign)


@admin.register(User)
class UserAdmin(ActionAdmin):
    view_with = ("manage_accounts",)
    list_display = ("username", "display_name", "shown_phone", "is_staff", "is_active", "last_login")
    search_fields = ("username", "display_name")
    fields = (
        "username",
        "display_name",
        "shown_phone",
        "shown_language",
        "is_staff",
        "is_active",
        "date_joined",
        "last_login",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).order_by("username")

    @admin.display(description=_("mobile number"))
    def shown_phone(self, user: User) -> str:
        return user.masked_phone

    @admin.display(description=_("language"))
    def shown_language(self, user: User) -> str:
        return str(dict(settings.LANGUAGES).get(user.language, "—"))


call_subject(
    "user",
    _("Account"),
    {
        "open_account": _("Account opened"),
        "close_account": _("Account closed"),
        "issue_token": _("Token issued"),
        "revoke_token": _("Token revoked"),
    },
)
