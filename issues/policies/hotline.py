"""What the columns of the city's hotline are called, a row per meaning, and which of our categories its classifications
mean, a row for each."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.policies import Column, Errors, PolicyKind, Value
from issues.hotline.columns import ANSWERING, MEANINGS, PLACES, REQUIRED, USUAL, Columns, bare
from issues.hotline.topics import bare_path

LABELS = {
    "number": _("Number of the order"),
    "type": _("Type (request, complaint, …)"),
    "category": _("Classification (A->B->C)"),
    "tags": _("Tags"),
    "title": pgettext_lazy("hotline", "Title"),
    "content": _("What is the matter"),
    "caller": _("Caller's name"),
    "phone": _("Caller's telephone"),
    "secret": _("Confidential (yes or no)"),
    "district": pgettext_lazy("hotline", "District"),
    "street": pgettext_lazy("hotline", "Street or town"),
    "community": pgettext_lazy("hotline", "Community or village"),
    "spot": _("Where exactly"),
    "way": _("How the hotline handles it"),
    "nature": _("Our part (lead, supporting, passed on)"),
    "dispatched": _("Dispatched at"),
    "deadline": _("Deadline of the hotline"),
    "related": _("Related order"),
    "closed": _("Result: ended at"),
    "outcome": _("Result: outcome"),
    "answer": _("Result: reply"),
    "solved": _("Result: is it solved"),
    "satisfied": _("Result: is the caller satisfied"),
}
HEADING = "heading"


def _headings_fit(value: Value) -> Errors:
    """What is needed is there, and every heading means one thing alone."""
    needed = {
        **dict.fromkeys(REQUIRED, _("Without this column no order can come in.")),
        **dict.fromkeys(ANSWERING, _("Without this column no result can go back.")),
    }
    wrong: Errors = {f"{meaning}.{HEADING}": why for meaning, why in needed.items() if meaning not in value}
    if not any(meaning in value for meaning in PLACES):
        wrong[f"{PLACES[0]}.{HEADING}"] = _("One of district, street and community must have a column.")
    return wrong | _doubled(value)


def _doubled(value: Value) -> Errors:
    """Headings that another column has already, or that say nothing once they are compared."""
    wrong: Errors = {}
    first: dict[str, str] = {}
    for meaning, cells in value.items():
        heading = bare(cells[HEADING])
        if not heading:
            wrong[f"{meaning}.{HEADING}"] = _("Brackets, stars and spaces alone are no heading.")
        elif first.setdefault(heading, meaning) != meaning:
            other = {"other": LABELS[first[heading]]}
            wrong[f"{meaning}.{HEADING}"] = _("This heading belongs to “%(other)s” already.") % other
    return wrong


COLUMNS = PolicyKind(
    "hotline_columns",
    _("Columns of the 12345 hotline"),
    _(
        "What the files of your hotline call each column, when orders come in and when results go back. Leave "
        "empty what your hotline does not have; columns of theirs that are not named here are passed over."
    ),
    (Column(HEADING, _("Heading in the file"), "line", most=60),),
    {meaning: {HEADING: heading} for meaning, heading in USUAL.items()},
    rows=tuple(LABELS.items()),
    row_label=_("What it means"),
    whole=True,
    rule=_headings_fit,
    unreplayed=_(
        "Files that came in are not kept; what the new headings read shows in the preview of the next file, before "
        "anything goes in."
    ),
)


def columns_from(value: Value) -> Columns:
    """As sheets are read and written by."""
    return Columns({meaning: value[meaning][HEADING] for meaning in MEANINGS if meaning in value})


def _paths_fit(value: Value) -> Errors:
    """Every classification says something, and means one category alone."""
    wrong: Errors = {}
    first: dict[str, str] = {}
    for row, cells in value.items():
        path = bare_path(cells["name"])
        if not path:
            wrong[f"{row}.name"] = _("Arrows and spaces alone are no classification.")
        elif first.setdefault(path, row) != row:
            wrong[f"{row}.name"] = _("This classification stands here twice.")
    return wrong


TOPICS = PolicyKind(
    "hotline_topics",
    _("Classifications of the 12345 hotline"),
    _(
        "Which category an order is given when it comes in, by the classification that the hotline writes. Name the "
        "whole of it (A->B->C) or a piece (B->C, or C alone): the longest that fits an order counts. What stands here goes "
        "before our own table of usual words; what neither knows is screened by the community. It holds for orders that "
        "come in from then on."
    ),
    (
        Column("name", _("Classification of the hotline, or a piece of it"), "line", most=120),
        Column("category", _("Category"), "choice"),
    ),
    {},
    row_label=_("Classification of the hotline"),
    whole=True,
    rule=_paths_fit,
)


def topics_from(value: Value) -> dict[str, str]:
    """Classification as it is compared → key of the category."""
    return {bare_path(cells["name"]): cells["category"] for cells in value.values()}


KINDS = (COLUMNS, TOPICS)
