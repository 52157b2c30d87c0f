"""What a district may set per category, and what a grid worker may be asked to do."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from grids.policies import Column, Errors, PolicyKind, Value
from issues.kinds import CHECKS
from issues.policies.times import ALL

ADMITTED, BANNED, TEMPORARY = "admitted", "banned", "temporary"
DUTY_STATES = (
    (ADMITTED, _("admitted")),
    (BANNED, _("banned")),
    (TEMPORARY, _("allowed until a date")),
)
NOBODY, BODY = "screened", "body"
RESPONSIBLE = (
    ("grid", _("the grid")),
    ("community", _("the community")),
    ("street", _("the street")),
    ("district", _("the district")),
    (BODY, _("the body named beside it")),
    (NOBODY, _("nobody: the community screens it")),
)
YES_NO = (("yes", _("yes")), ("no", _("no")))
PHOTO = (("none", _("not asked")), ("wanted", _("wanted")), ("required", _("required")))
# Water, power, gas and heat are put right within a day, day and night.
_UTILITIES = ("supply_heat", "supply_water", "supply_power", "supply_gas")
DUTY_LIST_FILE = Path(__file__).parent.parent / "data" / "duty_list.csv"


def _bodies_named(value: Value) -> Errors:
    """A body stands beside those categories that go to one, and only there."""
    wrong: Errors = {}
    for row, cells in value.items():
        named = bool(cells.get("body"))
        if (cells.get("responsible") == BODY) != named:
            wrong[f"{row}.body"] = _("Name a body here if, and only if, a body is responsible.")
    return wrong


CATEGORIES = PolicyKind(
    "categories",
    _("Categories: who gets them, and what is asked"),
    _(
        "The table shows what holds, and where it comes from. What is left empty, or as it stands, goes on as the "
        "category itself says; for a street, as its district says."
    ),
    (
        Column("responsible", _("Goes by rule to"), "choice", RESPONSIBLE, required=False),
        Column("body", _("Code of the body"), "line", most=40, required=False, beside="responsible"),
        Column("answer", _("Screen or sign within"), "span", required=False),
        Column("submit", _("Result within"), "span", required=False),
        Column("photo", _("Photo with the report"), "choice", PHOTO, required=False),
        Column("check", _("Check on the spot"), "choice", YES_NO, required=False),
        Column("active", _("In use"), "choice", YES_NO, required=False),
    ),
    {key: {"submit": [24, "hours"]} for key in _UTILITIES},
    row_label=_("Category"),
    at=frozenset({"district", "street"}),
    rule=_bodies_named,
)


@cache
def sample_duty_list() -> dict[str, dict[str, Any]]:
    """Our own sample: 13 categories, 42 items as S4:9 counts them; the sources do not name the items."""
    with DUTY_LIST_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lists = {row["key"]: row | {"categories": sorted(row["categories"].split())} for row in rows}
    return {
        key: {name: cell for name, cell in row.items() if name != "key" and cell}
        for key, row in lists.items()
    }


def _dates_given(value: Value) -> Errors:
    """What is allowed for a time says until when; a category belongs to one item."""
    wrong: Errors = {}
    taken: dict[str, str] = {}
    for row, cells in value.items():
        if (cells.get("state") == TEMPORARY) != bool(cells.get("until")):
            wrong[f"{row}.until"] = _("Give a date if, and only if, it is allowed until a date.")
        for category in cells.get("categories", ()):
            if taken.setdefault(category, row) != row:
                wrong[f"{row}.categories"] = _("%(key)s belongs to another item already.") % {"key": category}
    return wrong


DUTY_LIST = PolicyKind(
    "duty_list",
    _("Duty list of grid workers"),
    _(
        "What a grid worker may be given. From the day on that a district has set its list, a matter whose "
        "category is banned there or stands under no item is not given to a grid. An empty list refuses nothing."
    ),
    (
        Column("group", _("Group"), "line", most=40),
        Column("group_en", _("Group in English"), "line", most=60, required=False),
        Column("name", _("Item"), "line", most=80),
        Column("name_en", _("Item in English"), "line", most=120, required=False),
        Column("state", _("State"), "choice", DUTY_STATES),
        Column("until", _("Until"), "date", required=False),
        Column("categories", _("Categories"), "keys", required=False),
    ),
    sample_duty_list(),
    row_label=_("Item"),
    whole=True,
    rule=_dates_given,
)
# What of a matter asks for a check, besides its category and the sample.
_REASONS = ("danger", "hazard", "disputed", "suspended")
CHECKED = PolicyKind(
    "checks",
    _("Checks on the spot"),
    _(
        "Which results somebody else looks at on the spot before the matter is closed. A category asks for it "
        "among the categories; how many are drawn as a sample stands in the next table."
    ),
    (Column("asked", _("Checked on the spot"), "flag"),),
    {reason: {"asked": True} for reason in _REASONS},
    rows=tuple((word.key, word.label) for word in CHECKS if word.key in _REASONS),
    row_label=_("Because"),
)
SAMPLING = PolicyKind(
    "sampling",
    _("Checks by sample"),
    _("The part of the results that is checked on the spot although nothing else asks for it; 0 for none."),
    (Column("percent", _("Percent of the results"), "percent", least=0, most=100),),
    {ALL: {"percent": 5}},
    rows=((ALL, _("All results")),),
)
KINDS = (CATEGORIES, DUTY_LIST, CHECKED, SAMPLING)
