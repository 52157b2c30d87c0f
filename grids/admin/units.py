"""Units: the districts as a list, then level by level, never the whole tree on one page."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from grids.admin.pages import Cell, SubjectAdmin, SubjectPage, Table, link_to, page_of, with_code
from grids.forms.posts import Appoint
from grids.forms.units import FORMS, AddUnit
from grids.models import Body, BuildingToken, DistrictPower, Post, Unit
from grids.powers import POWERS

PER_PAGE = 50


class TopFirst(ChangeList):
    """Without a search or filter the list begins at the top; every row leads one level down."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        found = super().get_queryset(request, exclude_parameters)
        return found if self.query or self.has_active_filters else found.filter(parent=None)


@admin.register(Unit)
class UnitAdmin(SubjectAdmin):
    view_with = ("read_below", "report_in", "manage_posts")
    write_with = ("manage_units",)
    forms_offered = (*FORMS, Appoint)
    select_for_page = ("parent", "merged_into", "calendar")
    list_display = ("name", "code", "show_label", "households", "show_below", "show_people")
    list_filter = ("kind", "line")
    search_fields = ("name", "=code")
    search_help_text = _("Name or code")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).labelled().counted(timezone.now()).order_by("code")

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return TopFirst

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

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new district."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = AddUnit(None, request.user, timezone.now(), data)
        done = self.answer(request, form) if data is not None else None
        step = {"form": form, "open": True, "url": reverse("admin:grids_unit_add")}
        context = self.admin_site.each_context(request) | {
            "title": _("New district"),
            "page": SubjectPage("", []),
            "steps": [step],
            "opts": self.opts,
        }
        return done or TemplateResponse(
            request, "admin/grids/page.html", context, status=200 if data is None else 422
        )

    def subject_page(self, request: HttpRequest, subject: Unit, now: datetime) -> SubjectPage:
        tables = [self._below(request, subject, now), posts_table(request, subject, now)]
        if subject.kind in {"district", "street"}:
            tables.append(self._bodies(request, subject, now))
        if subject.kind == "building":
            tables.append(_tokens(subject))
        return SubjectPage(
            title=subject.name,
            facts=[*_facts(subject), *(_powers(subject) if subject.kind == "district" else [])],
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


def _powers(district: Unit) -> list[tuple[Any, Any]]:
    held = DistrictPower.objects.held_in(district.pk)
    names = [str(row.label) for row in POWERS.values() if row.key in held]
    return [(_("Powers of streets"), _(", ").join(names))]


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
