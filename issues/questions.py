"""The extra questions of a category: what may be asked, and whether the answers fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

LINE, CHOICE, BOOL = "line", "choice", "bool"
TYPES = (LINE, CHOICE, BOOL)
LONGEST_LINE = 200
LONGEST_LABEL = 120
MOST_QUESTIONS = 8
MOST_CHOICES = 12
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
_COLUMNS = {"key", "label", "label_en", "type", "required", "choices"}


@dataclass(frozen=True)
class Choice:
    key: str
    label: str
    label_en: str


@dataclass(frozen=True)
class Question:
    """One question in both languages; `choices` only of a choice."""

    key: str
    label: str
    label_en: str
    type: str
    required: bool = False
    choices: tuple[Choice, ...] = ()

    def words(self, *, english: bool) -> str:
        return self.label_en if english else self.label

    def answer_words(self, answer: Any, *, english: bool) -> Any:
        """A kept answer as people read it; a yes or no stays a bool."""
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
        return _("A question has key, label, label_en, type, required and choices.")
    if not _is_named(row):
        return _("A question needs a key of small letters and a label in both languages.")
    if row.get("type") not in TYPES or not isinstance(row.get("required", False), bool):
        return _("The type of a question is line, choice or bool; required is true or false.")
    choices = row.get("choices", [])
    if (
        not isinstance(choices, list)
        or bool(choices) != (row["type"] == CHOICE)
        or len(choices) > MOST_CHOICES
    ):
        return _("Choices, at most 12, stand with a question of type choice and with no other.")
    fine = all(
        isinstance(one, dict) and set(one) == {"key", "label", "label_en"} and _is_named(one)
        for one in choices
    )
    return None if fine else _("A choice needs a key of small letters and a label in both languages.")


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
        if answer is None or answer == "":
            if question.required:
                errors[question.key] = _("Please answer this question.")
        elif reason := _answer_problem(question, answer):
            errors[question.key] = reason
        else:
            answers[question.key] = answer
    if errors:
        raise WrongAnswers(errors)
    return answers


def _answer_problem(question: Question, answer: Any) -> Any:
    if question.type == BOOL:
        return None if isinstance(answer, bool) else _("Answer true or false.")
    if question.type == CHOICE:
        known = {choice.key for choice in question.choices}
        fits = isinstance(answer, str) and answer in known
        return None if fits else _("Choose one of: %(keys)s.") % {"keys": ", ".join(sorted(known))}
    fits = isinstance(answer, str) and len(answer) <= LONGEST_LINE and answer.isprintable()
    return None if fits else _("One line of at most 200 characters.")
