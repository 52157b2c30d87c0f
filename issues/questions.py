"""The extra questions of a category: what may be asked, and whether the answers fit."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# A choice is one of the choices, several any number of them; a date is a day.
LINE, TEXT, NUMBER, DATE = "line", "text", "number", "date"
CHOICE, SEVERAL, BOOL = "choice", "several", "bool"
TYPES = (LINE, TEXT, NUMBER, DATE, CHOICE, SEVERAL, BOOL)
OF_CHOICES = frozenset({CHOICE, SEVERAL})
LONGEST_LINE = 200
LONGEST_TEXT = 1000
LARGEST_NUMBER = 1_000_000_000
# As many digits as a number of that size and a few behind the point have; nothing else is a number.
WRITTEN_NUMBER = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,6})?")
WRITTEN_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
LONGEST_LABEL = 120
MOST_QUESTIONS = 8
MOST_CHOICES = 12
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
_COLUMNS = {"key", "label", "label_en", "type", "required", "choices", "danger"}


@dataclass(frozen=True)
class Choice:
    key: str
    label: str
    label_en: str


@dataclass(frozen=True)
class Question:
    """One question in both languages; `choices` only of those that are chosen from. `danger`: the answers (true, false,
    keys of choices) that make the matter a danger."""

    key: str
    label: str
    label_en: str
    type: str
    required: bool = False
    choices: tuple[Choice, ...] = ()
    danger: tuple[Any, ...] = ()

    def is_raised_by(self, answer: Any) -> bool:
        """Does this kept answer say that it is a danger?"""
        return any(one in self.danger for one in (answer if isinstance(answer, list) else [answer]))

    def words(self, *, english: bool) -> str:
        return self.label_en if english else self.label

    def answer_words(self, answer: Any, *, english: bool) -> Any:
        """A kept answer as people read it; a yes or no stays a bool."""
        if isinstance(answer, list):
            words = (str(self.answer_words(one, english=english)) for one in answer)
            return gettext(", ").join(words)
        chosen = next((one for one in self.choices if one.key == answer), None)
        return answer if chosen is None else (chosen.label_en if english else chosen.label)


class WrongAnswers(ValueError):
    """Answers that do not fit; `errors` says per question why."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(errors)
        self.errors = errors


