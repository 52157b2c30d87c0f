"""What a sheet of units, bodies or posts has for columns, and what an export writes into them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from grids.actions.sheet_rows import write_body, write_post, write_rows, write_units
from grids.body_kinds import body_kind_choices
from grids.models import Unit
from grids.roles import role_choices
from grids.sheet_kinds import Column, SheetKind, shown_words
from grids.source_kinds import SOURCE_KINDS
from grids.tables import MOST_ROWS
from grids.workbook import Cell

# The words that a template offers for a unit's kind, each once, and which of them an export writes.
UNIT_WORDS = ("区", "街道", "镇", "乡", "社区", "村", "基础网格", "专属网格", "楼栋")


def unit_words() -> Sequence[str]:
    """Of every kind the word that is used most."""
    return UNIT_WORDS


def _word_of(unit: Unit) -> str:
    """One that reads back as the same kind of unit."""
    label = unit.label_override
    if label in SOURCE_KINDS and SOURCE_KINDS[label].level == unit.kind:
        return label
    fitting = [
        word
        for word in UNIT_WORDS
        for kind in [SOURCE_KINDS[word]]
        if kind.level == unit.kind and kind.line in (None, unit.line) and kind.grid_kind == unit.grid_kind
    ]
    return fitting[0] if fitting else UNIT_WORDS[0]


def show_unit(unit: Any) -> Sequence[Cell]:
    """Its row; needs `parent`."""
    name = unit.official_name or unit.name
    parent = unit.parent.code if unit.parent else ""
    return [unit.code, _word_of(unit), name, parent, unit.households, unit.lon, unit.lat, unit.phone]


def show_body(body: Any) -> Sequence[Cell]:
    """Its row; needs `unit`."""
    approves = "是" if body.approves_replies else "否"
    return [body.code, body.name, body.get_kind_display(), body.unit.code, body.phone, approves]


def show_post(post: Any) -> Sequence[Cell]:
    """Its row; needs `user`, `deputy`, `unit` and `body`."""
    deputy = post.deputy.username if post.deputy else ""
    role, place = post.get_role_display(), post.place.code
    return [post.user.username, role, place, post.starts_on, post.ends_on, deputy]


UNITS = SheetKind(
    key="units",
    label=_("Units, grids and buildings"),
    capability="manage_units",
    columns=(
        Column(
            "code", ("编码", "代码", "区划代码"), "220103001001001", _("As text: all its digits count."), True
        ),
        Column("kind", ("类型", "类别", "层级"), "基础网格", _("What it is in the tree."), True, unit_words),
        Column("name", ("名称",), "第一网格", _("As the official list has it."), True),
        Column(
            "parent_code",
            ("上级编码", "上级代码", "所属网格"),
            "220103001001",
            _("Of the unit right above; left empty, the code says it. A building needs its grid's."),
        ),
        Column("households", ("户数",), "320", _("A whole number; empty leaves it as it is.")),
        Column("lon", ("经度",), "125.32", _("Degrees, WGS-84.")),
        Column("lat", ("纬度",), "43.91", _("Degrees, WGS-84.")),
        Column(
            "phone",
            ("公开电话",),
            "0431 0000 0001",
            _("Public, of a grid or above; empty leaves it as it is."),
        ),
    ),
    perform=write_units,
    show=show_unit,
    most_rows=MOST_ROWS,
    whole=True,
)
BODIES = SheetKind(
    key="bodies",
    label=_("Bodies"),
    capability="manage_units",
    columns=(
        Column(
            "code",
            ("编码", "代码"),
            "220103-cgj",
            _("2 to 40 letters, digits, - and _; it is never changed."),
            True,
        ),
        Column("name", ("名称",), "区城管局", _("At most 100 characters."), True),
        Column(
            "kind",
            ("类别", "类型"),
            "职能部门",
            _("A department belongs to the district."),
            True,
            lambda: shown_words(body_kind_choices()),
        ),
        Column(
            "unit",
            ("所属辖区编码", "所属编码"),
            "220103",
            _("Code of the district or street it belongs to."),
            True,
        ),
        Column("phone", ("办公电话", "电话"), "0431-00000000", _("Public; empty takes it away.")),
        Column(
            "approves",
            ("答复需负责人同意",),
            "否",
            _("Whether its head approves replies."),
            False,
            lambda: ("是", "否"),
        ),
    ),
    perform=write_rows(
        "bodies",
        write_body,
        {"code": "code", "name": "name", "level": "unit", "closed": "unit", "not_allowed": "unit"},
        ("code",),
    ),
    show=show_body,
    together="code",
)
POSTS = SheetKind(
    key="posts",
    label=_("Posts"),
    capability="manage_posts",
    columns=(
        Column("person", ("登录名", "账号"), "zhang.san", _("Sign-in name of an open account."), True),
        Column(
            "role",
            ("岗位", "角色"),
            "专职网格员",
            _("What the person is there."),
            True,
            lambda: shown_words(role_choices()),
        ),
        Column(
            "place",
            ("辖区或单位编码", "所在编码"),
            "220103001001001",
            _("Code of the unit or body where it is held."),
            True,
        ),
        Column(
            "starts_on",
            ("起始日期", "从"),
            "2026-03-01",
            _("Today where empty; of a post that is held already it says nothing."),
        ),
        Column("ends_on", ("结束日期", "至"), "", _("The first day without the post.")),
        Column("deputy", ("代理人登录名", "B角登录名"), "", _("Who stands in; empty leaves it as it is.")),
    ),
    perform=write_rows(
        "posts",
        write_post,
        {
            "deputy": "deputy",
            "dates": "ends_on",
            "twice": "starts_on",
            "inactive": "person",
            "role": "role",
            "taken": "place",
            "closed": "place",
            "not_allowed": "place",
            "last": "ends_on",
        },
        ("person", "role", "place"),
    ),
    show=show_post,
    together="place",
)
