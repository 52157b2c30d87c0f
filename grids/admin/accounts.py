"""Accounts: the list, a page for each with what its person is here, and what a security administrator may do."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from knox.models import AuthToken

from accounts.admin import UserAdmin
from accounts.models import Grant, User
from grids.admin.pages import Cell, SubjectAdmin, SubjectPage, Table
from grids.forms.accounts import ACCOUNT_FORMS, NEW_FORMS, AccountForm
from grids.forms.steps import StepForm
from grids.models import Post
from trail.admin import as_code

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(SubjectAdmin, UserAdmin):
    """Seen and written by who manages accounts, within the bounds of the list's own queryset."""

    write_with = ("manage_accounts",)
    forms_offered = ACCOUNT_FORMS

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request) or bool(request.user.is_active and request.user.is_superuser)

    def find(self, request: HttpRequest, object_id: str) -> User:
        """A foreign number is as unknown as one that does not exist."""
        is_number = object_id.isascii() and object_id.isdecimal() and len(object_id) <= 18
        if not self.has_view_permission(request) or not is_number:
            raise Http404
        return get_object_or_404(self.get_queryset(request), pk=int(object_id))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One account, or many from a list."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        now, posted = timezone.now(), request.method == "POST"
        forms = {form.key: form(None, request.user, now) for form in NEW_FORMS}
        chosen = forms["many" if "many" in request.GET else "open"]
        if posted:
            chosen = forms[chosen.key] = type(chosen)(None, request.user, now, request.POST)
            chosen.files = request.FILES
            if answer := self.answer(request, chosen):
                return answer
        address = reverse("admin:accounts_user_add")
        steps = [
            {"form": form, "open": form is chosen, "url": f"{address}?{key}"} for key, form in forms.items()
        ]
        context = self.admin_site.each_context(request) | {
            "title": _("New accounts"),
            "page": SubjectPage("", [], crumbs=[Cell(_("Accounts"), self.url("changelist"))]),
            "steps": steps,
            "opts": self.opts,
        }
        status = 422 if posted else 200
        return TemplateResponse(request, "admin/grids/page.html", context, status=status)

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """First passwords stand on this very answer and nowhere else: nothing keeps them."""
        answer = super().answer(request, form)
        if answer is None or not isinstance(form, AccountForm) or not form.slips:
            return answer
        context = self.admin_site.each_context(request) | {
            "title": _("First passwords"),
            "slips": form.slips,
            "address": request.build_absolute_uri(reverse("accounts:login")),
            "back": answer.url if len(form.slips) == 1 else self.url("changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/grids/slips.html", context)

    def subject_page(self, request: HttpRequest, subject: User, now: datetime) -> SubjectPage:
        facts = [
            (_("Sign-in name"), subject.username),
            (_("Mobile number"), subject.masked_phone or "—"),
            (_("Language"), dict(settings.LANGUAGES).get(subject.language, "—")),
            (_("May open the staff admin"), _("yes") if subject.is_staff else _("no")),
            (_("Since"), subject.date_joined),
            (_("Last sign-in"), subject.last_login or "—"),
        ]
        if subject.must_change_password:
            facts.append((_("Password"), _("a first one, to be changed at the next sign-in")))
        for identity in subject.identities.order_by("-pk"):
            facts.append((_("Linked to the identity provider"), as_code(identity.issuer)))
            facts.append((_("Linked since"), identity.linked_at))
        crumbs = [Cell(_("Accounts"), self.url("changelist"))]
        pill = "" if subject.is_active else pgettext("account", "closed")
        tables = [posts_table(subject, now), tokens_table(subject, now)]
        return SubjectPage(subject.display_name, facts, tables, crumbs, pill)


def posts_table(user: User, now: datetime) -> Table:
    posts = Post.objects.filter(user=user).unended(now).select_related("unit", "body").order_by("pk")
    rows = [
        [Cell(post.get_role_display()), Cell(post.place), Cell(post.starts_on), Cell(post.ends_on or "—")]
        for post in posts
    ]
    columns = [_("role"), _("at"), _("from"), _("until")]
    return Table(
        _("Posts"), columns, rows, _("No post yet: a system administrator appoints on a unit's page.")
    )


def tokens_table(user: User, now: datetime) -> Table:
    """The tokens of an account; one that has run out stays for a day."""
    rows = [
        [
            Cell(grant.name or "—"),
            Cell(f"{grant.token.token_key[:8]}…"),
            Cell(grant.scope_words),
            Cell(grant.token.created),
            _until(grant.token, now),
            Cell(grant.last_used_at or _("not yet")),
        ]
        for grant in Grant.objects.of(user)
    ]
    columns = [_("name"), _("begins with"), _("may"), _("issued"), _("works until"), _("last used")]
    return Table(_("API tokens"), columns, rows, _("No API token."))


def _until(token: AuthToken, now: datetime) -> Cell:
    return Cell(token.expiry or _("until revoked"), late=bool(token.expiry and token.expiry <= now))
