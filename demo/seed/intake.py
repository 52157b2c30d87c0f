"""A matter at a place, and how it comes in, by the way that its source asks for: told to somebody, in a file of the
hotline, or raised by another system. Each is the action that everybody else's comes in by."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from calendars.worktime import Worktime, working_days
from demo.seed import hotline
from demo.seed.cast import Cast
from demo.seed.texts import Matter, report_text
from grids.models import Unit
from issues.actions import Contact, report_issue
from issues.actions.alerts import raise_alert
from issues.models import Category, Issue

# Who registers what comes in this way; the others come from residents themselves.
REGISTRARS = {
    "patrol": "grid_worker",
    "visit": "community_worker",
    "phone": "community_worker",
    "chat": "community_worker",
    "reception": "community_secretary",
    "spotter": "spotter",
}
OWN_FINDINGS = frozenset({"patrol", "spotter"})
# Nobody stands behind these who could be called back.
UNSAID = frozenset({"schedule", "alert"})
# The account of the demo's other systems serves the district in this role: it reports, and sees nothing.
SYSTEM = "spotter"
# The category of what the reporter cannot place; it has no rule, so the community screens it.
UNCLEAR = "other"
RAISED = "平台预警："


@dataclass
class World:
    """What all stories of a district share."""

    cast: Cast
    categories: dict[str, Category]
    worktime: Worktime
    # Lets everything fire that is due by a moment.
    pass_time: Callable[[datetime], None] = lambda moment: None


@dataclass
class Coming:
    """A place, a matter, dice of its own, and the issue once it has come in."""

    world: World
    rng: random.Random
    place: Unit
    matter: Matter
    at: datetime
    source: str = "resident"
    # Reported as something else; the community has to screen it.
    unclear: bool = False
    # Who registers it, where the source alone does not say.
    registrar: str = ""
    # Below 1 everything takes less office time.
    pace: float = 1.0
    # The reporter leaves a telephone number, which not everybody does.
    reachable: bool = False
    issue: Issue | None = None

    @property
    def category(self) -> Category:
        """What the matter really is."""
        return self.world.categories[self.matter.category]

    @property
    def is_told(self) -> bool:
        """Has somebody said it, who can be called back and says what they think of the result?"""
        return self.source not in UNSAID

    def chance(self, share: float) -> bool:
        """True in this share of all cases."""
        return self.rng.random() < share

    def day_after(self, moment: datetime, days: int) -> date:
        """The day so many working days later."""
        return timezone.localdate(self.world.worktime.due(moment, working_days(days)).at)

    def report(self, now: datetime, about: Unit | None = None) -> Issue:
        """The issue comes in; `about` those in charge, it is a complaint."""
        if self.source == "hotline":
            self.issue = self._ordered(now)
        elif self.source == "alert":
            self.issue = self.raise_alert(now)
        else:
            self.issue = self._reported(now, about)
        return self.issue

    def raise_alert(self, now: datetime) -> Issue:
        """The demo's sensors say that something is wrong here; while it is, they say so again and again."""
        text, spot = report_text(self.matter, self.rng)
        alert, _is_new = raise_alert(
            place=self.place,
            category=self.category,
            text=f"{RAISED}{text}",
            severity="critical" if self.category.is_danger else self.rng.choice(("minor", "major")),
            dedupe_key=f"demo-{self.matter.key}-{self.place.code}-{self.at:%m%d%H%M%S}",
            by=self._system(),
            now=now,
            thing=f"演示设备{self.place.code[-4:]}",
            spot=spot,
            lon=self.place.lon,
            lat=self.place.lat,
        )
        return alert.issue

    def _ordered(self, now: datetime) -> Issue:
        """The street's dispatcher imports the hotline's file with this order."""
        street = self.place.street
        assert street is not None
        row = hotline.order_row(
            self.place,
            self.matter,
            self.rng,
            number=f"YS{now:%Y%m%d%H%M}{street.code[-3:]}{self.rng.randrange(10**5):05d}",
            topic=hotline.UNKNOWN if self.unclear else _topic_of(self.category),
            deadline=self.day_after(now, hotline.WORKING_DAYS),
            sent_at=now if self.category.is_danger else now - timedelta(minutes=self.rng.randint(2, 9)),
        )
        (order,) = hotline.bring(
            street, [row], by=self.world.cast.serves(street, "street_dispatcher"), now=now
        )
        return order.issue

    def _reported(self, now: datetime, about: Unit | None) -> Issue:
        """By a resident, by somebody on duty, or by another system on somebody's behalf."""
        text, spot = report_text(self.matter, self.rng)
        by = self._system() if self.source == "api" else self._registrar()
        source = self.source if by or self.source not in REGISTRARS else "resident"
        found = by is not None and source in OWN_FINDINGS
        known = (self.chance(0.4) or self.reachable) and not found
        phone = hotline.FICTIONAL.format(self.rng.randrange(10**8))
        return report_issue(
            place=self.place,
            category=self.world.categories[UNCLEAR] if self.unclear else self.category,
            text=text,
            spot=spot,
            by=by,
            now=now,
            source=source,
            contact=Contact("演示居民", phone) if known else None,
            on_behalf=by is not None and not found,
            lon=self.place.lon,
            lat=self.place.lat,
            about=about,
        )

    def _system(self) -> Any:
        """The account by which other systems report."""
        return self.world.cast.serves(self.world.cast.district, SYSTEM)

    def _registrar(self) -> Any:
        """The holder of the role, at the nearest place on the way up that has one."""
        role = self.registrar or REGISTRARS.get(self.source)
        lineage = (self.place, self.place.grid, self.place.community, self.place.street)
        holders = (self.world.cast.serves(unit, role) for unit in lineage if unit and role)
        return next((user for user in holders if user), None)


def _topic_of(category: Category) -> str:
    """A classification of the hotline's that means this category."""
    return "->".join(row.name for row in (category.parent, category) if row)
