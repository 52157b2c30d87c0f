"""The base class that keeps the admin from writing past the actions, and the trail's own pages."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from trail import words
from trail.changelist import PagedList
from trail.event_filters import FROM, TO, DaysFilter, SubjectFilter, VerbFilter, found_by
from trail.hiding import kept_from
from trail.job_actions import retry_job
from trail.jobs import KINDS, REASONS, STATE, STATES, Report, kind_label
from trail.models import Delivery, Event, Job, Seal
from trail.numerals import read_whole
from trail.outbox import HANDLERS
from trail.paging import ROWS_OFFERED, BoundedPaginator
from trail.refusals import Refused


def find_row(rows: Any, number: str) -> Any:
    """The row with this number in an address. A foreign one is as unknown as one that does not exist, and as
    what is no number at all."""
    pk = read_whole(number)
    if pk is None:
        raise Http404
    return get_object_or_404(rows, pk=pk)


class ActionAdmin(ModelAdmin):
    """Shows what `visible_to` of the model's queryset lets through, and no model without that word.

    Read-only by default. A page that writes overrides `perform_save` (and allows add or change),
    which calls exactly one action and returns its subject; nothing is ever deleted here."""

    actions = None
    list_per_page = ROWS_OFFERED[0]
    paginator = BoundedPaginator
    empty_value_display = "—"
    show_full_result_count = False
    list_fullwidth = True
    # Capabilities (grids.roles) of which one opens the page; permissions named "can.*" come from posts.
    view_with: tuple[str, ...] = ()
    write_with: tuple[str, ...] = ()
    # What the button says that leads to the page for a new one.
    add_label: Any = ""

    def __init__(self, model: type[Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        if not hasattr(model._default_manager.all(), "visible_to"):
            raise ImproperlyConfigured(
                f"{model._meta.label}: its queryset must say visible_to(user, now) before a page may show it."
            )

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
        """Only what the person may see: the model's own `visible_to`. An override calls it and adds to it."""
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user, timezone.now())

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[PagedList]:
        """With a choice of rows per page."""
        return PagedList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A foreign number is as unknown as one that does not exist."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

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

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's own page would be empty."""
        raise Http404


def as_code(text: str) -> Any:
    """What a program wrote: broken where it must be, in nobody's language."""
    return format_html('<code class="gz-code">{}</code>', text) if text else ActionAdmin.empty_value_display


class HandlerFilter(admin.SimpleListFilter):
    title = _("handler")
    parameter_name = "handler"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, words.handler_label(key)) for key in HANDLERS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(handler=self.value()) if self.value() else queryset


class NamedEvents(PagedList):
    """The places in which people acted are named for the whole page at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        events: Any = self.result_list
        names = words.place_names([event.actor_label for event in events])
        for event in events:
            event.place_names = names


@admin.register(Event)
class EventAdmin(ActionAdmin):
    view_with = ("read_trail",)
    list_display = (
        "recorded_at",
        "show_subject",
        "show_seq",
        "show_verb",
        "actor",
        "show_role",
        "unit_label",
    )
    list_filter = (DaysFilter, SubjectFilter, VerbFilter)
    list_select_related = ("actor",)
    ordering = ("-id",)
    list_before_template = "admin/trail/days.html"
    # Only that there is a search: what it looks for says `found_by`.
    search_fields = ("=subject_id",)
    search_help_text = _("Sign-in name, work-order number, or number of the subject")
    fields = readonly_fields = (
        "show_subject",
        "show_seq",
        "show_verb",
        "actor",
        "show_role",
        "unit_label",
        "data",
        "occurred_at",
        "recorded_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(kept_from(request.user, timezone.now()))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found = queryset.filter(found_by(search_term)) if search_term.strip() else queryset
        return found, False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the days above it; they keep the other filters."""
        kept = request.GET.copy()
        days = {name: kept.pop(name, [""])[-1] for name in (FROM, TO)}
        kept.pop("p", None)
        days |= {"kept": list(kept.items()), "without": kept.urlencode()}
        return super().changelist_view(request, (extra_context or {}) | {"days": days})

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[PagedList]:
        return NamedEvents

    @admin.display(description=_("subject"), ordering="subject_type")
    def show_subject(self, event: Event) -> str:
        return f"{words.subject_label(event.subject_type)} {event.subject_id}"

    @admin.display(description=pgettext_lazy("of the events of one subject", "No."), ordering="seq")
    def show_seq(self, event: Event) -> int:
        return event.seq

    @admin.display(description=_("what happened"), ordering="verb")
    def show_verb(self, event: Event) -> str:
        return words.verb_label(event.subject_type, event.verb)

    @admin.display(description=_("in which role"))
    def show_role(self, event: Any) -> str:
        known = getattr(event, "place_names", None)
        names = words.place_names([event.actor_label]) if known is None else known
        return words.role_words(event.actor_label, names) or self.empty_value_display


