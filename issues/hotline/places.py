"""Which unit a hotline means: names of district, street and community, exact first, then cleaned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from grids.names import clean_name, split_city

# What people leave out or add at the end of a name.
ENDINGS = {
    "district": ("区", "县", "市", "旗"),
    "street": ("街道", "镇", "乡", "地区"),
    "community": ("社区", "村", "居委会", "村委会"),
}
LEVELS = tuple(ENDINGS)


class NamedUnit(NamedTuple):
    """A unit as far as names go; `parents` are the ids of the units that it lies in."""

    pk: int
    level: str
    name: str
    parents: frozenset[int]


class Place(NamedTuple):
    """The lowest unit that was found, and what was named but is not known."""

    pk: int | None
    unknown: tuple[str, ...]


@dataclass
class Places:
    """The names of one district."""

    exact: dict[tuple[str, str], list[NamedUnit]] = field(default_factory=lambda: defaultdict(list))
    loose: dict[tuple[str, str], list[NamedUnit]] = field(default_factory=lambda: defaultdict(list))

    def find(self, names: Mapping[str, str]) -> Place:
        """From level → name. A lower name must lie within the higher ones found; an empty one says nothing."""
        found: NamedUnit | None = None
        unknown = []
        for level in LEVELS:
            name = names.get(level, "").strip()
            if not name:
                continue
            unit = self._one(level, name, found)
            if unit is None:
                unknown.append(name)
            else:
                found = unit
        return Place(found.pk if found else None, tuple(unknown))

    def _one(self, level: str, name: str, inside: NamedUnit | None) -> NamedUnit | None:
        """The only unit so called; None for several or none."""
        for index, key in ((self.exact, name), (self.loose, _loose(name, level))):
            units = [
                unit
                for unit in index.get((level, key), ())
                if inside is None or inside.pk in unit.parents or inside.pk == unit.pk
            ]
            if len(units) == 1:
                return units[0]
        return None


def places_of(units: Iterable[NamedUnit]) -> Places:
    """An index of these units' names."""
    made = Places()
    for unit in units:
        if unit.level in ENDINGS:
            made.exact[unit.level, unit.name].append(unit)
            made.loose[unit.level, _loose(unit.name, unit.level)].append(unit)
    return made


def _loose(name: str, level: str) -> str:
    """What is left of a name without brackets, office words, a city before it and its usual ending."""
    cleaned = clean_name(name, level)
    if level == "district":
        cleaned = split_city(cleaned)[1]
    for ending in ENDINGS[level]:
        if cleaned.endswith(ending) and len(cleaned) > len(ending) + 1:
            return cleaned.removesuffix(ending)
    return cleaned
