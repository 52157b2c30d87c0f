"""One issue and what a story does with it: every step is a real action, done by somebody who may do it."""

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any

from demo.seed import hours
from demo.seed.intake import Coming
from demo.seed.texts import fill, report_text, say
from grids.levels import LEVELS
from grids.models import Body, Unit
from issues.actions import PERFORM
from issues.actions.settle import settle_at_once
from issues.districts import rules_of
from issues.models import Callee, Deadline, Decision, Issue, Part, Task

# A stretch of a story: yields moments, is sent them when they have come, returns the moment where it ended.
Stretch = Generator[datetime, datetime, datetime]
CAPABILITY = {
    "screen": "screen",
    "reject": "screen",
    "dispatch": "dispatch",
    "whistle": "whistle",
    "join": "whistle",
    "call_off_whistle": "whistle",
    "hand_up": "hand_up",
    "split": "dispatch",
    "assign_officer": "assign_officer",
}


class Scene(Coming):
    """What comes in, and everything that is done with it."""

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

    # --- steps ---
    @property
    def owner(self) -> Unit | Body:
        """Who has the issue."""
        assert self.issue is not None and self.issue.owner is not None
        return self.issue.owner

    def settle(self, now: datetime) -> None:
        """The grid finds it and puts it right on the spot (即办)."""
        assert self.place.grid is not None
        text, spot = report_text(self.matter, self.rng)
        self.issue = settle_at_once(
            place=self.place,
            category=self.category,
            text=text,
            spot=spot,
            by=self.world.cast.actor(self.place.grid, "handle", now, self.rng),
            now=now,
            source="patrol",
            result=self.result(),
            lon=self.place.lon,
            lat=self.place.lat,
        )

    def do(self, verb: str, now: datetime, *, by: Any = None, **inputs: Any) -> Any:
        """A verb of the issue, by whoever may do it for its owner. Returns what the action returns."""
        # In a body whoever handles hands up too.
        bodys = verb == "hand_up" and isinstance(self.owner, Body)
        capability = "handle" if bodys else CAPABILITY.get(verb, "handle")
        actor = by or self.someone(self.owner, capability, now)
        made = PERFORM[verb](self.issue, by=actor, now=now, **inputs)
        if isinstance(made, Issue):
            self.issue = made
        return made

    def someone(self, place: Unit | Body, capability: str, now: datetime) -> Any:
        """A person who has the capability at this place."""
        return self.world.cast.actor(place, capability, now, self.rng)

    def act(
        self,
        part: Part,
        verb: str,
        now: datetime,
        *,
        at: Unit | Body | None = None,
        by: Any = None,
        capability: str = "handle",
        **inputs: Any,
    ) -> None:
        """A verb of a sub-task, decision or callee, by whoever may do it for its party, or for `at`."""
        actor = by or self.someone(at or part.party, capability, now)
        PERFORM[verb](part, by=actor, now=now, **inputs)
        self.reread()

    def reporter(self, verb: str, now: datetime, **inputs: Any) -> None:
        """A verb of whoever reported it, over the follow link."""
        self.issue = PERFORM[verb](self.issue, by=None, now=now, **inputs)

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
        self.reporter("rate", now, **self._verdict(how, now), text=say(f"rated.{how}", self.rng))

    def call_back(self, now: datetime, how: str) -> None:
        """回访: the level above calls; `how` as in `rate`, "" where nobody is reached."""
        owner = self.owner
        above = owner.parent if isinstance(owner, Unit) else owner.unit
        unheard = Issue.objects.filter(pk=self.reread().pk).unheard(now)
        if above is None or self.reread().is_about_somebody or not unheard.exists():
            return
        heard = self._verdict(how, now) | {"text": say(f"rated.{how}", self.rng)} if how else {}
        by = self.someone(above, "dispatch", now)
        self.do("call_back", now, by=by, reached=bool(how), **heard)

    def _verdict(self, how: str, now: datetime) -> dict[str, Any]:
        """The three answers, and mostly a reason for what was not."""
        assert self.issue is not None
        answers = {
            "answered": how != "bad" or self.chance(0.6),
            "solved": how != "bad",
            "satisfied": how == "good",
        }
        fit = rules_of(self.issue.district_id, now).reasons_for(answers)
        chosen = [self.rng.choice(fit).key] if fit and self.chance(0.7) else []
        return answers | {"reasons": chosen}

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
        """Does the owner stand below this level? Bodies of a street stand beside it."""
        owner = self.owner
        if isinstance(owner, Body):
            return owner.street_id is not None and level in {"street", "district"}
        return LEVELS[owner.kind].number > LEVELS[level].number

    def decision(self, kind: str) -> Decision:
        """What was asked for last of this kind."""
        rows = Decision.objects.filter(issue=self.issue, kind=kind)
        return rows.select_related("unit", "body").latest("pk")

    def tasks(self) -> list[Task]:
        """Its sub-tasks, in the order in which they were given."""
        return list(Task.objects.filter(issue=self.issue).select_related("unit", "body").order_by("pk"))

    def of_street(self, *keys: str) -> list[Body]:
        """Bodies of the place's street by function, as far as it has them."""
        assert self.place.street_id is not None
        there = self.world.cast.bodies.streets[self.place.street_id]
        return [there[key] for key in keys if key in there]

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

    def ended_callees(self) -> list[Callee]:
        """Those called who have done what was asked, or will not come, and whom nobody has assessed."""
        rows = Callee.objects.filter(issue=self.issue, state__in=("done", "declined"), verdict="")
        return list(
            rows.select_related("unit", "body", "whistle__caller_unit", "whistle__caller_body").order_by("pk")
        )

    def checker(self, now: datetime) -> Any:
        """Somebody of the unit that looks at the result on the spot."""
        assert self.issue is not None and self.issue.check_unit is not None
        return self.someone(self.issue.check_unit, "verify", now)

    def bodies(self, kinds: Sequence[str], most: int) -> list[Body]:
        """Bodies of the matter that are of these kinds, those of the place before those of the district."""
        assert self.place.street_id is not None
        found = (self.world.cast.bodies.find(key, self.place.street_id) for key in self.matter.bodies)
        return [body for body in found if body and body.kind in kinds][:most]

    def result(self) -> str:
        """What the resident reads about the result."""
        return fill(self.rng.choice(self.matter.results), self.rng)
