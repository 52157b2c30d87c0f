"""Rules of the district: what is in force, since when, by whom and why; every version; and the form to change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from grids.models import Policy, Unit
from grids.policies import KINDS, SPAN_UNITS, Column, Difference, PolicyKind, differences
from grids.standing import standing_of
from trail import words
from trail.admin import ActionAdmin
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
class Version:
    """One version as the history shows it: `now` is in force, `to_come`, `withdrawn` or `past`."""

    policy: Policy
    state: str
    told: list[Told]


def cell_words(column: Column, cell: Any) -> str:
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
        return ", ".join(cell)
    return str(dict(column.choices).get(cell, cell))


def told(kind: PolicyKind, found: Sequence[Difference], labels: Mapping[str, Any]) -> list[Told]:
    """Differences in words; of a column that is no more, nothing."""
    columns = {column.key: column for column in kind.columns}
    return [
        Told(
            labels.get(one.row, one.row),
            columns[one.column].label,
            cell_words(columns[one.column], one.before),
            cell_words(columns[one.column], one.after),
        )
        for one in found
        if one.column in columns
    ]


def labels_of(kind: PolicyKind, unit: Unit) -> dict[str, Any]:
    """Row → what it is called."""
    return dict(kind.rows or (kind.rows_of(unit) if kind.rows_of else ()))


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
        if not object_id.isdigit() or len(object_id) > 18:
            raise Http404
        seen = Policy.objects.visible_to(request.user, timezone.now()).select_related("unit")
        policy = get_object_or_404(seen, pk=int(object_id))
        return redirect("admin:grids_policy_kind", policy.unit.code, policy.key)

    def unit_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """All kinds of this unit with what is in force."""
        unit, now = self._unit(request, code), timezone.now()
        held = {row.key: row for row in Policy.objects.in_force(unit, now).select_related("set_by")}
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
        return self._page(request, unit, "units", title=unit.name, rows=rows, streets=streets)

    def kind_view(self, request: HttpRequest, code: str, key: str) -> HttpResponse:
        """What is in force, and every version."""
        unit, now = self._unit(request, code), timezone.now()
        kind = self._kind(unit, key)
        labels = labels_of(kind, unit)
        versions = _versions(kind, unit, labels, now)
        held = next((one.policy for one in versions if one.state == "now"), None)
        value = kind.default if held is None else kind.over(held.value)
        table = [
            (labels.get(row, row), [cell_words(one, cells.get(one.key)) for one in kind.columns])
            for row, cells in value.items()
        ]
        return self._page(
            request,
            unit,
            "kind",
            title=kind.label,
            kind=kind,
            held=held,
            table=table,
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
        if form.is_bound and form.is_valid():
            if "save" in request.POST and form.save(request.user):
                messages.success(request, _("Set: %(rule)s.") % {"rule": kind.label})
                return redirect("admin:grids_policy_kind", unit.code, kind.key)
            shown |= self._preview(request, form, now)
        status = 422 if form.is_bound and form.errors else 200
        return self._page(request, unit, "edit", title=kind.label, status=status, **shown)

    def _preview(self, request: HttpRequest, form: PolicyForm, now: datetime) -> dict[str, Any]:
        kind, unit = form.kind, form.unit
        changes = told(kind, form.changes(), form.labels)
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
            withdraw_policy(policy, by=request.user, now=now)
            messages.success(request, _("Withdrawn: %(rule)s.") % {"rule": policy.label})
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("admin:grids_policy_kind", policy.unit.code, policy.key)

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
        crumbs = [
            (
                _("Rules of %(unit)s") % {"unit": unit.name},
                reverse("admin:grids_policy_unit", args=[unit.code]),
            )
        ]
        if unit.kind == "street":
            above = unit.parent
            crumbs.insert(
                0,
                (
                    _("Rules of %(unit)s") % {"unit": above.name},
                    reverse("admin:grids_policy_unit", args=[above.code]),
                ),
            )
        context = self.admin_site.each_context(request) | {
            "title": title,
            "unit": unit,
            "crumbs": crumbs if name != "units" else crumbs[:-1],
            "opts": self.opts,
            **more,
        }
        return TemplateResponse(request, f"admin/grids/policies/{name}.html", context, status=status)


def _versions(kind: PolicyKind, unit: Unit, labels: Mapping[str, Any], now: datetime) -> list[Version]:
    """Newest first, each with what it changed against the one before it that was not withdrawn."""
    found: list[Version] = []
    before: Mapping[str, Any] = kind.default
    rows = list(Policy.objects.history(unit, kind.key).select_related("set_by", "withdrawn_by"))
    begun = [row for row in rows if row.withdrawn_at is None and row.effective_from <= now]
    for row in reversed(rows):
        after = kind.over(row.value)
        state = "past"
        if row.withdrawn_at:
            state = "withdrawn"
        elif row.effective_from > now:
            state = "to_come"
        elif row == begun[0]:
            state = "now"
        found.append(Version(row, state, told(kind, differences(before, after), labels)))
        if not row.withdrawn_at:
            before = after
    return found[::-1]


words.call_subject(
    "policy",
    pgettext_lazy("of a district", "Rule"),
    {"set": _("Rule set"), "withdraw": _("Rule withdrawn before it held")},
)
