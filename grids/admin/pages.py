"""One page per subject: facts, lists that lead on, and a plain form for all that one may do there now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.forms.steps import StepForm
from trail.admin import ActionAdmin


@dataclass(frozen=True)
class Cell:
    """A text, with a link where it leads somewhere."""

    text: Any
    link: str = ""
    late: bool = False


@dataclass(frozen=True)
class Table:
    """A list on a page; `empty` is said where there is nothing; `page` is the paginator's page, if any."""

    title: Any
    columns: Sequence[Any]
    rows: Sequence[Sequence[Cell]]
    empty: Any
    page: Any = None


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
        """A foreign number is as unknown as one that does not exist."""
        if not self.has_view_permission(request) or not object_id.isdigit() or len(object_id) > 18:
            raise Http404
        subjects = self.model._default_manager.visible_to(request.user, timezone.now())
        return get_object_or_404(subjects.select_related(*self.select_for_page), pk=int(object_id))

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
            raise Http404
        form = form_class(subject, request.user, now, request.POST)
        return self.answer(request, form) or self.show(request, self.find(request, object_id), now, form)

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """To the page of what came out of it; None when it was refused."""
        done = form.perform()
        if done is None:
            return None
        messages.success(request, _("Done: %(what)s") % {"what": form.label})
        return redirect(page_of(done))


def with_code(name: Any, code: str) -> str:
    """A name and, behind it, what tells two of that name apart."""
    return _("%(name)s (%(code)s)") % {"name": name, "code": code}


def page_of(subject: Any) -> str:
    """The address of a unit's, body's or post's page."""
    return reverse(f"admin:{subject._meta.app_label}_{subject._meta.model_name}_change", args=[subject.pk])


def link_to(subject: Any) -> Cell:
    """Its name, leading to its page."""
    return Cell(str(subject), page_of(subject))
