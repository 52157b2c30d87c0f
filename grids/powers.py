"""Powers that a street may hold over the bodies posted to it. Which it holds is data of the district.

The sources speak of seven powers (S0:29) and five powers (S3:19) and name only command and assessment;
the other rows are samples and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grids.policies import Column, PolicyKind, Value

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Power:
    """`granted`: holds where a district says nothing. `source` cites the document and line that names it."""

    key: str
    label: StrOrPromise
    granted: bool
    is_sample: bool
    source: str


_ROWS = (
    Power("command", _("Command and dispatch of posted staff"), True, False, "S0:29 S4:10"),
    Power("rate", _("Assessment of posted bodies and staff"), True, False, "S0:29 S4:10"),
    Power("personnel", _("Consent to appointments of posted staff"), False, True, "S0:29 S3:19"),
    Power("planning", _("A say in planning"), False, True, "S0:29 S3:19"),
    Power("decisions", _("A say in major decisions"), False, True, "S0:29 S3:19"),
    Power("coordination", _("Coordination of matters across departments"), False, True, "S0:29"),
    Power("resources", _("Allocation of resources sent down"), False, True, "S0:29"),
)
POWERS: dict[str, Power] = {row.key: row for row in _ROWS}


def power_choices() -> list[tuple[str, StrOrPromise]]:
    """For a field that is no more; its path is frozen in a migration."""
    return [(row.key, row.label) for row in _ROWS]


KIND = PolicyKind(
    "powers",
    _("Powers of streets over posted bodies"),
    _(
        "Which powers the streets hold over the bodies posted to them. Without command they give them nothing to do, "
        "without assessment they do not assess them; the others are kept here for all to see."
    ),
    (Column("granted", _("Granted"), "flag"),),
    {row.key: {"granted": row.granted} for row in _ROWS},
    rows=tuple((row.key, row.label) for row in _ROWS),
    row_label=_("Power"),
)


def held(value: Value) -> frozenset[str]:
    """Keys of the powers that hold by the whole table."""
    return frozenset(key for key, row in value.items() if row["granted"])
