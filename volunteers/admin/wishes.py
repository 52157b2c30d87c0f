"""Micro-wishes at a desk: the list with its figures, and a page each with what has happened and who claimed it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table
from grids.forms.steps import StepForm
from grids.models import Unit
from grids.standing import standing_of
from trail import words
from trail.models import Event
from trail.numerals import read_whole
from trail.paging import BoundedPaginator
from volunteers.admin.pages import CommunityFilter, RunAdmin, WithinFilter, days_filter
from volunteers.contacts import shown_name
from volunteers.forms.desk import moment, places
from volunteers.forms.desk_points import POINT_FORMS
from volunteers.forms.desk_wishes import WISH_FORMS, MakeWish, shown
from volunteers.models import Claim, Wish, Wisher, WishWords
from volunteers.per_unit import checkins_per_unit, claimed_per_unit, wishes_per_unit
from volunteers.querysets import RUNS
from volunteers.wish_ties import claim_of, having, is_account
from volunteers.wishes import STATES

# A page of what has happened, and the latest of those who claimed it.
TOLD, CLAIMS = 50, 20
# So much of a wish stands in a row of the list.
SHORT = 40
FIGURES = ("made", "claims", "granted", "overdue", "waiting", "members", "members_with_claim")
WEEK = timedelta(days=7)
BADGES = {state.key: state.badge for state in STATES}
# What happens without a person; all else without an account is the wisher's, by their own link.
BY_ITSELF = frozenset({"reopen", "give_back"})
CLAIMERS = {
    "volunteer": _("A volunteer"),
    "user": _("A member who has checked in"),
    "organisation": _("An organisation"),
    "body": _("A body"),
}


class TimeFilter(admin.SimpleListFilter):
    title = _("time")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("late", _("Claimed, and out of time")), ("week", _("Out of time within a week"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        match self.value():
            case "late":
                return queryset.filter(due_at__lte=now)
            case "week":
                return queryset.filter(due_at__gt=now, due_at__lte=now + WEEK)
        return queryset


class ClaimerFilter(admin.SimpleListFilter):
    """By what kind of claimer has it now, or has kept it."""

    title = _("claimed by")
    parameter_name = "claimed_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return list(CLAIMERS.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in CLAIMERS:
            return queryset
        found = Claim.objects.counting().filter(**{f"{self.value()}__isnull": False})
        return queryset.filter(pk__in=found.order_by().values("wish"))


class OriginFilter(admin.SimpleListFilter):
    title = _("who made it")
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("wisher", _("The wisher")), ("staff", _("Somebody on duty, for the wisher"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "wisher":
                return queryset.filter(on_behalf=False)
            case "staff":
                return queryset.filter(on_behalf=True)
        return queryset


@admin.register(Wish)
class WishAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = MakeWish, _("Write down a wish")
    forms_offered = (*WISH_FORMS, *POINT_FORMS)
    select_for_page = ("unit", "community", "made_by", "said_by")
    list_display = (
        *("show_number", "alias", "show_text", "unit", "show_state", "show_due", "show_claimer", "made_at"),
    )
    list_display_links = ("show_number", "alias")
    list_filter = (
        *("state", TimeFilter, ClaimerFilter, OriginFilter, CommunityFilter, WithinFilter),
        days_filter("made_at", pgettext_lazy("wish", "Made"), "made"),
        days_filter("ended_at", pgettext_lazy("wish", "Ended"), "ended"),
    )
    list_select_related = ("unit",)
    list_before_template = "admin/volunteers/wish_figures.html"
    search_fields = ("text", "alias")
    search_help_text = _("Words of the wish, the alias, or the number")
    ordering = ("-made_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_claim().defer("unit__boundary")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Notices name wishes by their number."""
        found, twice = super().get_search_results(request, queryset, search_term)
        number = read_whole(search_term.strip().removeprefix("#"))
        return (found if number is None else found | queryset.filter(pk=number)), twice

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With what this year came to."""
        return super().changelist_view(request, (extra_context or {}) | {"figures": _figures(request)})

    @admin.display(description=pgettext_lazy("wish", "number"), ordering="pk")
    def show_number(self, wish: Wish) -> int:
        return wish.pk

    @admin.display(description=_("what is wished for"))
    def show_text(self, wish: Wish) -> str:
        return wish.text if len(wish.text) <= SHORT else f"{wish.text[:SHORT]}…"

    @display(description=_("state"), label=BADGES)
    def show_state(self, wish: Wish) -> tuple[str, str]:
        return wish.state, wish.get_state_display()

    @admin.display(description=_("due"), ordering="due_at")
    def show_due(self, wish: Wish) -> str:
        return _due(wish, timezone.now()) or self.empty_value_display

    @admin.display(description=_("claimed by"))
    def show_claimer(self, wish: Wish) -> str:
        claim = having(wish)
        return _claimer(claim) if claim else self.empty_value_display

    def find(self, request: HttpRequest, object_id: str) -> Any:
        """With the claim that counts, and what the wisher has left of themselves."""
        wish = super().find(request, object_id)
        claim = claim_of(wish)
        wish.having = [claim] if claim else []
        wish.contact = Wisher.objects.filter(pk=wish.pk).first()
        return wish

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """Name and number stand on this very answer and nowhere else."""
        answer = super().answer(request, form)
        revealed = getattr(form, "shown", None)
        if answer is None or revealed is None:
            return answer
        request.revealed = revealed  # type: ignore[attr-defined]  # for subject_page
        return self.show(request, form.subject, timezone.now())

    def subject_page(self, request: HttpRequest, subject: Any, now: datetime) -> SubjectPage:
        facts = [
            (_("What is wished for"), subject.text),
            (pgettext_lazy("wish", "Alias"), subject.alias),
            (_("Where"), subject.unit),
            (pgettext_lazy("wish", "Made"), f"{moment(subject.made_at)} · {_maker(subject)}"),
            (_("Agreed that others read it"), moment(subject.consented_at)),
            (_("Wisher's contact"), _masked(subject.contact)),
            *_in_the_clear(getattr(request, "revealed", None)),
            (_("Days for whoever claims it"), subject.days),
            *_so_far(subject, now),
        ]
        crumbs = [Cell(_("Micro-wishes"), self.url("changelist"))]
        tables = [_claims(subject), _history(subject, request.GET.get("p"))]
        title = f"#{subject.pk} {subject.alias}"
        return SubjectPage(title, facts, tables, crumbs, subject.get_state_display())


def _due(wish: Wish, now: datetime) -> str:
    """Until when, and whether that is over; "" where nobody has it."""
    if wish.due_at is None:
        return ""
    return f"{moment(wish.due_at)} · {_t('out of time')}" if wish.due_at <= now else moment(wish.due_at)


def _claimer(claim: Claim) -> str:
    kind = next(kind for kind in CLAIMERS if getattr(claim, f"{kind}_id"))
    return f"{claim.shown_name} · {CLAIMERS[kind]}"


def _maker(wish: Wish) -> str:
    """Whoever is on duty by name; who the wisher is stands nowhere."""
    return str(wish.made_by or "—") if wish.on_behalf else _t("the wisher")


def _masked(contact: Wisher | None) -> str:
    if contact is None:
        return _t("None left.")
    if contact.erased_at:
        return _t("Erased on %(day)s.") % {"day": moment(contact.erased_at)}
    return " · ".join(filter(None, (shown_name(contact.name, ""), contact.masked_phone)))


def _in_the_clear(contact: Wisher | None) -> list[tuple[Any, Any]]:
    """What somebody has just asked to see."""
    if contact is None:
        return []
    return [
        (pgettext_lazy("wisher", "Name"), contact.name or "—"),
        (_("Number in full"), contact.phone or "—"),
        (_("Recorded"), _("That you looked stands in the trail.")),
    ]


def _so_far(wish: Wish, now: datetime) -> Iterator[tuple[Any, Any]]:
    """What not every wish has."""
    if claim := having(wish):
        yield _("Claimed by"), _claimer(claim)
    if due := _due(wish, now):
        yield _("Due"), due
    for label, at in (
        (pgettext_lazy("wish", "Reviewed"), wish.reviewed_at),
        (pgettext_lazy("wish", "Said to be fulfilled"), wish.fulfilled_at),
        (pgettext_lazy("wish", "Thanked for"), wish.thanked_at),
        (pgettext_lazy("wish", "Ended"), wish.ended_at),
    ):
        if at:
            yield label, moment(at)


def _claims(wish: Wish) -> Table:
    """Everybody who has promised it, the latest first."""
    rows = Claim.objects.filter(wish=wish).with_claimer()
    cells = [
        [
            Cell(_claimer(one)),
            Cell(moment(one.claimed_at)),
            Cell(moment(one.ended_at)),
            Cell(one.get_outcome_display() or "—"),
        ]
        for one in rows.order_by("-claimed_at", "-pk")[:CLAIMS]
    ]
    columns = [_("claimed by"), _("from"), _("until"), _("how it ended")]
    return Table(_("Claims"), columns, cells, _("Nobody has claimed it yet."))


def _history(wish: Wish, asked: str | None) -> Table:
    """What the trail says of it, the latest first, with the words that belong to it."""
    rows = Event.objects.about("wish", wish.pk).order_by("-seq").select_related("actor")
    page = BoundedPaginator(rows, TOLD).get_page(asked)
    events = list(page)
    said = dict(WishWords.objects.filter(wish=wish).values_list("seq", "text"))
    names = _names(wish)
    cells = [
        [
            Cell(moment(one.occurred_at)),
            Cell(_sentence(one, _who(one, wish, names))),
            Cell(said.get(one.seq, "")),
        ]
        for one in events
    ]
    return Table(
        _("What has happened"), [_("when"), pgettext_lazy("event", "what"), _("in words")], cells, "", page
    )


def _sentence(event: Event, who: str) -> str:
    told = words.verb_label("wish", event.verb)
    if event.verb in {"accept", "claim"} and (days := event.data.get("days")):
        told = _t("%(what)s, %(days)s days") % {"what": told, "days": days}
    return _t("%(who)s: %(what)s") % {"what": told, "who": who} if who else told


def _who(event: Event, wish: Wish, names: dict[int, str]) -> str:
    """Nobody is named here otherwise than others know them: the wisher not at all, volunteers by their alias."""
    if event.actor_id is None:
        return "" if event.verb in BY_ITSELF else _t("the wisher")
    if is_account(wish.wisher_id, event.actor):
        return _t("the wisher")
    return names.get(event.actor_id, str(event.actor))


def _names(wish: Wish) -> dict[int, str]:
    """Account → how whoever claimed it is known."""
    claims = list(Claim.objects.filter(wish=wish).with_claimer())
    members = {one.user_id: one.shown_name for one in claims if one.user_id}
    people = {one.volunteer.user_id: shown(one.volunteer) for one in claims if one.volunteer}
    speakers = {one.organisation.speaker_id: shown(one.organisation) for one in claims if one.organisation}
    return speakers | members | people


def _figures(request: HttpRequest) -> dict[str, Any] | None:
    """What this year came to in the communities where the person runs volunteering, or in the one that is asked for:
    figures of places, never a list of persons. None without such a place, and instead of how many members have claimed
    where a part of them is hidden (volunteers.per_unit)."""
    now = timezone.now()
    today = timezone.localtime(now)
    since = today.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    total: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))
    units, hidden = _figure_units(request, now), False
    for unit in units:
        claimed, too_few = claimed_per_unit(unit, since, now)
        hidden = hidden or unit.pk in too_few
        made, joined = wishes_per_unit(unit, since, now), checkins_per_unit(unit, today.date())
        counted: list[Mapping[int | None, Mapping[str, int]]] = [made, joined, claimed]
        for rows in counted:
            for row in rows.values():
                total.update(row)
    if not units:
        return None
    names = " · ".join(one.name for one in units)
    return dict(total) | {"units": names} | ({"members_with_claim": None} if hidden else {})


def _figure_units(request: HttpRequest, now: datetime) -> list[Unit]:
    """The one that is asked for; else the topmost of one's own."""
    mine = places(request.user, now)
    asked = read_whole(request.GET.get("community", ""))
    if asked is not None:
        return list(mine.at("community").filter(pk=asked))
    stands = standing_of(request.user, now).territory(RUNS)
    tops = list(mine.filter(pk__in={pk for ids in stands.values() for pk in ids}).order_by("pk"))
    return [one for one in tops if not any(other != one and _is_in(one, other) for other in tops)]


def _is_in(unit: Unit, other: Unit) -> bool:
    return other.pk in unit.lineage().values()


words.call_subject(
    "wish",
    _("Micro-wish"),
    {
        "make": pgettext_lazy("wish", "Made"),
        "accept": pgettext_lazy("wish", "Accepted"),
        "refuse": pgettext_lazy("wish", "Not accepted"),
        "claim": pgettext_lazy("wish", "Claimed"),
        "give_back": pgettext_lazy("wish", "Given back"),
        "reopen": pgettext_lazy("wish", "Open again, the claim has run out"),
        "fulfil": pgettext_lazy("wish", "Said to be fulfilled"),
        "send_back": pgettext_lazy("wish", "Said not to be fulfilled"),
        "confirm": pgettext_lazy("wish", "Confirmed as fulfilled"),
        "thank": pgettext_lazy("wish", "Thanked for"),
        "withdraw": pgettext_lazy("wish", "Withdrawn"),
        "cancel": pgettext_lazy("wish", "Called off"),
    },
)
words.call_subject(
    "wisher",
    _("Wisher's contact"),
    {"reveal": pgettext_lazy("contact", "Looked at"), "erase": pgettext_lazy("contact", "Erased")},
)
