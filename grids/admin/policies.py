"""Rules of the district: what is in force, since when, by whom and why; every version; and the form to change it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.actions.authority import allows
from grids.actions.policies import withdraw_policy
from grids.forms.policies import PolicyForm
from grids.holding import ORIGINS, Holding, decided, holding_of
from grids.models import Policy, Unit
from grids.policies import KINDS, SPAN_UNITS, Column, PolicyKind, Value, differences
from grids.standing import standing_of
from trail import words
from trail.admin import ActionAdmin, find_row
from trail.idempotency import UNFIT, OnceForm, reason_of, renew, submit_form, submit_once
from trail.refusals import Refused

# Cases of a rehearsal that a page lists; the number above them counts all.
LISTED = 100


@dataclass(frozen=True)
class Told:
    """A difference in words."""

    row: Any
    column: Any
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """A cell of the table of what holds: its words, and where it comes from."""

    text: str
    origin: Any = ""


@dataclass(frozen=True)
class Version:
    """One version as the history shows it: `now` is in force, `to_come`, `withdrawn` or `past`."""

    policy: Policy
    state: str
    told: list[Told]
    once: OnceForm = field(default_factory=OnceForm)


class Words:
    """What rows and cells of a kind are called at a unit."""

    def __init__(self, kind: PolicyKind, unit: Unit) -> None:
        self.kind, self.unit = kind, unit
        choose = kind.choices_of
        self.keys = {
            one.key: dict(choose(unit, one.key))
            for one in kind.columns
            if choose and one.type in {"keys", "choice"} and not one.choices
        }
        rows = kind.rows or (kind.rows_of(unit) if kind.rows_of else ())
        self.rows: dict[str, Any] = dict(rows)

    def row(self, key: str, *cells: Mapping[str, Any]) -> Any:
        """A row's name: a table's own, or what the first of these contents of it says."""
        named = (one["name"] for one in cells if one.get("name"))
        return self.rows.get(key) or next(named, key)

    def cell(self, column: Column, cell: Any) -> str:
        """A kept cell as people read it."""
        if cell is None:
            return "—"
        if column.type == "span":
            return f"{cell[0]} {SPAN_UNITS[cell[1]]}"
        if column.type == "flag":
            return str(_("yes") if cell else _("no"))
        if column.type == "percent":
            return f"{cell} %"
        if column.type == "keys":
            known = self.keys.get(column.key) or dict(column.choices)
            return str(_(", ")).join(str(known.get(key, key)) for key in cell)
        return str((self.keys.get(column.key) or dict(column.choices)).get(cell, cell))

    def table(self, holding: Holding, columns: Iterable[Column]) -> list[tuple[Any, list[Entry]]]:
        """What holds, row by row; what is replaced as a whole comes from one place alone."""
        origins = {} if self.kind.whole else holding.origins
        return [
            (
                self.row(row, cells),
                [
                    Entry(
                        self.cell(one, cells.get(one.key)), ORIGINS.get(origins.get((row, one.key), ""), "")
                    )
                    for one in columns
                ],
            )
            for row, cells in holding.value.items()
        ]

    def told(self, before: Value, after: Value) -> list[Told]:
        """What differs, in words; of a column that is no more, nothing."""
        columns = {column.key: column for column in self.kind.columns}
        return [
            Told(
                self.row(one.row, after.get(one.row, {}), before.get(one.row, {})),
                columns[one.column].label,
                self.cell(columns[one.column], one.before),
                self.cell(columns[one.column], one.after),
            )
            for one in differences(before, after)
            if one.column in columns
        ]


@admin.register(Policy)
class PolicyAdmin(ActionAdmin):
    """Read by whoever reads the district; set by its system administrator, a street's own by its leader."""

    view_with = ("read_below", "report_in")
    write_with = ("manage_policies",)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("of/<str:code>/", view(self.unit_view), name="grids_policy_unit"),
            path("of/<str:code>/<slug:key>/", view(self.kind_view), name="grids_policy_kind"),
            path("of/<str:code>/<slug:key>/edit/", view(self.edit_view), name="grids_policy_edit"),
            path("<int:pk>/withdraw/", view(self.withdraw_view), name="grids_policy_withdraw"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To one's own: the street of a street leader, else the district."""
        self._check(request)
        now = timezone.now()
        standing = standing_of(request.user, now)
        ids = [
            one.unit_id if one.level == "street" else one.lineage["district_id"]
            for one in standing.with_capability("manage_policies") or standing.positions
        ]
        units = Unit.objects.open().visible_to(request.user, now).filter(kind__in=("district", "street"))
        unit = (
            units.filter(pk__in=ids).order_by("level", "code").first()
            or units.order_by("level", "code").first()
        )
        if unit is None:
            raise Http404
        return redirect("admin:grids_policy_unit", unit.code)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A version stands in the history of its kind."""
        self._check(request)
        seen = Policy.objects.visible_to(request.user, timezone.now()).select_related("unit")
        policy = find_row(seen, object_id)
        return redirect(_history_of(policy))

    def unit_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """All kinds of this unit with what is in force."""
        unit, now = self._unit(request, code), timezone.now()
        held = decided(unit, now)
        coming = set(Policy.objects.to_come(now).filter(unit=unit).values_list("key", flat=True))
        rows = [
            {"kind": kind, "policy": held.get(kind.key), "to_come": kind.key in coming}
            for kind in KINDS.values()
            if unit.kind in kind.at
        ]
        streets = []
        if unit.kind == "district":
            seen = Unit.objects.open().visible_to(request.user, now).filter(parent=unit, kind="street")
            streets = list(seen.order_by("code"))
        title = _("Rules of %(unit)s") % {"unit": unit.name}
        return self._page(request, unit, "units", title=title, rows=rows, streets=streets)

    def kind_view(self, request: HttpRequest, code: str, key: str) -> HttpResponse:
        """What is in force, and every version."""
        unit, now = self._unit(request, code), timezone.now()
        kind = self._kind(unit, key)
        called = Words(kind, unit)
        holding = holding_of(kind, unit, now)
        versions = _versions(kind, unit, called, now, holding.below)
        columns = [one for one in kind.columns if not (kind.has_own_rows and one.key == "name")]
        return self._page(
            request,
            unit,
            "kind",
            title=kind.label,
            kind=kind,
            held=holding.decided_by,
            columns=columns,
            table=called.table(holding, columns),
            versions=versions,
            may_edit=allows(request.user, "manage_policies", unit, now),
        )

    def edit_view(self, request: HttpRequest, code: str, key: str) -> HttpResponse:
        """Fill in, look at what it changes and would have done, save."""
        unit, now = self._unit(request, code), timezone.now()
        kind = self._kind(unit, key)
        if not allows(request.user, "manage_policies", unit, now):
            raise PermissionDenied
        form = PolicyForm(kind, unit, now, request.POST if request.method == "POST" else None)
        shown: dict[str, Any] = {"kind": kind, "form": form}
        refused = False
        if "save" in request.POST:
            address, status = submit_form(
                request, form, lambda: _history_of(form.save(request.user)), explain=PolicyForm.explain
            )
            if not status:
                messages.success(request, _("Set: %(rule)s.") % {"rule": kind.label})
                return redirect(address)
            renew(form)
            refused = status != UNFIT
        if form.is_bound and (refused or form.is_valid()):
            shown |= self._preview(request, form, now)
        status = UNFIT if form.is_bound and form.errors else 200
        title = _("Change “%(rule)s”") % {"rule": kind.label}
        return self._page(request, unit, "edit", title=title, status=status, **shown)

    def _preview(self, request: HttpRequest, form: PolicyForm, now: datetime) -> dict[str, Any]:
        kind, unit = form.kind, form.unit
        changes = Words(kind, unit).told(*form.both())
        rehearsal = kind.rehearse(unit, form.value(), request.user, now) if kind.rehearse else None
        return {"previewed": True, "changes": changes, "rehearsal": rehearsal, "listed": LISTED}

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back one that has not begun."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._check(request)
        now = timezone.now()
        seen = Policy.objects.visible_to(request.user, now).select_related("unit")
        policy = get_object_or_404(seen, pk=pk)
        try:
            submit_once(request, lambda: _history_of(withdraw_policy(policy, by=request.user, now=now)))
            messages.success(request, _("Withdrawn: %(rule)s.") % {"rule": policy.label})
        except Refused as refused:
            messages.error(request, reason_of(refused))
        return redirect(_history_of(policy))

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _unit(self, request: HttpRequest, code: str) -> Unit:
        """A district or street that one sees; a foreign one is as unknown as one that does not exist."""
        self._check(request)
        seen = Unit.objects.visible_to(request.user, timezone.now()).filter(kind__in=("district", "street"))
        return get_object_or_404(seen.select_related("parent"), code=code)

    def _kind(self, unit: Unit, key: str) -> PolicyKind:
        kind = KINDS.get(key)
        if kind is None or unit.kind not in kind.at:
            raise Http404
        return kind

    def _page(
        self, request: HttpRequest, unit: Unit, name: str, *, title: Any, status: int = 200, **more: Any
    ) -> HttpResponse:
        units = [unit] if unit.kind == "district" else [unit.parent, unit]
        crumbs = [
            (_("Rules of %(unit)s") % {"unit": one.name}, reverse("admin:grids_policy_unit", args=[one.code]))
            for one in units
        ]
        if name == "units":
            crumbs.pop()
        elif name == "edit":
            kind = more["kind"]
            crumbs.append((kind.label, reverse("admin:grids_policy_kind", args=[unit.code, kind.key])))
        context = self.admin_site.each_context(request) | {
            "title": title,
            "unit": unit,
            "crumbs": crumbs,
            "opts": self.opts,
            **more,
        }
        return TemplateResponse(request, f"admin/grids/policies/{name}.html", context, status=status)


def _history_of(policy: Policy) -> str:
    """The address of the page of its kind."""
    return reverse("admin:grids_policy_kind", args=[policy.unit.code, policy.key])


def _versions(kind: PolicyKind, unit: Unit, called: Words, now: datetime, below: Value) -> list[Version]:
    """Newest first, each with what it changed against the one before it that was not withdrawn; where nothing was
    set, against what holds without it."""
    found: list[Version] = []
    before: Value = below
    rows = list(Policy.objects.history(unit, kind.key).select_related("set_by", "withdrawn_by"))
    begun = [row for row in rows if row.withdrawn_at is None and row.effective_from <= now]
    for row in reversed(rows):
        after = kind.over(row.value, below)
        state = "past"
        if row.withdrawn_at:
            state = "withdrawn"
        elif row.effective_from > now:
            state = "to_come"
        elif row == begun[0]:
            state = "now"
        found.append(Version(row, state, called.told(before, after)))
        if not row.withdrawn_at:
            before = after
    return found[::-1]


words.call_subject(
    "policy",
    pgettext_lazy("of a district", "Rule"),
    {"set": _("Rule set"), "withdraw": _("Rule withdrawn before it held")},
)
