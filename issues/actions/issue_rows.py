"""Rows of a list of issues → reports, with every fault of each. What all of them name is found once, under the standing
of whoever brings them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from grids.actions.sheet_rows import WrongCell, check_cells
from grids.lineage import COLUMNS
from grids.models import Unit
from grids.querysets import units_seen
from grids.sheet_kinds import words_of
from grids.sheets import QUOTED, Problem
from grids.standing import standing_of
from issues import kinds
from issues.actions.intake import Contact
from issues.actions.report import LONGEST_TEXT, Report, check_text
from issues.districts import rules_of
from issues.hotline.cells import BadCell, is_cut_off, moment_of, number_of
from issues.hotline.rows import LONGEST_NAME, LONGEST_SPOT
from issues.limits import REPORTED_WITHIN
from issues.models import Category
from trail.refusals import Refused

# As on the page for reporting: what comes by a way of its own, or from another system, no list says.
SOURCES = tuple(word for word in kinds.SOURCES if word.key not in kinds.OWN_WAYS | {"api"})
USUAL_SOURCE = "patrol"
# Between the names of a place, from above down.
_BETWEEN = re.compile(r"[\s>/·、,，-]+")
# So many codes are named where a name says several places.
MOST_NAMED = 3


@dataclass(frozen=True)
class ListedRow:
    """A row that can be read. `digest`: of all that it says, but its number."""

    line: int
    cells: Mapping[str, str]
    report: Report
    number: str
    digest: str


@dataclass
class Names:
    """What the rows of a table name, as whoever brings it knows it."""

    by_code: dict[str, Unit] = field(default_factory=dict)
    by_name: dict[str, list[Unit]] = field(default_factory=dict)
    # Id → the names of a unit above one of those.
    above: dict[int, set[str]] = field(default_factory=dict)
    own: dict[str, frozenset[int]] = field(default_factory=dict)
    categories: dict[str, list[Category]] = field(default_factory=dict)

    def place(self, text: str) -> Unit:
        """By its code; by a name that only one place has, perhaps after those of the places that it lies in; of several
        the one where whoever brings it reports. Raises WrongCell."""
        if not text:
            raise WrongCell("place", _("Say where it is: the code or name of a place."))
        if text in self.by_code:
            return self.by_code[text]
        if is_cut_off(text, text):
            raise WrongCell(
                "place", _("Excel has cut this number off: format the column as text and enter it again.")
            )
        found = self.by_name.get(text) or self._below(_parts(text))
        if len(found) > 1:
            found = [unit for unit in found if self._is_own(unit)] or found
        if not found:
            reason = _("There is no place with this code or name, or it is not yours to see.")
            raise WrongCell("place", reason)
        if len(found) > 1:
            words = {"count": len(found), "codes": "、".join(sorted(one.code for one in found)[:MOST_NAMED])}
            raise WrongCell(
                "place", _("%(count)d places are called so: write the code (%(codes)s …).") % words
            )
        return found[0]

    def _below(self, parts: list[str]) -> list[Unit]:
        """Those with the last of these names, in places with the others."""
        *above, name = parts
        if not above:
            return []
        return [unit for unit in self.by_name.get(name, []) if set(above) <= self._names_above(unit)]

    def _names_above(self, unit: Unit) -> set[str]:
        return set().union(*(self.above.get(pk, set()) for pk in _above(unit)))

    def _is_own(self, unit: Unit) -> bool:
        return any(pk in self.own.get(name, ()) for name, pk in unit.lineage().items())

    def category(self, text: str, district: int | None) -> Category:
        """By key or name, of those of the district; None where it is not known. Raises WrongCell."""
        called = self.categories.get(text.lower(), [])
        found = [row for row in called if not district or row.district_id in (None, district)]
        if not found:
            raise WrongCell("category", _("There is no such category."))
        if len({row.pk for row in found}) > 1:
            raise WrongCell("category", _("Several categories are called so: write the key."))
        if found[0].about_somebody:
            raise WrongCell(
                "category",
                _(
                    "A complaint about somebody is reported by itself: those whom it is about must not see it."
                ),
            )
        return found[0]


def names_in(rows: Iterable[Mapping[str, str]], by: Any, now: datetime) -> Names:
    """What these rows name: four queries, however many there are."""
    texts = {cells["place"] for cells in rows} - {""}
    standing = standing_of(by, now)
    codes = {unit.code: unit for unit in units_seen(sorted(texts), by, now)}
    called = {one for text in texts - codes.keys() for one in (text, _parts(text)[-1])}
    units: list[Unit] = []
    if called:
        seen = (
            Unit.objects.visible_to(by, now).open().filter(Q(name__in=called) | Q(official_name__in=called))
        )
        units = list(seen.defer("boundary").order_by("code"))
    above = Unit.objects.filter(pk__in={pk for unit in units for pk in _above(unit)}) if units else []
    by_name: dict[str, list[Unit]] = {}
    for unit in units:
        for name in {unit.name, unit.official_name} - {""}:
            by_name.setdefault(name, []).append(unit)
    return Names(
        codes,
        by_name,
        {one.pk: {one.name, one.official_name} for one in above},
        standing.territory("report"),
        _categories({unit.district_id for unit in (*codes.values(), *units)} | standing.stands_in(), now),
    )


def _parts(text: str) -> list[str]:
    return [part for part in _BETWEEN.split(text) if part] or [text]


def _above(unit: Unit) -> list[int]:
    lineage = unit.lineage()
    return [pk for name in COLUMNS if (pk := lineage[name]) and pk != unit.pk]


def _categories(districts: set[int | None], now: datetime) -> dict[str, list[Category]]:
    """Everything that may stand for a category → those that it stands for."""
    own = {key for district in districts if district for key in rules_of(district, now).own}
    found: dict[str, list[Category]] = {}
    for row in Category.objects.in_use(own):
        words = {row.key, row.name, row.name_en, row.key.removeprefix(f"d{row.district_id}_")}
        for word in words:
            found.setdefault(word.lower(), []).append(row)
    return found


def read_row(
    line: int, cells: Mapping[str, str], names: Names, now: datetime
) -> tuple[ListedRow | None, list[Problem]]:
    """The row, or what is wrong with it: all of it."""
    reader = _Reader(line, cells, names, now)
    return reader.row(), reader.faults


@dataclass
class _Reader:
    line: int
    cells: Mapping[str, str]
    names: Names
    now: datetime
    faults: list[Problem] = field(default_factory=list)

    def row(self) -> ListedRow | None:
        if self.read("", lambda: check_cells(dict(self.cells))) is None and self.faults:
            return None
        place: Unit | None = self.read("place", lambda: self.names.place(self.cells["place"]))
        district = place.district_id if place else None
        category = self.read("category", lambda: self.names.category(self.cells["category"], district))
        self.read("text", lambda: check_text(self.cells["text"], LONGEST_TEXT))
        source = self.read("source", self._source)
        found_at = self.read("found", self._found_at)
        spot, contact = self._within("spot", LONGEST_SPOT), self._contact()
        number = self.read("number", self._number)
        if self.faults or place is None or category is None:
            return None
        report = Report(
            place=place,
            category=category,
            text=self.cells["text"],
            source=source,
            spot=spot,
            contact=contact,
            on_behalf=source in kinds.TOLD or bool(contact.name or contact.phone),
            occurred_at=found_at,
        )
        return ListedRow(self.line, self.cells, report, number, _digest(report))

    def read(self, column: str, how: Callable[[], Any]) -> Any:
        """What it answers; None, with a fault, where that cannot be read."""
        try:
            return how()
        except WrongCell as wrong:
            column, reason = wrong.column, str(wrong)
        except (BadCell, Refused) as error:
            reason = str(error)
        self.faults.append(Problem(self.line, column, self.cells.get(column, "")[:QUOTED], reason))
        return None

    def _source(self) -> str:
        text = self.cells["source"].lower()
        if text and text not in source_words():
            raise BadCell(_("This is none of the allowed words."))
        return source_words()[text] if text else USUAL_SOURCE

    def _found_at(self) -> datetime | None:
        at = moment_of(self.cells["found"])
        if at and at > self.now:
            raise BadCell(_("This lies in the future."))
        if at and at < self.now - REPORTED_WITHIN:
            raise BadCell(_("This is more than a year ago."))
        return at

    def _contact(self) -> Contact:
        phone = self.read("phone", lambda: clean_phone(self.cells["phone"])) or ""
        return Contact(self._within("contact", LONGEST_NAME), phone)

    def _within(self, column: str, most: int) -> str:
        text = self.cells[column]
        if len(text) > most:
            reason = _("This is too long: %(most)d characters fit.") % {"most": most}
            self.faults.append(Problem(self.line, column, text[:QUOTED], reason))
        return text

    def _number(self) -> str:
        return number_of(self.cells["number"]) if self.cells["number"] else ""


@cache
def source_words() -> dict[str, str]:
    """Every word that may stand for a source → its key; of 来访/走访 each of the two as well."""
    words = words_of((word.key, word.label) for word in SOURCES)
    return {part: key for word, key in words.items() for part in word.split("/")} | words


def _digest(report: Report) -> str:
    contact = report.contact or Contact()
    at = report.occurred_at.isoformat() if report.occurred_at else ""
    said = [report.place.code, report.category.key, report.text.strip(), report.source, report.spot, at]
    return keyed_hash(json.dumps([*said, contact.name, contact.phone]), purpose="listed_row")
