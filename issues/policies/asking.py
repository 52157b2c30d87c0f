"""What a district asks besides, category by category, and the categories that it adds."""

import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.policies import Column, Errors, PolicyKind, Value
from issues.kinds import KINDS as KINDS_OF_ISSUE
from issues.policies.matters import BODY, RESPONSIBLE, YES_NO
from issues.questions import (
    BOOL,
    CHOICE,
    DATE,
    LINE,
    LONGEST_LABEL,
    NUMBER,
    OF_CHOICES,
    SEVERAL,
    TEXT,
    Choice,
    Question,
    check_questions,
)

TYPES = (
    (LINE, _("a line of text")),
    (TEXT, _("several lines of text")),
    (NUMBER, _("a number")),
    (DATE, pgettext_lazy("answer", "a day")),
    (CHOICE, _("one of these answers")),
    (SEVERAL, _("several of these answers")),
    (BOOL, _("yes or no")),
)
LAST = 99
YES_OR_NO = {"yes": True, "是": True, "no": False, "否": False}


def _answers_fit(value: Value) -> Errors:
    """What stands under a category can be asked of somebody."""
    wrong: Errors = {}
    for rows in _by_category(value).values():
        if reason := check_questions([kept_form(key, cells) for key, cells in rows]):
            wrong[f"{rows[-1][0]}.name"] = reason
        for key, cells in rows:
            if reason := check_questions([kept_form(key, cells)]):
                wrong[f"{key}.{_where(key, cells)}"] = reason
    return wrong


def _where(row: str, cells: Mapping[str, Any]) -> str:
    """The column to look at."""
    kept = kept_form(row, cells)
    if kept.pop("danger", None) and check_questions([kept]) is None:
        return "danger"
    return "choices" if cells["type"] in OF_CHOICES or "choices" in cells else "name"


QUESTIONS = PolicyKind(
    "questions",
    _("Extra questions of categories"),
    _(
        "What is asked besides when somebody reports such a matter. From the day on that a district has set its "
        "questions they stand for those of the categories themselves. Answers to choose from: one per line, Chinese | "
        "English; a key that stands behind (| key) is kept, so that answers given before stay readable. An answer that "
        "makes the matter a danger, whatever its category, is named once more beside it; where nothing is named, that of "
        "the category's own question stays."
    ),
    (
        Column("category", _("Category"), "choice"),
        Column("name", _("Question"), "line", most=LONGEST_LABEL),
        Column("name_en", _("Question in English"), "line", most=LONGEST_LABEL),
        Column("type", _("Answered by"), "choice", TYPES),
        Column("required", _("Must be answered"), "choice", YES_NO, required=False),
        Column("choices", _("Answers to choose from"), "text", most=2000, required=False),
        Column(
            "danger",
            _("A danger if answered (yes, no, or an answer per line)"),
            "text",
            most=500,
            required=False,
        ),
        Column("order", _("Order"), "number", most=LAST, required=False),
    ),
    {},
    row_label=_("Question"),
    whole=True,
    rule=_answers_fit,
)
_OWN_ROW = re.compile(r"[a-z0-9_]{1,20}")


def _rows_fit(value: Value) -> Errors:
    """Rows become keys of categories; a name means one thing."""
    wrong: Errors = {row: _("There is no such row.") for row in value if not _OWN_ROW.fullmatch(row)}
    taken: dict[str, str] = {}
    for row, cells in value.items():
        if taken.setdefault(cells["name"], row) != row:
            wrong[f"{row}.name"] = _("Another category here has this name.")
    return wrong


