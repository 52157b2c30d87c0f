"""One issue and what a story does with it: every step is a real action, done by somebody who may do it."""

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from calendars.worktime import Worktime
from demo.seed import hours
from demo.seed.cast import Cast
from demo.seed.texts import Matter, fill, report_text, say
from grids.levels import LEVELS
from grids.models import Body, Unit
from issues.actions import PERFORM, Contact, report_issue
from issues.models import Callee, Category, Deadline, Issue

# A stretch of a story: yields moments, is sent them when they have come, returns the moment where it ended.
Stretch = Generator[datetime, datetime, datetime]
CAPABILITY = {
    "screen": "screen",
    "reject": "screen",
    "dispatch": "dispatch",
    "whistle": "whistle",
    "hand_up": "hand_up",
}
# Who registers what comes in this way; the others come from residents themselves.
REGISTRARS = {
    "patrol": "grid_worker",
    "schedule": "grid_worker",
    "alert": "community_worker",
    "hotline": "community_worker",
    "visit": "community_worker",
    "phone": "community_worker",
    "chat": "community_worker",
    "reception": "community_secretary",
    "spotter": "spotter",
}
OWN_FINDINGS = frozenset({"patrol", "schedule", "alert", "spotter"})
# The category of what the reporter cannot place; it has no rule, so the community screens it.
UNCLEAR = "other"
# No subscriber has a number that begins like this.
FICTIONAL = "000{:08d}"


@dataclass
class World:
    """What all stories of a district share."""

    cast: Cast
    categories: dict[str, Category]
    worktime: Worktime
    # Lets everything fire that is due by a moment.
    pass_time: Callable[[datetime], None] = lambda moment: None


@dataclass
class Scene:
    """A place, a matter, dice of its own, and the issue once it is reported."""

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
    issue: Issue | None = None

    # --- time ---
    def office(self, now: datetime, least: float, most: float) -> datetime:
        """Minutes of office time later."""
        return hours.office(self.rng, self.world.worktime, now, least * self.pace, most * self.pace)

    def soon(self, now: datetime, least: float, most: float) -> datetime:
        """Minutes later, at any hour."""
        return hours.soon(self.rng, now, least, most)

    def awake(self, now: datetime, least: float, most: float) -> datetime:
        """Hours later, when residents are up."""
        return hours.awake(self.rng, now, least, most)

    def chance(self, share: float) -> bool:
        """True in this share of all cases."""
        return self.rng.random() < share

    # --- steps ---
    @property
    def category(self) -> Category:
        """What the matter really is."""
        return self.world.categories[self.matter.category]

    @property
    def owner(self) -> Unit | Body:
        """Who has the issue."""
        assert self.issue is not None and self.issue.owner is not None
        return self.issue.owner

    def report(self, now: datetime) -> Issue:
        """The issue comes in, in the way that its source asks for."""
        text, spot = report_text(self.matter, self.rng)
        by = self._registrar()
        source = self.source if by or self.source not in REGISTRARS else "resident"
        found = by is not None and source in OWN_FINDINGS
        known = self.chance(0.4) and not found
        late = self.rng.randint(2, 9) if source == "hotline" and not self.category.is_danger else 0
        self.issue = report_issue(
            place=self.place,
            category=self.world.categories[UNCLEAR] if self.unclear else self.category,
            text=text,
            spot=spot,
            by=by,
            now=now,
            source=source,
            contact=Contact("演示居民", FICTIONAL.format(self.rng.randrange(10**8))) if known else None,
            on_behalf=by is not None and not found,
            occurred_at=now - timedelta(minutes=late) if late else None,
            lon=self.place.lon,
            lat=self.place.lat,
        )
        return self.issue

    def do(self, verb: str, now: datetime, *, by: Any = None, **inputs: Any) -> Any:
        """A verb of the issue, by whoever may do it for its owner. Returns what the action returns."""
        actor = by or self.world.cast.actor(self.owner, CAPABILITY.get(verb, "handle"), now, self.rng)
        made = PERFORM[verb](self.issue, by=actor, now=now, **inputs)
        if isinstance(made, Issue):
            self.issue = made
        return made

    def call(self, callee: Callee, verb: str, now: datetime, **inputs: Any) -> Callee:
        """A verb of somebody called; a silent one's acknowledgement by the level it was raised to, if that can."""
        party = callee.party
        if verb == "acknowledge":
            raised = Callee.objects.filter(pk=callee.pk).values_list("raised_to", flat=True)[0]
            party = {unit.pk: unit for unit in (self.place.community, self.place.street) if unit}.get(
                raised, party
            )
        actor = self.world.cast.actor(party, "handle", now, self.rng)
        return PERFORM[verb](callee, by=actor, now=now, **inputs)

    def rate(self, now: datetime, how: str) -> None:
        """The reporter's verdict over the follow link: good, fair or bad."""
        solved = how != "bad"
        self.issue = PERFORM["rate"](
            self.issue,
            by=None,
            now=now,
            answered=how != "bad" or self.chance(0.6),
            solved=solved,
            satisfied=how == "good",
            text=say(f"rated.{how}", self.rng),
        )

    def reread(self) -> Issue:
        """The issue as it is now."""
        assert self.issue is not None
        self.issue = Issue.objects.select_related("owner_unit", "owner_body", "category").get(
            pk=self.issue.pk
        )
        return self.issue

    def next_rung(self) -> datetime | None:
        """When the next of the issue's clocks fires."""
        found = Deadline.objects.open().filter(issue=self.issue).order_by("due_at")
        return found.values_list("due_at", flat=True).first()

    def rungs(self, rung: str) -> int:
        """How often this rung has fired for the issue and those it called."""
        return Deadline.objects.filter(issue=self.issue, rung=rung).exclude(fired_at=None).count()

    def below(self, level: str) -> bool:
        """Is the owner a unit that stands below this level?"""
        return isinstance(self.owner, Unit) and LEVELS[self.owner.kind].number > LEVELS[level].number

    def squad(self) -> Body:
        """The law-enforcement squad posted to the street: every street has one."""
        return self.world.cast.bodies.streets[self.place.street_id]["squad"]

    def department(self) -> Body:
        """The department that is asked when no other is."""
        return self.world.cast.bodies.district["city"]

    def callees(self) -> list[Callee]:
        """Those called who are not done, the lead first."""
        waiting = Callee.objects.waiting().filter(issue=self.issue)
        return list(waiting.select_related("unit", "body", "raised_to").order_by("-is_lead", "pk"))

    def bodies(self, kinds: Sequence[str], most: int) -> list[Body]:
        """Bodies of the matter that are of these kinds, those of the place before those of the district."""
        assert self.place.street_id is not None
        found = (self.world.cast.bodies.find(key, self.place.street_id) for key in self.matter.bodies)
        return [body for body in found if body and body.kind in kinds][:most]

    def result(self) -> str:
        """What the resident reads about the result."""
        return fill(self.rng.choice(self.matter.results), self.rng)

    def _registrar(self) -> Any:
        """The holder of the role, at the nearest place on the way up that has one."""
        role = self.registrar or REGISTRARS.get(self.source)
        lineage = (self.place, self.place.grid, self.place.community, self.place.street)
        holders = (self.world.cast.serves(unit, role) for unit in lineage if unit and role)
        return next((user for user in holders if user), None)
