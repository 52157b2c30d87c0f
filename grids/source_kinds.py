"""Kinds of places as lists name them, and what they are in the tree. A row per kind, a word per spelling."""

from typing import NamedTuple


class SourceKind(NamedTuple):
    """`line` None: that of the unit above. `label` and `party_label` say it more exactly than a district's
    profile does, and are kept with the unit where they differ from it."""

    level: str
    line: str | None
    words: tuple[str, ...]
    label: str = ""
    party_label: str = ""
    grid_kind: str = ""


_ROWS = (
    SourceKind("district", "urban", ("county", "district", "区", "县")),
    SourceKind("street", "urban", ("street", "街道")),
    SourceKind("street", "rural", ("town", "镇"), "镇", "镇党委"),
    SourceKind("street", "rural", ("township", "乡"), "乡", "乡党委"),
    # Farms and the like that the statistics count beside towns, and the settlements on them.
    SourceKind("street", "rural", ("quasi",), "场", "场党委"),
    SourceKind(
        "community", "urban", ("residents_committee", "quasi_residents", "community", "社区", "居委会")
    ),
    SourceKind("community", "rural", ("villagers_committee", "village", "村", "村委会")),
    SourceKind("community", "rural", ("quasi_villagers",), "生活区", "生活区党组织"),
    SourceKind(
        "grid", None, ("grid", "basic", "basic_grid", "网格", "基础网格", "村民小组"), grid_kind="basic"
    ),
    SourceKind("grid", None, ("dedicated", "dedicated_grid", "专属网格"), grid_kind="dedicated"),
    SourceKind("building", None, ("building", "楼栋", "楼院", "十户联户")),
)
SOURCE_KINDS: dict[str, SourceKind] = {word: row for row in _ROWS for word in row.words}
