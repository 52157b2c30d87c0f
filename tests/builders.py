"""A small real place for tests, built through the actions: two streets, somebody in every post of the first.

    town = town()                       # inside a database test; about 100 statements
    issue = town.report("litter", now=town.now)            # a resident at the building; dispatched by rule
    sign_issue(issue, by=town.people["grid_worker"], now=town.now)

Street B ("other_…") has people of its own; nobody of street A may see what is theirs.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from calendars.actions import load_calendar
from calendars.querysets import DEFAULT_NAME
from calendars.rows import packaged_rows
from grids.actions.bodies import add_body
from grids.actions.posts import appoint
from grids.actions.tree import add_unit
from grids.models import Body, Post, Unit
from issues.actions import Contact, report_issue
from issues.districts import forget_rules
from issues.models import Category, Issue
from issues.worktimes import forget_worktimes

# Tuesday 10 March 2026, 10:00 in Shanghai; everybody was appointed a month before.
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 2, 10, 2, 0, tzinfo=UTC)

# key, level, key of the parent, code, name
UNITS = (
    ("district", None, "220103", "宽城区"),
    ("street", "district", "220103001", "新发街道"),
    ("community", "street", "220103001001", "天光社区"),
    ("grid", "community", "220103001001001", "第一网格"),
    ("building", "grid", "22010300100100001", "1号楼"),
    ("other_grid", "community", "220103001001002", "第二网格"),
    ("other_building", "other_grid", "22010300100100002", "2号楼"),
    ("other_community", "street", "220103001002", "长新社区"),
    ("other_street", "district", "220103002", "站前街道"),
    ("far_community", "other_street", "220103002001", "黑水社区"),
    ("far_grid", "far_community", "220103002001001", "远网格"),
    ("far_building", "far_grid", "22010300200100001", "9号楼"),
)
# key, kind, at, name
BODIES = (
    ("department", "department", "district", "区城管局"),
    ("utility", "utility", "district", "区供热公司"),
    ("centre", "centre", "district", "区指挥中心"),
    ("office", "office", "street", "平安办"),
    ("posted", "posted", "street", "派驻执法队"),
    ("property", "property", "street", "安居物业"),
    ("owners", "owners", "street", "业主委员会"),
    ("far_office", "office", "other_street", "站前平安办"),
)
# name of the person, role, place; `<name>_deputy` stands in for those marked
PEOPLE = (
    ("district_dispatcher", "district_dispatcher", "district", False),
    ("second_dispatcher", "district_dispatcher", "district", False),
    ("centre_dispatcher", "district_dispatcher", "centre", False),
    ("street_dispatcher", "street_dispatcher", "street", True),
    ("street_leader", "street_leader", "street", False),
    ("community_secretary", "community_secretary", "community", True),
    ("community_worker", "community_worker", "community", False),
    ("grid_chief", "grid_chief", "grid", False),
    ("grid_worker", "grid_worker", "grid", True),
    ("part_time_grid_worker", "part_time_grid_worker", "grid", False),
    ("spotter", "spotter", "street", False),
    ("building_head", "building_head", "building", False),
    ("building_party_leader", "building_party_leader", "building", False),
    ("body_officer", "body_officer", "department", True),
    ("body_head", "body_head", "department", False),
    ("utility_officer", "body_officer", "utility", False),
    ("office_officer", "body_officer", "office", False),
    ("posted_officer", "body_officer", "posted", False),
    ("property_officer", "body_officer", "property", False),
    ("owners_officer", "body_officer", "owners", False),
    ("supervisor", "supervisor", "street", False),
    ("system_admin", "system_admin", "district", False),
    ("security_admin", "security_admin", "district", False),
    ("audit_admin", "audit_admin", "district", False),
    ("other_worker", "grid_worker", "other_grid", False),
    ("other_secretary", "community_secretary", "other_community", False),
    ("far_dispatcher", "street_dispatcher", "other_street", False),
    ("far_secretary", "community_secretary", "far_community", False),
    ("far_worker", "grid_worker", "far_grid", False),
    ("far_officer", "body_officer", "far_office", False),
)
# key, kind, handled at, danger
CATEGORIES = (
    ("litter", "help", "grid", False),
    ("noise", "complaint", "community", False),
    ("road", "help", "street", False),
    ("permit", "question", "district", False),
    ("other", "help", "", False),
    ("fire", "hazard", "grid", True),
)


@dataclass
class Town:
    """Units and bodies by attribute, persons, posts and categories by name."""

    units: dict[str, Unit] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    now: datetime = NOW

    def __getattr__(self, name: str) -> Unit | Body:
        places = self.__dict__.get("units", {}) | self.__dict__.get("bodies", {})
        if name not in places:
            raise AttributeError(name)
        return places[name]

    def person(self, name: str) -> User:
        """Somebody with an account and, unless appointed, without a post."""
        if name not in self.people:
            self.people[name] = User.objects.create_user(name, display_name=name)
        return self.people[name]

    def appoint(self, name: str, role: str, place: Unit | Body, deputy: User | None = None) -> Post:
        """Put a person in a post, since long ago."""
        where: dict[str, Any] = {place._meta.model_name: place}
        self.posts[name] = appoint(
            self.person(name), role=role, by=None, now=LONG_AGO, deputy=deputy, **where
        )
        return self.posts[name]

    def report(self, category: str = "litter", *, now: datetime | None = None, **more: Any) -> Issue:
        """A resident reports at the building, unless `place`, `by` … say otherwise."""
        given = {"place": self.building, "by": None, "text": "演示:垃圾没有清运"} | more
        return report_issue(category=self.categories[category], now=now or self.now, **given)


def town(*, calendar: bool = True) -> Town:
    """Build it in the current transaction. `calendar=False` leaves the working calendar as it is."""
    if calendar:
        load_calendar(DEFAULT_NAME, packaged_rows(), by=None, now=LONG_AGO)
    forget_worktimes()
    forget_rules()
    made = Town()
    for key, parent, code, name in UNITS:
        made.units[key] = add_unit(
            made.units[parent] if parent else None, code=code, name=name, by=None, now=LONG_AGO
        )
    for key, kind, at, name in BODIES:
        made.bodies[key] = add_body(
            made.units[at], kind=kind, code=f"{key}-1", name=name, by=None, now=LONG_AGO
        )
    for name, role, at, has_deputy in PEOPLE:
        deputy = made.person(f"{name}_deputy") if has_deputy else None
        made.appoint(name, role, getattr(made, at), deputy)
    for order, (key, kind, handled_at, danger) in enumerate(CATEGORIES):
        made.categories[key] = Category.objects.create(
            key=key,
            name=f"演示{key}",
            name_en=key,
            kind=kind,
            handled_at=handled_at,
            is_danger=danger,
            order=order,
        )
    return made


# name of the person, role; all at a district of their own, beside the town
WESTERNERS = (
    ("west_dispatcher", "district_dispatcher"),
    ("west_system_admin", "system_admin"),
    ("west_security_admin", "security_admin"),
    ("west_audit_admin", "audit_admin"),
)


def add_west(made: Town) -> Unit:
    """A second district in the same deployment, with its dispatcher and three administrators: made.west."""
    made.units["west"] = add_unit(None, code="621002", name="西峰区", by=None, now=LONG_AGO)
    for name, role in WESTERNERS:
        made.appoint(name, role, made.west)
    return made.west


CONTACT = Contact(name="演示居民", phone="13800001234")
