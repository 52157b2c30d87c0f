"""Service accounts in the staff admin: which other systems are connected, by which tokens, and what one may do."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.decorators import display

from accounts.models import ServiceAccount
from grids.admin.accounts import posts_table, tokens_table
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, page_of
from grids.forms.steps import StepForm
from grids.forms.systems import SERVICE_FORMS, OpenService, ServiceForm

STATES = {
    True: (pgettext_lazy("account", "open"), "success"),
    False: (pgettext_lazy("account", "closed"), "secondary"),
}


@admin.register(ServiceAccount)
class ServiceAccountAdmin(AddingAdmin):
    """Seen and written by who connects systems in the district."""

    write_with = ("connect_systems",)
    add_label = _("Open a service account")
    add_form = OpenService
    forms_offered = SERVICE_FORMS
    list_display = ("display_name", "username", "show_tokens", "show_use", "show_state")
    ordering = ("-is_active", "display_name", "pk")
    search_fields = ("username", "display_name")
    search_help_text = _("Sign-in name or name shown")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_use().defer("phone")

    @admin.display(description=_("tokens"))
    def show_tokens(self, account: Any) -> int:
        return account.tokens_kept

    @admin.display(description=_("last used"), empty_value=_("not yet"))
    def show_use(self, account: Any) -> datetime | None:
        return account.used_at

    @display(description=_("state"), label={key: badge for key, (_label, badge) in STATES.items()})
    def show_state(self, account: ServiceAccount) -> Any:
        return account.is_active, STATES[account.is_active][0]

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """A token stands on this very answer and on no other: nothing keeps it."""
        answer = super().answer(request, form)
        if answer is None or not isinstance(form, ServiceForm) or not form.token:
            return answer
        context = self.admin_site.each_context(request) | {
            "title": _("New token"),
            "account": form.subject,
            "token": form.token,
            "back": page_of(form.subject),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/grids/token.html", context)

    def subject_page(self, request: HttpRequest, subject: ServiceAccount, now: datetime) -> SubjectPage:
        facts = [(_("Sign-in name"), subject.username), (_("Since"), subject.date_joined)]
        crumbs = [Cell(_("Service accounts"), self.url("changelist"))]
        pill = "" if subject.is_active else pgettext("account", "closed")
        tables = [tokens_table(subject, now), posts_table(subject, now)]
        return SubjectPage(subject.display_name, facts, tables, crumbs, pill)
