"""Wall links in the staff admin: which there are, when each was last used, and what one may do about it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.decorators import display

from desk.kiosk_forms import KIOSK_FORMS, MakeKiosk
from desk.models import Kiosk
from desk.querysets import CONNECTS
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, page_of
from grids.forms.steps import StepForm
from trail import words

STATES = {
    True: (pgettext_lazy("wall link", "works"), "success"),
    False: (pgettext_lazy("wall link", "revoked"), "secondary"),
}

words.call_subject("kiosk", _("Wall link"), {"make": _("Wall link made"), "revoke": _("Wall link revoked")})


@admin.register(Kiosk)
class KioskAdmin(AddingAdmin):
    """Seen and written by who connects systems in the district."""

    write_with = (CONNECTS,)
    add_label = _("Make a wall link")
    add_form = MakeKiosk
    forms_offered = KIOSK_FORMS
    select_for_page = ("unit", "made_by")
    list_display = ("name", "unit", "show_state", "show_use")
    list_select_related = ("unit",)
    ordering = ("revoked_at", "name", "pk")
    search_fields = ("name",)
    search_help_text = _("Name")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("unit__boundary")

    @admin.display(description=_("last used"), empty_value=_("not yet"))
    def show_use(self, kiosk: Kiosk) -> datetime | None:
        return kiosk.last_used_at

    @display(description=_("state"), label={key: badge for key, (_label, badge) in STATES.items()})
    def show_state(self, kiosk: Kiosk) -> Any:
        return kiosk.is_open, STATES[kiosk.is_open][0]

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """The address stands on this very answer and on no other: nothing keeps it."""
        answer = super().answer(request, form)
        if answer is None or not isinstance(form, MakeKiosk) or not form.secret:
            return answer
        context = self.admin_site.each_context(request) | {
            "title": _("New wall link"),
            "kiosk": form.made,
            "address": request.build_absolute_uri(reverse("desk:kiosk", args=[form.secret])),
            "back": page_of(form.made),
            "opts": self.opts,
        }
        headers = {"Cache-Control": "no-store"}
        return TemplateResponse(request, "admin/desk/kiosk.html", context, headers=headers)

    def subject_page(self, request: HttpRequest, subject: Kiosk, now: datetime) -> SubjectPage:
        facts: list[tuple[Any, Any]] = [
            (_("Unit"), subject.unit),
            (_("Language"), dict(settings.LANGUAGES).get(subject.language, subject.language)),
            (_("Last used"), subject.last_used_at or _("not yet")),
            (_("Made by"), subject.made_by or "—"),
            (_("Made"), subject.made_at),
        ]
        if subject.revoked_at:
            facts.append((_("Revoked"), subject.revoked_at))
        crumbs = [Cell(_("Wall links"), self.url("changelist"))]
        pill = "" if subject.is_open else pgettext("wall link", "revoked")
        return SubjectPage(subject.name, facts, (), crumbs, pill)