# Who gets what is the district's own: a body is named among the rules of the categories.
_HANDLED = tuple(pair for pair in RESPONSIBLE if pair[0] != BODY)
OWN = PolicyKind(
    "own_categories",
    _("Categories of the district's own"),
    _(
        "What the list of categories lacks here. Everything else about them (time limits, photo, check, questions) is "
        "set where it is for all the others. A category that is left out is no longer offered; what was reported under "
        "it stays readable, which is why one that has been used keeps its name."
    ),
    (
        Column("name", _("Name"), "line", most=60),
        Column("name_en", _("Name in English"), "line", most=80),
        Column("part_of", _("Stands under"), "choice", required=False),
        Column("kind", _("Kind"), "choice", tuple((word.key, word.label) for word in KINDS_OF_ISSUE)),
        Column("handled_at", _("Goes by rule to"), "choice", _HANDLED),
        Column("for_residents", _("Offered to residents"), "choice", YES_NO),
        Column("hint", _("What belongs here"), "line", most=200, required=False),
        Column("hint_en", _("What belongs here, in English"), "line", most=200, required=False),
    ),
    {},
    row_label=pgettext_lazy("policy", "Category"),
    whole=True,
    rule=_rows_fit,
)


def own_key(district: int, row: str) -> str:
    """Key of the category that a district (its id) adds by this row."""
    return f"d{district}_{row}"


def kept_form(row: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """A row as a category keeps a question."""
    kept = {
        "key": row.rpartition(":")[2],
        "label": cells["name"],
        "label_en": cells["name_en"],
        "type": cells["type"],
        "required": cells.get("required") == "yes",
    }
    choices = [_choice(line) for line in cells.get("choices", "").splitlines() if line.strip()]
    danger = [
        _dangerous(line.strip(), cells["type"], choices)
        for line in cells.get("danger", "").splitlines()
        if line.strip()
    ]
    return kept | ({"choices": choices} if choices else {}) | ({"danger": danger} if danger else {})


def row_of(category: str, number: int, question: Question) -> tuple[str, dict[str, Any]]:
    """A question of a category as a row of the table."""
    row = {
        "category": category,
        "name": question.label,
        "name_en": question.label_en,
        "type": question.type,
        "required": "yes" if question.required else "no",
        "order": number,
    }
    if question.choices:
        row["choices"] = "\n".join(f"{one.label} | {one.label_en} | {one.key}" for one in question.choices)
    if question.danger:
        words = (question.answer_words(one, english=False) for one in question.danger)
        row["danger"] = "\n".join({True: "yes", False: "no"}.get(one, one) for one in words)
    return f"{category}:{question.key}", row


def questions_from(value: Value) -> dict[str, tuple[Question, ...]]:
    """Category → what is asked, in its order."""
    return {
        category: tuple(_question(kept_form(key, cells)) for key, cells in rows)
        for category, rows in _by_category(value).items()
    }


def _question(kept: Mapping[str, Any]) -> Question:
    choices = tuple(Choice(**one) for one in kept.get("choices", ()))
    named = (kept["key"], kept["label"], kept["label_en"], kept["type"], kept["required"])
    return Question(*named, choices, tuple(kept.get("danger", ())))


def _choice(line: str) -> dict[str, str]:
    """A line of the answers to choose from; without a key it has one that belongs to its words."""
    words, english, key, *_more = [*(part.strip() for part in line.replace("｜", "|").split("|")), "", "", ""]
    return {
        "key": key or f"c{zlib.crc32(words.encode()):08x}",
        "label": words,
        "label_en": english,
    }


def _dangerous(said: str, kind: str, choices: Iterable[Mapping[str, str]]) -> Any:
    """The answer that is meant: yes or no, or one to choose from by its words or its key; else as it was said, which
    is then refused."""
    if kind == BOOL:
        return YES_OR_NO.get(said.lower(), said)
    return next((one["key"] for one in choices if said in one.values()), said)


def _by_category(value: Value) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for key, cells in sorted(value.items(), key=_place):
        found.setdefault(cells["category"], []).append((key, cells))
    return found


def _place(item: tuple[str, Mapping[str, Any]]) -> tuple[int, str]:
    return item[1].get("order", LAST), item[0]


KINDS = (OWN, QUESTIONS)
