"""Webhooks in the staff admin: whom the platform tells of what, how they answer, and what one may do about it."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from unfold.decorators import display

from grids.admin.pages import AddingAdmin, Cell, SubjectAdmin, SubjectPage, Table, link_to, page_of
from grids.forms.steps import StepForm
from notices.forms import SUBSCRIPTION_FORMS, AddSubscription, ResendMessage, WebhookForm
from notices.models import Attempt, Message, Subscription
from notices.querysets import CONNECTS
from notices.webhooks import ERRORS, RUNS, STATE_BADGES, STATES
from trail import words
from trail.admin import as_code

PER_PAGE = 20
# state → its colour word.
RUN_BADGES = {"running": "success", "failing": "warning", "paused": "danger", "ended": "secondary"}

words.call_subject(
    "webhook",
    _("Webhook"),
    {
        "add": _("Webhook added"),
        "change": _("Webhook changed"),
        "rotate": _("New secret made"),
        "pause": _("Paused"),
        "pause_itself": _("Paused by itself"),
        "resume": pgettext_lazy("sending", "Resumed"),
        "ping": _("Ping sent"),
        "resend": _("Sent again"),
        "end": _("Webhook ended"),
    },
)
words.HANDLERS["notices.webhooks"] = _("Tell of a paused webhook")
words.HANDLERS["notices.merged"] = _("Webhooks follow the merged unit")


@admin.register(Subscription)
class SubscriptionAdmin(AddingAdmin):
    """Seen and written by who connects systems in the district."""

    write_with = (CONNECTS,)
    add_label = _("Add a webhook")
    add_form = AddSubscription
    forms_offered = SUBSCRIPTION_FORMS
    select_for_page = ("unit", "account", "created_by")
    list_display = ("name", "show_address", "unit", "account", "show_state", "reached_at")
    list_select_related = ("unit", "account")
    ordering = ("ended_at", "name")
    search_fields = ("name", "address")
    search_help_text = _("Name or address")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("secret", "old_secret")

    @admin.display(description=_("address"), ordering="address")
    def show_address(self, subscription: Subscription) -> Any:
        return as_code(subscription.address)

    @display(description=_("state"), label=RUN_BADGES)
    def show_state(self, subscription: Subscription) -> Any:
        return subscription.state, RUNS[subscription.state]

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """A secret stands on this very answer and on no other."""
        answer = super().answer(request, form)
        if answer is None or not isinstance(form, WebhookForm) or form.shown is None:
            return answer
        context = self.admin_site.each_context(request) | {
            "title": _("Secret of the webhook"),
            "subscription": form.shown,
            "back": page_of(form.shown),
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/notices/secret.html", context, headers={"Cache-Control": "no-store"}
        )

    def subject_page(self, request: HttpRequest, subject: Subscription, now: datetime) -> SubjectPage:
        state = subject.state
        facts: list[tuple[Any, Any]] = [
            (_("Address"), as_code(subject.address)),
            (_("Unit"), subject.unit),
            (_("Account whose sight it has"), subject.account),
            (_("Events"), _(", ").join(map(_type_words, subject.types)) or _("all")),
            (_("Number of the secret"), subject.secret_number),
            (_("Secret since"), subject.secret_since),
        ]
        if subject.old_secret_until and subject.old_secret_until > now:
            facts.append((_("Old secret signs until"), subject.old_secret_until))
        if state == "paused":
            facts.append((_("Paused because"), subject.pause_words))
        if state == "failing":
            facts += [(_("Failures in a row"), subject.failures), (_("Next try at"), subject.rest_until)]
        facts += [
            (_("Last reached"), subject.reached_at or "—"),
            (_("Added by"), subject.created_by or "—"),
            (_("Added"), subject.created_at),
        ]
        crumbs = [Cell(_("Webhooks"), self.url("changelist"))]
        pill = "" if state == "running" else RUNS[state]
        return SubjectPage(subject.name, facts, [_messages(request, subject, now)], crumbs, pill)


def _type_words(key: str) -> str:
    """A type of events as the trail calls it."""
    subject, _dot, verb = key.partition(".")
    return f"{words.subject_label(subject)} · {words.verb_label(subject, verb)}"


def _messages(request: HttpRequest, subscription: Subscription, now: datetime) -> Table:
    seen = Message.objects.visible_to(request.user, now).filter(subscription=subscription)
    page = Paginator(seen.select_related("event").order_by("-pk"), PER_PAGE).get_page(request.GET.get("p"))
    rows = [
        [
            Cell(_what(message), page_of(message)),
            Cell(message.created_at),
            Cell(STATES[message.state], late=message.state == "dead"),
            Cell(message.attempts),
        ]
        for message in page
    ]
    columns = [_("what happened"), pgettext_lazy("message", "written"), _("state"), _("attempts")]
    return Table(_("Messages"), columns, rows, _("No message yet."), page)


def _what(message: Message) -> str:
    """What it tells of, as the trail calls it."""
    if message.event is None:
        return pgettext("webhook", "Ping")
    event = message.event
    what = words.verb_label(event.subject_type, event.verb)
    return f"{words.subject_label(event.subject_type)} {event.subject_id} · {event.seq} · {what}"


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() in STATES else queryset


@admin.register(Message)
class MessageAdmin(SubjectAdmin):
    """What was sent, how often, and what was answered."""

    write_with = (CONNECTS,)
    forms_offered = (ResendMessage,)
    select_for_page = ("event", "subscription__unit")
    list_display = ("show_what", "subscription", "created_at", "show_state", "attempts")
    list_filter = (StateFilter,)
    list_select_related = ("event", "subscription")
    ordering = ("-pk",)

    @admin.display(description=_("what happened"))
    def show_what(self, message: Message) -> str:
        return _what(message)

    @display(description=_("state"), label=STATE_BADGES)
    def show_state(self, message: Message) -> Any:
        return message.state, STATES[message.state]

    def subject_page(self, request: HttpRequest, subject: Message, now: datetime) -> SubjectPage:
        facts: list[tuple[Any, Any]] = [
            (_("Webhook"), subject.subscription),
            (_("Address"), as_code(subject.subscription.address)),
            (_("Its id (webhook-id)"), as_code(subject.webhook_id)),
            (_("Event"), as_code(subject.event.topic) if subject.event else "—"),
            (_("Written"), subject.created_at),
            (_("Attempts"), subject.attempts),
        ]
        if subject.state == "queued":
            facts.append((_("Next try at"), subject.next_try_at))
        crumbs = [
            Cell(_("Webhooks"), reverse("admin:notices_subscription_changelist")),
            link_to(subject.subscription),
        ]
        return SubjectPage(_what(subject), facts, [_attempts(subject)], crumbs, STATES[subject.state])


def _attempts(message: Message) -> Table:
    tries = Attempt.objects.filter(message=message).order_by("-pk")
    rows = [
        [
            Cell(one.at),
            Cell(one.status or "—"),
            Cell(ERRORS.get(one.error, "—"), late=bool(one.error)),
            Cell(_("%(count)d ms") % {"count": one.milliseconds}),
            Cell(as_code(one.answer)),
            Cell(_sent(one)),
            Cell(", ".join(map(str, one.secrets)) or "—"),
        ]
        for one in tries
    ]
    columns = [_("at"), _("status"), _("error"), _("took"), _("beginning of the answer")]
    columns += [_("what was sent"), _("number of the secret")]
    return Table(_("Attempts"), columns, rows, _("Not tried yet."))


def _sent(attempt: Attempt) -> Any:
    """The request as it went out, but for its signature; folded away."""
    if not attempt.address:
        return "—"
    headers = [f"{name}: {value}" for name, value in attempt.headers.items()]
    whole = as_code("\n".join([f"POST {attempt.address}", *headers, "", attempt.body]))
    return format_html('<details class="gz-sent"><summary>{}</summary>{}</details>', _("Request"), whole)
