"""Reading boundaries from GeoJSON: features by the code of their unit, every fault with its feature. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from grids.boundaries import crossing_problem, form_problem, place_problem, tidy
from grids.coordinates import geometry_to_wgs84
from grids.plots import Fault, crossing_mark

MOST_FEATURES = 2_000
MOST_BYTES = 1_500_000
LONGEST_CODE = 40


@dataclass
class BoundaryFile:
    """What was read: the unit's code → its boundary in WGS-84, the number of its feature, and all faults."""

    shapes: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_text(data: bytes, system: str, code: str = "") -> BoundaryFile:
    """A file's bytes, see `read_boundaries`."""
    try:
        return read_boundaries(json.loads(data.decode("utf-8-sig"), parse_constant=_no_number), system, code)
    except (ValueError, RecursionError):
        return BoundaryFile(faults=[Fault(0, code, _("This is not JSON in UTF-8."))])


def read_boundaries(document: Any, system: str, code: str = "") -> BoundaryFile:
    """A FeatureCollection whose features have the unit's code as `properties.code` or `id`, positions in `system`.

    With `code` it is the boundary of that one unit: a Feature or bare geometry does, and a code within is not read.
    """
    found = BoundaryFile()
    features = _features(document, single=bool(code))
    if features is None:
        found.faults.append(Fault(0, code, _("This is no GeoJSON FeatureCollection with features.")))
    elif len(features) > MOST_FEATURES or (code and len(features) != 1):
        most = 1 if code else MOST_FEATURES
        found.faults.append(Fault(0, code, _("At most %(most)d features at a time.") % {"most": most}))
    else:
        for number, feature in enumerate(features, start=1):
            _read(found, 0 if code else number, feature, code or _code_of(feature), system)
    return found


def _features(document: Any, *, single: bool) -> list[Any] | None:
    if not isinstance(document, dict):
        return None
    if document.get("type") == "FeatureCollection":
        features = document.get("features")
        return features if isinstance(features, list) and features else None
    if document.get("type") == "Feature":
        return [document]
    return [{"type": "Feature", "geometry": document}] if single else None


def _code_of(feature: Any) -> str:
    if not isinstance(feature, dict):
        return ""
    properties = feature.get("properties")
    named = properties.get("code") if isinstance(properties, dict) else None
    code = feature.get("id") if named in (None, "") else named
    is_code = isinstance(code, str | int) and not isinstance(code, bool)
    text = str(code) if is_code else ""
    return text if text.isprintable() and len(text) <= LONGEST_CODE else ""


def _read(found: BoundaryFile, number: int, feature: Any, code: str, system: str) -> None:
    geometry: Any = feature.get("geometry") if isinstance(feature, dict) else None
    if not code:
        found.faults.append(
            Fault(number, code, _("A feature names its unit: its property “code” is the unit's code."))
        )
    elif code in found.numbers:
        reason = _("Feature %(number)d has the same code.") % {"number": found.numbers[code]}
        found.faults.append(Fault(number, code, reason))
    elif problem := form_problem(geometry):
        found.faults.append(Fault(number, code, str(problem)))
    else:
        _keep(found, number, code, tidy(geometry_to_wgs84(geometry, system)))
    found.numbers.setdefault(code, number)


def _keep(found: BoundaryFile, number: int, code: str, geometry: dict[str, Any]) -> None:
    if problem := place_problem(geometry):
        found.faults.append(Fault(number, code, str(problem)))
    elif problem := crossing_problem(geometry):
        found.faults.append(Fault(number, code, str(problem), crossing_mark(geometry)))
    found.shapes[code] = geometry


def sound(found: BoundaryFile) -> dict[str, dict[str, Any]]:
    """The boundaries that have no fault by themselves: only these can be held against others."""
    broken = _codes(found.faults)
    return {code: geometry for code, geometry in found.shapes.items() if code not in broken}


def _codes(faults: Iterable[Fault]) -> set[str]:
    return {fault.code for fault in faults}


def _no_number(word: str) -> Any:
    raise ValueError(word)