def questions_of(kept: list[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a category from their kept form."""
    return tuple(
        Question(
            row["key"],
            row["label"],
            row["label_en"],
            row["type"],
            bool(row.get("required")),
            tuple(Choice(**choice) for choice in row.get("choices", ())),
            tuple(row.get("danger", ())),
        )
        for row in kept
    )


def check_questions(given: Any) -> Any:
    """What is wrong with a list of questions as it would be kept; None if nothing is."""
    if not isinstance(given, list) or len(given) > MOST_QUESTIONS:
        return _("Questions are a list of at most 8.")
    wrong = next((reason for row in given if (reason := _question_problem(row))), None)
    if wrong:
        return wrong
    return (
        _("A key of a question is given twice.") if len({row["key"] for row in given}) < len(given) else None
    )


def _question_problem(row: Any) -> Any:
    if not isinstance(row, dict) or set(row) - _COLUMNS:
        return _("A question has key, label, label_en, type, required, choices and danger.")
    if not _is_named(row):
        return _("A question needs a key of small letters and a label in both languages.")
    if row.get("type") not in TYPES or not isinstance(row.get("required", False), bool):
        return _(
            "The type of a question is line, text, number, date, choice, several or bool; required is true or false."
        )
    choices = row.get("choices", [])
    if (
        not isinstance(choices, list)
        or bool(choices) != (row["type"] in OF_CHOICES)
        or len(choices) > MOST_CHOICES
    ):
        return _("Choices, at most 12, stand with a question of type choice or several and with no other.")
    fine = all(
        isinstance(one, dict) and set(one) == {"key", "label", "label_en"} and _is_named(one)
        for one in choices
    )
    if not fine:
        return _("A choice needs a key of small letters and a label in both languages.")
    return danger_problem(row)


def danger_problem(row: Mapping[str, Any]) -> Any:
    """What is wrong with the answers that are a danger, of a question that is right otherwise; None if nothing is."""
    given = row.get("danger", [])
    known = [True, False] if row["type"] == BOOL else [one["key"] for one in row.get("choices", [])]
    # A 1 is no yes.
    if isinstance(given, list) and all(one in known and type(one) in (bool, str) for one in given):
        return None
    return _("A danger is what may be answered: true or false, or keys of choices, as a list.")


def _is_named(row: Mapping[str, Any]) -> bool:
    labels = [row.get("label"), row.get("label_en")]
    key = row.get("key")
    return (
        isinstance(key, str)
        and bool(KEY.fullmatch(key))
        and all(isinstance(one, str) and 0 < len(one.strip()) <= LONGEST_LABEL for one in labels)
    )


def clean_answers(questions: tuple[Question, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they are kept, without empty ones. Raises WrongAnswers naming each question."""
    known = {question.key for question in questions}
    errors: dict[str, Any] = {
        str(key): _("This category does not ask that.") for key in given if key not in known
    }
    answers = {}
    for question in questions:
        answer = given.get(question.key)
        answer = answer.strip() if isinstance(answer, str) else answer
        if answer is None or answer == "" or answer == []:
            if question.required:
                errors[question.key] = _("Please answer this question.")
            continue
        try:
            answers[question.key] = READ[question.type](question, answer)
        except _Unfit as unfit:
            errors[question.key] = unfit.reason
    if errors:
        raise WrongAnswers(errors)
    return answers


def raises_danger(questions: tuple[Question, ...], answers: Mapping[str, Any]) -> bool:
    """Does one of these kept answers say that it is a danger?"""
    return any(one.key in answers and one.is_raised_by(answers[one.key]) for one in questions)


def dangers_kept(asked: tuple[Question, ...], shipped: tuple[Question, ...]) -> tuple[Question, ...]:
    """What a district asks instead of the category itself (`shipped`): the same question, of which the district does
    not say which answer is a danger, has the category's."""
    own = {(one.key, one.type): one.danger for one in shipped if one.danger}
    if not own:
        return asked
    return tuple(
        one if one.danger else replace(one, danger=own.get((one.key, one.type), ())) for one in asked
    )


class _Unfit(ValueError):
    """An answer that does not fit; `reason` is for whoever gave it."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = reason


def _bool(question: Question, answer: Any) -> bool:
    if not isinstance(answer, bool):
        raise _Unfit(_("Answer true or false."))
    return answer


def _choice(question: Question, answer: Any) -> str:
    known = {choice.key for choice in question.choices}
    if not isinstance(answer, str) or answer not in known:
        raise _Unfit(_("Choose one of: %(keys)s.") % {"keys": ", ".join(sorted(known))})
    return answer


def _several(question: Question, answer: Any) -> list[str]:
    """In the order of the choices, each once."""
    chosen = {_choice(question, one) for one in (answer if isinstance(answer, list) else [answer])}
    return [choice.key for choice in question.choices if choice.key in chosen]


def _number(question: Question, answer: Any) -> int | float:
    if isinstance(answer, str) and WRITTEN_NUMBER.fullmatch(answer):
        answer = float(answer) if "." in answer else int(answer)
    fits = isinstance(answer, int | float) and not isinstance(answer, bool)
    if not fits or not abs(answer) <= LARGEST_NUMBER:
        raise _Unfit(_("A number, for example 18 or 18.5."))
    return int(answer) if answer == int(answer) else answer


def _date(question: Question, answer: Any) -> str:
    text = answer.isoformat() if type(answer) is date else answer
    try:
        if not isinstance(text, str) or not WRITTEN_DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _Unfit(_("A day, for example 2026-03-10.")) from error


def _line(question: Question, answer: Any) -> str:
    if not isinstance(answer, str) or len(answer) > LONGEST_LINE or not answer.isprintable():
        raise _Unfit(_("One line of at most 200 characters."))
    return answer


def _text(question: Question, answer: Any) -> str:
    lines = answer.replace("\r\n", "\n").split("\n") if isinstance(answer, str) else [""]
    if not isinstance(answer, str) or len(answer) > LONGEST_TEXT or not all(map(str.isprintable, lines)):
        raise _Unfit(_("Words of at most 1000 characters."))
    return "\n".join(lines)


READ: dict[str, Callable[[Question, Any], Any]] = {
    LINE: _line,
    TEXT: _text,
    NUMBER: _number,
    DATE: _date,
    CHOICE: _choice,
    SEVERAL: _several,
    BOOL: _bool,
}