@admin.register(Seal)
class SealAdmin(ActionAdmin):
    view_with = ("read_trail",)
    list_display = ("day", "events", "show_digest", "sealed_at")
    fields = readonly_fields = ("day", "events", "show_digest", "show_previous", "sealed_at")

    @admin.display(description=_("digest"))
    def show_digest(self, seal: Seal) -> Any:
        return as_code(seal.digest)

    @admin.display(description=_("previous digest"))
    def show_previous(self, seal: Seal) -> Any:
        return as_code(seal.previous)


@admin.register(Delivery)
class DeliveryAdmin(ActionAdmin):
    view_with = ("read_trail",)
    list_display = (
        "show_event",
        "show_handler",
        "attempts",
        "next_try_at",
        "done_at",
        "dead_at",
        "show_error",
    )
    list_filter = (HandlerFilter,)
    list_select_related = ("event",)
    ordering = ("-id",)
    fields = readonly_fields = list_display

    def get_queryset(self, request: HttpRequest) -> Any:
        hidden = kept_from(request.user, timezone.now(), "event__")
        return super().get_queryset(request).exclude(hidden)

    @admin.display(description=_("event"))
    def show_event(self, delivery: Delivery) -> str:
        event = delivery.event
        what = words.verb_label(event.subject_type, event.verb)
        return f"{words.subject_label(event.subject_type)} {event.subject_id} · {what}"

    @admin.display(description=_("last error"))
    def show_error(self, delivery: Delivery) -> Any:
        return as_code(delivery.last_error)

    @admin.display(description=_("handler"), ordering="handler")
    def show_handler(self, delivery: Delivery) -> str:
        return words.handler_label(delivery.handler)


LOOK_AGAIN_SECONDS = 5


@admin.register(Job)
class JobAdmin(ActionAdmin):
    """Long work: how far it is, and what came of it. The page of one asks again by itself while it runs."""

    list_display = ("show_kind", "show_state", "show_progress", "created_by", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("created_by",)
    ordering = ("-id",)

    @property
    def view_with(self) -> tuple[str, ...]:  # type: ignore[override]
        """Whoever may look at any kind of job; the list shows only those kinds."""
        return tuple(sorted({name for kind in KINDS.values() for name in kind.seen_with}))

    def get_urls(self) -> list[Any]:
        retry = self.admin_site.admin_view(self.retry_view)
        return [path("<int:pk>/retry/", retry, name="trail_job_retry"), *super().get_urls()]

    @admin.display(description=_("kind"), ordering="kind")
    def show_kind(self, job: Job) -> str:
        return kind_label(job.kind)

    @display(description=_("state"), label={state.key: state.badge for state in STATES})
    def show_state(self, job: Job) -> Any:
        return job.state, STATE[job.state].label

    @admin.display(description=_("progress"))
    def show_progress(self, job: Job) -> str:
        return f"{job.done} / {job.total} · {job.percent} %"

    def find(self, request: HttpRequest, object_id: str) -> Job:
        if not self.has_view_permission(request):
            raise Http404
        return find_row(self.get_queryset(request).select_related("created_by"), object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        job = self.find(request, object_id)
        kind = KINDS.get(job.kind)
        show = kind.show if kind else None
        context = self.admin_site.each_context(request) | {
            "title": kind_label(job.kind),
            "object": job,
            "job": job,
            "state": STATE[job.state],
            "reason": REASONS.get(job.last_error) or (as_code(job.last_error) if job.last_error else ""),
            "report": show(job, request.user, timezone.now()) if show else Report(),
            "may_retry": job.state == "failed",
            "opts": self.opts,
        }
        answer = TemplateResponse(request, "admin/trail/job.html", context)
        if job.is_open:
            answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return answer

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Go on with what has failed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = self.find(request, str(pk))
        try:
            retry_job(job, by=request.user, now=timezone.now())
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect(reverse("admin:trail_job_change", args=[pk]))


words.call_subject(
    "job",
    _("Job"),
    {
        "start": pgettext_lazy("event", "Ordered"),
        "finish": _("Finished"),
        "fail": _("Failed, given up"),
        "retry": _("Tried again"),
    },
    of_all=True,
)
