"""Rows of a list of categories: checking, and saying of each bad one what is wrong with it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from calendars.rows import BadRow
from issues.kinds import KINDS
from issues.limits import BY_LEVEL
from issues.questions import check_questions

TEXTS = {"name": 60, "name_en": 80, "hint": 200, "hint_en": 200}
FLAGS = ("is_danger", "for_residents")
COLUMNS = ("key", "parent", *TEXTS, "kind", "handled_at", *FLAGS)
# A file may leave these columns out: then nothing is asked, and none is meant for complaints about somebody.
ABOUT = "about_somebody"
QUESTIONS = "questions"
_KEY = re.compile(r"[a-z0-9_]{1,40}")
_KINDS = {word.key for word in KINDS}


@dataclass(frozen=True)
class NewCategory:
    """One category as a file describes it; `parent` is a key of the same file, "" for a group."""

    key: str
    parent: str
    name: str
    name_en: str
    hint: str
    hint_en: str
    kind: str
    handled_at: str
    is_danger: bool
    for_residents: bool
    about_somebody: bool = False
    questions: list[dict[str, Any]] = field(default_factory=list)


def check_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[list[NewCategory], list[BadRow]]:
    """Sort rows into categories and bad rows, each row in exactly one of the two.

    A row maps the COLUMNS, ABOUT, and QUESTIONS as JSON; flags are yes or empty; `line` where it is known, else
    rows are counted from 2.
    """
    good: dict[str, NewCategory] = {}
    bad: list[BadRow] = []
    numbered = [(row.get("line", count), row) for count, row in enumerate(rows, start=2)]
    groups = {_cell(row, "key") for _line, row in numbered if not _cell(row, "parent")}
    for line, row in numbered:
        cells = {name: _cell(row, name) for name in (*COLUMNS, ABOUT)}
        questions = _questions(row)
        wrong = _problem(cells, groups, good) or _unfit(questions) or _overfull(row)
        if wrong:
            bad.append(BadRow(line, *wrong))
        else:
            flags = {name: cells[name] == "yes" for name in (*FLAGS, ABOUT)}
            good[cells["key"]] = NewCategory(**(cells | flags), questions=questions)  # type: ignore[arg-type]
    return list(good.values()), bad


def _questions(row: Mapping[str, Any]) -> Any:
    """What the JSON of the column says; a text that is none comes back as it is."""
    text = _cell(row, QUESTIONS)
    try:
        return json.loads(text) if text else []
    except ValueError:
        return text


def _unfit(questions: Any) -> tuple[str, Any] | None:
    reason = check_questions(questions)
    return (json.dumps(questions, ensure_ascii=False)[:60], reason) if reason else None


def _cell(row: Mapping[str, Any], name: str) -> str:
    return (row.get(name) or "").strip()


def _overfull(row: Mapping[Any, Any]) -> tuple[str, Any] | None:
    return (f"{row[None]}", _("More cells than columns.")) if None in row else None


def _problem(cells: Mapping[str, str], groups: set[str], known: Mapping[str, Any]) -> tuple[str, Any] | None:
    """(value, reason) of the first thing that is wrong."""
    key = cells["key"]
    if not _KEY.fullmatch(key):
        return key, _("A key has 1 to 40 small letters, digits and _.")
    if key in known:
        return key, _("This key is given twice.")
    if cells["parent"] and cells["parent"] not in groups:
        return cells["parent"], _("It is part of a group that is not in the file.")
    if not (cells["name"] and cells["name_en"]):
        return key, _("It needs a name in both languages.")
    for name, longest in TEXTS.items():
        if len(cells[name]) > longest:
            return cells[name], _("This text is too long.")
    if cells["kind"] not in _KINDS:
        return cells["kind"], _("There is no such kind of issue.")
    if cells["handled_at"] and cells["handled_at"] not in BY_LEVEL:
        return cells["handled_at"], _("No such level handles issues.")
    flags = (cells[name] for name in (*FLAGS, ABOUT))
    strange = next((flag for flag in flags if flag not in {"", "yes"}), None)
    return (strange, _("A flag is yes or empty.")) if strange is not None else None
