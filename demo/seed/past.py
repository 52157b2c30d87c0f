"""Telling the past: one process tells the stories of its streets and sweeps their deadlines as time goes by."""

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Min

from demo.seed.intake import World
from demo.seed.people import Home
from demo.seed.plan import Cue
from demo.seed.scene import Scene
from demo.seed.scheduler import Scheduler
from demo.seed.schedules import duties
from demo.seed.scripts import SCRIPTS
from demo.seed.showcase import LIVE, SHOWN, stories
from issues import districts
from issues.actions.escalate import sweep_once
from issues.actions.schedules import run_next_schedule
from issues.models import Deadline, Schedule
from notices.actions import fan_out_once
from trail.outbox import muted

# Who would read a notice of last month? Inboxes hold what happened since.
TOLD_OF = timedelta(hours=36)
# A seed takes minutes; in an hour of the worst of days fewer moments come.
MOST_SWEEPS = 1000


@dataclass
class Passing:
    """Time that passes in some streets: what is due fires at its moment, and what is planned happens; of the last
    days people are told."""

    streets: Collection[int]
    told_from: datetime
    silence: ExitStack
    # When the next scheduled task is due. Nobody else makes any in these streets, so it need not be asked each time.
    planned: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        self.planned = self._next_planned()

    def until(self, moment: datetime) -> None:
        """Let everything happen that is due by this moment, one after the other."""
        while (due := self._next_due(moment)) is not None:
            self._hear(due)
            sweep_once(now=due, streets=self.streets)
            if due == self.planned:
                run_next_schedule(now=due, streets=self.streets)
                self.planned = self._next_planned()
        self._hear(moment)

    def _next_due(self, moment: datetime) -> datetime | None:
        rows = Deadline.objects.due(moment).filter(issue__street__in=self.streets)
        fires = rows.values_list("due_at", flat=True).first()
        planned = self.planned if self.planned and self.planned <= moment else None
        return min((at for at in (fires, planned) if at), default=None)

    def _next_planned(self) -> datetime | None:
        rows = Schedule.objects.filter(place__street__in=self.streets)
        return rows.aggregate(next=Min("next_at"))["next"]

    def _hear(self, moment: datetime) -> None:
        if moment >= self.told_from:
            self.silence.close()
            fan_out(moment)


@contextmanager
def steady_rules() -> Iterator[None]:
    """No district changes its rules while the past is told: what was read of them holds at every moment of it."""
    usual, districts.FRESH = districts.FRESH, timedelta.max
    try:
        yield
    finally:
        districts.FRESH = usual


def fan_out(moment: datetime) -> None:
    """Let everybody hear of what has happened by this moment."""
    while fan_out_once(now=moment):
        pass


@dataclass(frozen=True)
class Share:
    """Stories of a district's streets for one process: those by chance, and those of its demo users' home."""

    world: World
    cues: Sequence[Cue]
    start: datetime
    home: Home | None = None


def tell(
    shares: Sequence[Share], *, end: datetime, seed: str, told: Callable[[], None] = lambda: None
) -> list[str]:
    """Tell all stories until `end`; what the rules refused, in words (such a story stops there)."""
    streets = {cue.place.street_id for share in shares for cue in share.cues}
    streets |= {share.home.street.pk for share in shares if share.home}
    with steady_rules(), ExitStack() as silence:
        silence.enter_context(muted())
        passing = Passing(streets, end - TOLD_OF, silence)
        scheduler = Scheduler(end, passing.until)
        for share in shares:
            _add_stories(scheduler, share, replace(share.world, pass_time=passing.until), end, seed)
        scheduler.run(told)
    return scheduler.refused


def _add_stories(scheduler: Scheduler, share: Share, world: World, end: datetime, seed: str) -> None:
    for cue in share.cues:
        rng = random.Random(f"{seed}:{world.cast.district.code}:{cue.number}")
        scene = Scene(world, rng, cue.place, cue.matter, cue.at, cue.source, cue.unclear)
        scheduler.add(cue.script, SCRIPTS[cue.script].tell(scene))
    if share.home:
        for one, story in stories(share.home, world, SHOWN, now=end, seed=seed):
            scheduler.add(f"shown {one.matter}", story)
        for name, story in duties(share.home, world, start=share.start, seed=seed):
            scheduler.add(name, story)


def catch_up(now: datetime) -> None:
    """Sweep what has become due in all other streets while the demo was seeded, each at its own moment. Whatever is due
    after so many sweeps is left to the checks."""
    for _time in range(MOST_SWEEPS):
        due = Deadline.objects.due(now).values_list("due_at", flat=True).first()
        if due is None:
            return
        sweep_once(now=due)


def tell_now(homes: Sequence[tuple[Home, World]], *, now: datetime, seed: str) -> list[str]:
    """What has just happened, so that its clocks run out after the demo's start."""
    streets = {home.street.pk for home, _world in homes}
    passing = Passing(streets, now, ExitStack())
    scheduler = Scheduler(now, passing.until)
    for home, world in homes:
        world = replace(world, pass_time=passing.until)
        for one, story in stories(home, world, LIVE, now=now, seed=seed):
            scheduler.add(f"live {one.matter}", story)
    scheduler.run()
    return scheduler.refused
