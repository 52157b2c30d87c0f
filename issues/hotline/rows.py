"""Rows of a hotline's sheet → orders and wrong rows. Every fault with its line, column, value and reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues import kinds
from issues.hotline.cells import BadCell, flag_of, moment_of, number_of, numbers_of, text_of
from issues.hotline.columns import KEPT, PLACES, Columns
from issues.hotline.places import Places
from issues.hotline.topics import kind_of, topic_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST_TEXT = 2000
LONGEST_SPOT = 120
LONGEST_NAME = 60
NATURES = tuple(word.key for word in kinds.NATURES)
SHOWN = 60
# What a person should know of a row that was taken all the same.
REMARKS: dict[str, StrOrPromise] = {
    "place": gettext_lazy("Not every name of the place is known; it was put to the level above."),
    "topic": gettext_lazy("The classification is not known; the community screens it."),
    "cut": gettext_lazy("The text is longer than 2000 characters; the rest stands in the order's own page."),
    "phone": gettext_lazy("There is no complete telephone number; none was kept."),
    "closed": gettext_lazy("The issue has ended already; nothing was changed."),
    "extended": gettext_lazy("The issue has ended already; only the hotline's later deadline was noted."),
    # What happened to an order that had ended and was sent again (issues.hotline.again).
    "redo": gettext_lazy("It had ended and was sent again: whoever had submitted the result redoes it."),
    "review": gettext_lazy("It had ended and was sent again after two redos: the level above decides."),
    "returned": gettext_lazy(
        "It had been returned and was sent again: the level above whoever returned it looks at it."
    ),
    "past": gettext_lazy("The hotline's deadline has passed already."),
}
_PHONE = re.compile(r"\+?\d[\d -]{5,18}\d")


class Fault(NamedTuple):
    """What is wrong with one cell; `column` is its header."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Order:
    """One order as the platform takes it. `given` are the hotline's own columns, word for word, without
    personal data; `remarks` are keys of REMARKS."""

    line: int
    number: str
    text: str
    kind: str
    category: str
    place: int
    spot: str
    caller: str
    phone: str
    # None: the hotline says nothing of it.
    secret: bool | None
    nature: str
    dispatched_at: datetime | None
    deadline: datetime
    given: dict[str, str]
    remarks: tuple[str, ...] = ()
    # 关联单号, taken apart; never the order itself.
    related: tuple[str, ...] = ()


@dataclass
class Checked:
    """Every row is in exactly one of the two: an order, or faults under its line."""

    orders: list[Order] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def wrong_lines(self) -> list[int]:
        return sorted({fault.line for fault in self.faults})


@dataclass(frozen=True)
class Known:
    """What names mean in the district that the sheet is for. `within`: ids of the units that whoever imports
    may bring orders for; `topics` is the district's table that goes before the sample words."""

    places: Places
    categories: Mapping[str, str]
    within: frozenset[int]
    topics: Mapping[str, str] = field(default_factory=dict)
    columns: Columns = field(default_factory=Columns)


def check_rows(
    rows: Iterable[tuple[int, Mapping[str, Any]]], known: Known, seen: set[str] | None = None
) -> Checked:
    """Sort (line, meaning → cell) into orders and faults; a number counts once per sheet. `seen`: those of the orders
    before these rows; theirs are added."""
    checked = Checked()
    seen = set() if seen is None else seen
    for line, cells in rows:
        reader = _Reader(line, cells, known)
        order = reader.order()
        if order and order.number in seen:
            reader.fault("number", _("This number stands in the sheet twice; the first row is taken."))
            order = None
        if order:
            seen.add(order.number)
            checked.orders.append(order)
        checked.faults += reader.faults
    return checked


@dataclass
class _Reader:
    """Reads one row; collects what is wrong with it."""

    line: int
    cells: Mapping[str, Any]
    known: Known
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def text(self, meaning: str) -> str:
        return text_of(self.cells.get(meaning))

    def fault(self, meaning: str, reason: str) -> None:
        header = self.known.columns.header(meaning)
        self.faults.append(Fault(self.line, header, self.text(meaning)[:SHOWN], reason))

    def read(self, meaning: str, how: Callable[[Any], Any]) -> Any:
        """The cell's value; None, with a fault, when it cannot be read."""
        try:
            return how(self.cells.get(meaning))
        except BadCell as error:
            self.fault(meaning, str(error))
            return None

    def order(self) -> Order | None:
        number = self.read("number", number_of)
        dispatched, deadline = self._times()
        nature, text, place = self._nature(), self._text(), self._place()
        secret = self.read("secret", flag_of)
        topic = topic_of(self.text("category"), self.known.categories, self.known.topics)
        if not topic.known:
            self.remarks.append("topic")
        phone = self._phone()
        if self.faults:
            return None
        return Order(
            line=self.line,
            number=number,
            text=text,
            kind=kind_of(self.text("type")),
            category=topic.key,
            place=place or 0,
            spot=self.text("spot")[:LONGEST_SPOT],
            caller=self.text("caller")[:LONGEST_NAME],
            phone=phone,
            secret=secret if self.text("secret") else None,
            nature=nature,
            dispatched_at=dispatched,
            deadline=deadline,
            given={name: said for name in KEPT if (said := self.text(name))},
            remarks=tuple(self.remarks),
            related=tuple(one for one in numbers_of(self.cells.get("related")) if one != number),
        )

    def _times(self) -> tuple[datetime | None, Any]:
        dispatched = self.read("dispatched", moment_of)
        deadline = self.read("deadline", lambda value: moment_of(value, end_of_day=True))
        if deadline is None and not self.text("deadline"):
            self.fault("deadline", _("Every order needs its deadline."))
        if dispatched and deadline and deadline < dispatched:
            self.fault("deadline", _("The deadline lies before the order was dispatched."))
        return dispatched, deadline

    def _nature(self) -> str:
        nature = self.text("nature")
        if nature and nature not in NATURES:
            self.fault("nature", _("One of %(natures)s.") % {"natures": "、".join(NATURES)})
        return nature

    def _text(self) -> str:
        """Title and content as one text."""
        title, content = self.text("title"), self.text("content")
        if len(content) < 2:
            self.fault("content", _("Every order says what is the matter."))
        text = f"【{title}】{content}" if title and title not in content else content
        if len(text) > LONGEST_TEXT:
            self.remarks.append("cut")
            text = text[: LONGEST_TEXT - 1] + "…"
        return text

    def _place(self) -> int | None:
        names = {level: self.text(level) for level in PLACES}
        place = self.known.places.find(names)
        lowest = next((level for level in reversed(PLACES) if names[level]), self.known.columns.place)
        if place.pk is None:
            self.fault(lowest, _("No such place in this district; name the district, street or community."))
        elif place.pk not in self.known.within:
            self.fault(lowest, _("This place is not in your area."))
        elif place.unknown:
            self.remarks.append("place")
        return place.pk

    def _phone(self) -> str:
        """The first complete number; one that the hotline has masked is none."""
        said = unicodedata.normalize("NFKC", self.text("phone"))
        parts = re.split(r"[,;/、\s]\s*(?=\+?\d{7})", said)
        number = next((part.strip() for part in parts if _PHONE.fullmatch(part.strip())), "")
        if said and not number:
            self.remarks.append("phone")
        return number
