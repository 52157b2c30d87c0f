"""Units: the districts as a list, then level by level, never the whole tree on one page."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from grids.actions.authority import allows
from grids.admin.boundaries import BoundaryPages
from grids.admin.doors import DoorPages, may_print
from grids.admin.exports import ExportAdmin
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, link_to, page_of, with_code
from grids.forms.boundaries import GiveBackBoundary
from grids.forms.posts import Appoint
from grids.forms.units import FORMS, AddUnit
from grids.holding import holding_of
from grids.models import Body, BuildingToken, DutyShift, Post, Unit
from grids.plots import hectares
from grids.powers import KIND as POWER_KIND
from grids.powers import POWERS, held
from grids.staffing import staffing_facts
from trail.changelist import PagedList

PER_PAGE = 50
SHIFTS_SHOWN = 20


class TopFirst(PagedList):
    """Without a search or filter the list begins at the top; every row leads one level down."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        found = super().get_queryset(request, exclude_parameters)
        return found if self.query or self.has_active_filters else found.filter(parent=None)


@admin.register(Unit)
class UnitAdmin(BoundaryPages, DoorPages, ExportAdmin, AddingAdmin):
    sheet_kind = "units"
    export_joins = ("parent",)
    view_with = ("read_below", "report_in", "manage_posts")
    write_with = ("manage_units",)
    add_label = _("New district")
    add_form = AddUnit
    forms_offered = (*FORMS, GiveBackBoundary, Appoint)
    select_for_page = ("parent", "merged_into", "calendar")
    list_display = ("name", "code", "show_label", "households", "show_below", "show_people")
    list_filter = ("kind", "line")
    search_fields = ("name", "=code")
    search_help_text = _("Name or code")

    def get_urls(self) -> list[Any]:
        def staff(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("boundaries/", staff(self.boundaries_view), name="grids_unit_boundaries"),
            path("boundaries/save/", staff(self.save_boundaries_view), name="grids_unit_save_boundaries"),
            path("<path:object_id>/qr/", staff(self.qr_view), name="grids_unit_qr"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).labelled().counted(timezone.now()).order_by("code")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[PagedList]:
        return TopFirst

    def export_rows(self, request: HttpRequest) -> Any:
        """Without a filter all that one sees, not the top alone; what is closed is no row of a sheet."""
        found = PagedList.get_queryset(self.get_changelist_instance(request), request)
        return found.open().defer("boundary", "parent__boundary").order_by("level", "code")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A new district is made by who sets up; everything below from its parent's page."""
        return bool(request.user.is_active and request.user.is_superuser)

    @admin.display(description=_("level"))
    def show_label(self, unit: Unit) -> str:
        return unit.label()

    @admin.display(description=_("units below"))
    def show_below(self, unit: Any) -> int:
        return unit.units_below

    @admin.display(description=_("people"))
    def show_people(self, unit: Any) -> int:
        return unit.people

    def subject_page(self, request: HttpRequest, subject: Unit, now: datetime) -> SubjectPage:
        tables = [
            self._below(request, subject, now),
            posts_table(request, subject, now),
            roster_table(request, subject, now),
        ]
        if subject.kind in {"district", "street"}:
            tables.append(self._bodies(request, subject, now))
        if may_print(request.user, subject, now):
            tables.append(_sheets(subject))
        if subject.kind == "building":
            tables.append(_tokens(subject))
        elif subject.is_open and allows(request.user, "manage_units", subject, now):
            tables.append(_boundary(subject))
        return SubjectPage(
            title=subject.name,
            facts=[
                *_facts(subject),
                *(staffing_facts(subject, now) if subject.is_open else []),
                *(_powers(subject, now) if subject.kind == "district" else []),
            ],
            tables=[table for table in tables if table],
            crumbs=[
                Cell(_("Units"), self.url("changelist")),
                *map(link_to, Unit.objects.ancestors_of(subject)),
            ],
            pill="" if subject.is_open else pgettext("unit or body", "closed"),
        )

    def _below(self, request: HttpRequest, unit: Unit, now: datetime) -> Table | None:
        if unit.kind == "building":
            return None
        seen = Unit.objects.visible_to(request.user, now).open().children_of(unit)
        page = Paginator(seen.labelled().counted(now), PER_PAGE).get_page(request.GET.get("p"))
        vacant = set(
            Unit.objects.filter(pk__in=[child.pk for child in page])
            .vacancies(now)
            .values_list("pk", flat=True)
        )
        rows = [_row(child, child.pk in vacant) for child in page]
        columns = [_("name"), _("code"), _("level"), _("households"), _("units below"), _("people")]
        return Table(_("Units below"), columns, rows, _("No units below yet."), page)

    def _bodies(self, request: HttpRequest, unit: Unit, now: datetime) -> Table:
        bodies = Body.objects.visible_to(request.user, now).open().filter(unit=unit).order_by("kind", "code")
        rows = [[link_to(body), Cell(body.code), Cell(body.get_kind_display())] for body in bodies]
        return Table(_("Bodies"), [_("name"), _("code"), _("kind")], rows, _("No bodies yet."))


def _row(unit: Any, vacant: bool) -> list[Cell]:
    people = (
        Cell(_("%(count)d, no full-time worker") % {"count": unit.people}, late=True)
        if vacant
        else Cell(unit.people)
    )
    households = "—" if unit.households is None else unit.households
    return [
        link_to(unit),
        Cell(unit.code),
        Cell(unit.label()),
        Cell(households),
        Cell(unit.units_below),
        people,
    ]


def _facts(unit: Unit) -> list[tuple[Any, Any]]:
    merged = unit.merged_into
    facts = [
        (_("Code"), unit.code),
        (_("Level"), f"{unit.label()} · {unit.party_label()}"),
        (_("Line"), unit.get_line_display()),
        (_("Grid kind"), unit.get_grid_kind_display()),
        (_("Households"), unit.households),
        (_("Service telephone"), unit.phone),
        (_("City"), unit.city),
        (_("Official name"), unit.official_name if unit.official_name != unit.name else ""),
        (_("Working calendar"), unit.calendar),
        (_("Former codes"), _(", ").join(unit.aliases.values_list("code", flat=True))),
        (_("Merged into"), with_code(merged, merged.code) if merged else ""),
        (
            _("Position"),
            f"{unit.lon:.5f}, {unit.lat:.5f}" if unit.lon is not None and unit.lat is not None else "",
        ),
    ]
    return [(label, value) for label, value in facts if value not in (None, "")]


def _powers(district: Unit, now: datetime) -> list[tuple[Any, Any]]:
    powers = held(holding_of(POWER_KIND, district, now).value)
    names = [str(row.label) for row in POWERS.values() if row.key in powers]
    return [(_("Powers of streets"), _(", ").join(names))]


def _boundary(unit: Unit) -> Table:
    """How large it is, and the way to the page for another one."""
    size = _("%(hectares).2f hectares") % {"hectares": hectares(unit.boundary)} if unit.boundary else "—"
    upload = Cell(_("Upload a boundary"), f"{reverse('admin:grids_unit_boundaries')}?code={unit.code}")
    return Table(_("Boundary"), [_("size"), _("replace")], [[Cell(size), upload]], "")


def _sheets(unit: Unit) -> Table:
    """The way to the codes of its buildings, as they are printed."""
    sheets = Cell(_("Print QR sheets"), reverse("admin:grids_unit_qr", args=[unit.pk]))
    return Table(_("QR codes for doors"), [_("sheets of twelve")], [[sheets]], "")


def _tokens(unit: Unit) -> Table:
    tokens = BuildingToken.objects.filter(unit=unit).order_by("-pk")
    rows = [
        [Cell(str(token)), Cell(token.created_at), Cell(token.revoked_at or "—", late=bool(token.revoked_at))]
        for token in tokens
    ]
    return Table(_("QR codes"), [_("token"), _("issued"), _("revoked")], rows, _("No QR code yet."))


def posts_table(request: HttpRequest, place: Unit | Body, now: datetime) -> Table:
    """Who stands here now or will, and who is on leave."""
    posts: Any = Post.objects.visible_to(request.user, now).at_place(place).unended(now).with_absence(now)
    rows = [
        [
            Cell(post.get_role_display(), page_of(post)),
            Cell(with_code(post.user, post.user.username)),
            Cell(f"{post.deputy or '—'}"),
            Cell(_("on leave") if post.away else _("from %(day)s") % {"day": post.starts_on}, late=post.away),
        ]
        for post in posts.select_related("user", "deputy", "unit", "body").order_by("role", "pk")
    ]
    columns = [_("role"), _("person"), _("deputy"), _("state")]
    return Table(_("Posts"), columns, rows, _("Nobody stands here: it is covered from above."))


def roster_table(request: HttpRequest, place: Unit | Body, now: datetime) -> Table | None:
    """Who is on duty here now and next; None for a building, where nobody is."""
    if isinstance(place, Unit) and place.kind == "building":
        return None
    posts = Post.objects.visible_to(request.user, now).at_place(place).unended(now)
    ahead = DutyShift.objects.filter(ends_at__gt=now, post__in=posts.order_by().values("pk"))
    shifts = ahead.order_by("starts_at", "rank", "pk")
    rows = [
        [
            Cell(with_code(shift.post.user, shift.post.user.username), page_of(shift.post)),
            Cell(shift.starts_at),
            Cell(shift.ends_at),
            Cell(shift.rank),
        ]
        for shift in shifts.select_related("post__user")[:SHIFTS_SHOWN]
    ]
    columns = [_("person"), _("from"), _("until"), _("rank")]
    return Table(
        _("Duty roster"), columns, rows, _("Nobody is on the roster: all who stand here are called.")
    )
