"""One page per subject: facts, lists that lead on, and a plain form for all that one may do there now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from grids.actions.trying import refusal_of
from grids.forms.steps import StepForm
from trail.admin import ActionAdmin, find_row
from trail.idempotency import renew, sent_before, submit_form

# What a form carries that is to be done, not only to be looked at (StepForm.previewed).
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Cell:
    """A text, with a link where it leads somewhere."""

    text: Any
    link: str = ""
    late: bool = False


@dataclass(frozen=True)
class Table:
    """A list on a page; `empty` is said where there is nothing; `page` is the paginator's page, if any; `link` leads
    on from below it."""

    title: Any
    columns: Sequence[Any]
    rows: Sequence[Sequence[Cell]]
    empty: Any
    page: Any = None
    link: Cell | None = None


@dataclass(frozen=True)
class SubjectPage:
    """What the template shows of a subject. `crumbs` lead down to it."""

    title: str
    facts: Sequence[tuple[Any, Any]]
    tables: Sequence[Table] = ()
    crumbs: Sequence[Cell] = field(default_factory=list)
    pill: Any = ""


class SubjectAdmin(ActionAdmin):
    """A list of subjects, and a page each. Forms go to `<id>/do/<key>/`; works without JavaScript."""

    forms_offered: tuple[type[StepForm], ...] = ()
    select_for_page: tuple[str, ...] = ()

    def subject_page(self, request: HttpRequest, subject: Any, now: datetime) -> SubjectPage:
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        info = self.opts.app_label, self.opts.model_name
        do = self.admin_site.admin_view(self.do_view)
        return [
            path("<path:object_id>/do/<slug:key>/", do, name="{}_{}_do".format(*info)),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest, object_id: str) -> Any:
        if not self.has_view_permission(request):
            raise Http404
        subjects = self.model._default_manager.visible_to(request.user, timezone.now())
        return find_row(subjects.select_related(*self.select_for_page), object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.show(request, self.find(request, object_id), timezone.now())

    def show(
        self, request: HttpRequest, subject: Any, now: datetime, refused: StepForm | None = None
    ) -> HttpResponse:
        """The page; `refused` is a form that keeps what was typed and says why not."""
        page = self.subject_page(request, subject, now)
        context = self.admin_site.each_context(request) | {
            "title": page.title,
            "object": subject,
            "page": page,
            "steps": [
                self._step(form, subject, form is refused)
                for form in self._forms(request, subject, now, refused)
            ],
            "opts": self.opts,
        }
        status = 200 if refused is None else 422
        return TemplateResponse(request, "admin/grids/page.html", context, status=status)

    def _forms(
        self, request: HttpRequest, subject: Any, now: datetime, refused: StepForm | None
    ) -> list[StepForm]:
        return [
            refused if refused is not None and refused.key == form.key else form(subject, request.user, now)
            for form in self.forms_offered
            if form.offered(subject, request.user, now)
        ]

    def _step(self, form: StepForm, subject: Any, is_open: bool) -> dict[str, Any]:
        return {"form": form, "open": is_open, "url": self.url("do", subject.pk, form.key)}

    def url(self, name: str, *args: Any) -> str:
        """An address of this model's pages."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def do_view(self, request: HttpRequest, object_id: str, key: str) -> HttpResponse:
        """Parse, call one action, show."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        subject, now = self.find(request, object_id), timezone.now()
        form_class = next((form for form in self.forms_offered if form.key == key), None)
        if form_class is None or not form_class.offered(subject, request.user, now):
            return self._sent_before(request)
        form = form_class(subject, request.user, now, request.POST)
        if form.previewed and CONFIRMED not in request.POST and form.is_valid():
            return self.preview(request, form)
        return self.answer(request, form) or self.show(request, self.find(request, object_id), now, form)

    def preview(self, request: HttpRequest, form: StepForm) -> HttpResponse:
        """What the form would do, and the same form again with what was typed, to be sent for good; where it would be
        refused, why."""
        left_out = {"csrfmiddlewaretoken", CONFIRMED}
        facts = list(form.preview())
        refused = refusal_of(form.act)
        context = self.admin_site.each_context(request) | {
            "title": form.label,
            "form": form,
            "crumbs": [
                Cell(capfirst(self.opts.verbose_name_plural), self.url("changelist")),
                link_to(form.subject),
            ],
            "facts": facts,
            "refused": str(refused) if refused else "",
            "url": self.url("do", form.subject.pk, form.key),
            "back": page_of(form.subject),
            "typed": [
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name not in left_out
            ],
            "confirmed": CONFIRMED,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/grids/preview.html", context)

    def _sent_before(self, request: HttpRequest) -> HttpResponse:
        """What was done may not be offered again; a second tap leads where the first one did."""
        address = sent_before(request)
        if address is None:
            raise Http404
        return redirect(address)

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """To the page of what came out of it; None when it was refused: the form then says why."""
        address, refused = submit_form(request, form, lambda: page_of(form.act()))
        if refused:
            renew(form)
            return None
        messages.success(request, _("Done: %(what)s") % {"what": form.label})
        return redirect(address)


class AddingAdmin(SubjectAdmin):
    """Subjects that are made here too, by one form on a page of its own: `add_form`, called `add_label`."""

    add_form: type[StepForm]

    def add_facts(self) -> Sequence[tuple[Any, Any]]:
        """What one should know before."""
        return ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request) or bool(request.user.is_active and request.user.is_superuser)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = self.add_form(None, request.user, timezone.now(), data)
        return self.add_page(request, form, facts=self.add_facts())

    def add_page(
        self,
        request: HttpRequest,
        form: StepForm,
        *,
        facts: Sequence[tuple[Any, Any]] = (),
        tables: Sequence[Table] = (),
    ) -> HttpResponse:
        """The form, or what came of it where it was sent; 422 where it was refused."""
        if form.is_bound and (done := self.answer(request, form)):
            return done
        crumb = Cell(capfirst(self.opts.verbose_name_plural), self.url("changelist"))
        page = SubjectPage(str(self.add_label), facts, tables, [crumb])
        context = self.admin_site.each_context(request) | {
            "title": page.title,
            "page": page,
            "steps": [{"form": form, "open": True, "url": self.url("add")}],
            "opts": self.opts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/grids/page.html", context, status=status)


def with_code(name: Any, code: str) -> str:
    """A name and, behind it, what tells two of that name apart."""
    return _("%(name)s (%(code)s)") % {"name": name, "code": code}


def page_of(subject: Any) -> str:
    """The address of a unit's, body's or post's page."""
    return reverse(f"admin:{subject._meta.app_label}_{subject._meta.model_name}_change", args=[subject.pk])


def link_to(subject: Any) -> Cell:
    """Its name, leading to its page."""
    return Cell(str(subject), page_of(subject))
