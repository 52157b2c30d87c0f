"""Accounts in the staff admin: seen by security administrators, written by actions."""

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
    """The list. What one may do with an account stands with the posts of its person (grids.admin.accounts)."""

    view_with = ("manage_accounts",)
    list_display = ("username", "display_name", "shown_phone", "is_staff", "is_active", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "display_name")
    search_help_text = _("Sign-in name or name shown")

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).order_by("username")

    @admin.display(description=_("mobile number"))
    def shown_phone(self, user: User) -> str:
        return user.masked_phone or self.empty_value_display


call_subject(
    "user",
    _("Account"),
    {
        "open_account": _("Account opened"),
        "open_service": _("Service account opened"),
        "rename_service": _("Service account renamed"),
        "change_account": _("Account changed"),
        "close_account": _("Account closed"),
        "reopen_account": _("Account re-opened"),
        "erase_account": _("Account erased"),
        "set_first_password": _("First password set"),
        "change_password": _("Password changed by its owner"),
        "link_identity": _("Linked to the identity provider"),
        "unlink_identity": _("Link to the identity provider ended"),
        "issue_token": _("Token issued"),
        "revoke_token": _("Token revoked"),
        "revoke_tokens": _("All tokens revoked"),
        "make_address": _("Calendar address made"),
        "choose_notices": _("Notices chosen"),
        "revoke_address": _("Calendar address revoked"),
        "export": _("List taken as a file"),
    },
    of_all=True,
)
