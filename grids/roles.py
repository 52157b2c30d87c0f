"""Roles and what each may do: ONE table. A post gives its holder the role's capabilities at its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ANY, BODY = "any", "body"

CAPABILITIES: dict[str, StrOrPromise] = {
    "report": _("report issues"),
    "screen": _("screen issues"),
    "dispatch": _("dispatch issues"),
    "handle": _("handle issues"),
    "hand_up": _("hand issues up"),
    "whistle": _("blow the whistle"),
    "verify": _("verify results"),
    "rate_bodies": _("rate bodies that reported in"),
    "supervise": _("supervise"),
    "lift": _("take issues over from below"),
    "report_in": _("report in when whistled for"),
    "assign_officer": _("assign the officer and approve the reply"),
    "read_below": _("read everything below"),
    "manage_units": _("manage units"),
    "manage_posts": _("manage posts"),
    "keep_roster": _("keep the duty roster"),
    "manage_policies": _("edit the rules of the district"),
    "connect_systems": _("connect other systems"),
    "manage_accounts": _("manage accounts"),
    "read_trail": _("read the trail"),
    "own_building": _("see the progress in one's own building"),
    "run_volunteers": _("run volunteering"),
}


@dataclass(frozen=True)
class Role:
    """`at`: level keys, "body" or "any" (any unit or body). `sees_contact`: contact data of the reporters of
    what one handles. `external`: not on the staff; reports only. `sole`: one holder at a time
    per basic grid."""

    key: str
    label: StrOrPromise
    at: frozenset[str]
    can: frozenset[str]
    sees_contact: bool = False
    external: bool = False
    sole: bool = False

    def fits(self, place: str) -> bool:
        """Whether the role exists at this place: a level key, or "body"."""
        return ANY in self.at or place in self.at


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMUNITY = _words(
    "report screen dispatch handle hand_up whistle verify rate_bodies read_below run_volunteers"
)
_STREET = _COMMUNITY | {"supervise", "lift", "keep_roster"}
_GRID = _words("report screen handle hand_up whistle verify read_below")

_ROWS = (
    Role(
        "district_dispatcher",
        _("District dispatcher"),
        _words("district body"),
        _words("report screen dispatch whistle supervise lift read_below run_volunteers keep_roster"),
        sees_contact=True,
    ),
    Role("street_dispatcher", _("Street dispatcher"), _words("street"), _STREET, sees_contact=True),
    Role(
        "street_leader",
        _("Street leader in charge"),
        _words("street"),
        # Of the rules only those that a street may set for itself (grids.policies, `at`).
        _STREET | {"manage_policies"},
        sees_contact=True,
    ),
    Role(
        "community_secretary",
        _("Community secretary"),
        _words("community"),
        _COMMUNITY | {"keep_roster"},
        sees_contact=True,
    ),
    Role("community_worker", _("Community worker"), _words("community"), _COMMUNITY, sees_contact=True),
    Role("grid_chief", _("Grid chief"), _words("grid"), _GRID, sees_contact=True),
    Role("grid_worker", _("Full-time grid worker"), _words("grid"), _GRID, sees_contact=True, sole=True),
    Role(
        "part_time_grid_worker", _("Part-time grid worker"), _words("grid"), _words("report"), external=True
    ),
    Role("spotter", _("Spotter"), _words("any"), _words("report"), external=True),
    Role("building_head", _("Building head"), _words("building"), _words("report own_building")),
    Role(
        "building_party_leader",
        _("Building Party group leader"),
        _words("building"),
        _words("report own_building"),
    ),
    Role("body_officer", _("Body's officer"), _words("body"), _words("report_in handle"), sees_contact=True),
    Role(
        "body_head",
        _("Body's head"),
        _words("body"),
        _words("report_in handle assign_officer keep_roster"),
        sees_contact=True,
    ),
    Role("supervisor", _("Supervisor"), _words("any"), _words("supervise read_below")),
    Role(
        "system_admin",
        _("System administrator"),
        _words("district"),
        _words("manage_units manage_posts keep_roster manage_policies connect_systems"),
    ),
    Role("security_admin", _("Security administrator"), _words("district"), _words("manage_accounts")),
    Role("audit_admin", _("Audit administrator"), _words("district"), _words("read_trail")),
)
ROLES: dict[str, Role] = {row.key: row for row in _ROWS}
ORDER: dict[str, int] = {row.key: number for number, row in enumerate(_ROWS)}
# Someone who can do one of these must stand at the root: behind everything that nobody else answers.
STANDS_BEHIND = frozenset({"handle", "dispatch"})
# Whoever is called on duty must be able to do something about it: one of these.
ON_DUTY = STANDS_BEHIND | {"report_in"}


def roles_that(*capabilities: str) -> frozenset[str]:
    """Keys of the roles that have any of these capabilities."""
    return frozenset(row.key for row in _ROWS if row.can.intersection(capabilities))


def role_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(row.key, row.label) for row in _ROWS]
