"""What comes again by itself (网上定排): a few tasks of each demo home, made before the past begins; and what its
people do whenever one is due."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from demo.seed import segments as part
from demo.seed.intake import World
from demo.seed.people import Home
from demo.seed.scene import Scene
from demo.seed.scheduler import Story
from demo.seed.texts import matters, phrases
from grids.models import Unit
from issues.actions.schedules import add_schedule
from issues.models import Category, Issue, Schedule

# Until the issue of an occurrence that is due is made.
AT_ONCE = timedelta(seconds=20)


@dataclass(frozen=True)
class Planned:
    """A task that comes again; `matter` says what is done about it, `where` at which of the home's places."""

    matter: str
    where: str
    text: str
    at: time
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()


TASKS = (
    Planned("ebike", "grid", "排查楼道和门厅的电动车飞线充电，发现即整改", time(9), weekdays=(0, 3)),
    Planned("corridor", "building", "清查楼道堆物，保持疏散通道畅通", time(14), weekdays=(2,)),
    Planned(
        "facility", "community", "检查公共健身器材和护栏，松动的当天加固", time(9, 30), month_days=(1, 15)
    ),
)


def set_schedules(home: Home, by: Any, *, now: datetime) -> None:
    """The tasks of a demo home, made by its community."""
    categories = Category.objects.in_bulk([matters()[one.matter].category for one in TASKS], field_name="key")
    for one in TASKS:
        add_schedule(
            place=getattr(home, one.where),
            category=categories[matters()[one.matter].category],
            text=one.text + phrases()["mark"],
            at=one.at,
            weekdays=one.weekdays,
            month_days=one.month_days,
            by=by,
            now=now,
        )


def duties(home: Home, world: World, *, start: datetime, seed: str) -> Iterator[tuple[str, Story]]:
    """A story for each task: whoever it is given to does it, again and again."""
    for number, one in enumerate(TASKS):
        place: Unit = getattr(home, one.where)
        rng = random.Random(f"{seed}:{place.code}:{number}")
        scene = Scene(world, rng, place, matters()[one.matter], start, "schedule")
        schedule = Schedule.objects.get(place=place, category=world.categories[scene.matter.category])
        yield f"task {one.matter}", _again_and_again(scene, schedule)


def _again_and_again(s: Scene, schedule: Schedule) -> Story:
    """Each time it is due its issue is signed for and done; nobody rates what nobody has told."""
    now = s.at
    while (due := Schedule.objects.values_list("next_at", flat=True).get(pk=schedule.pk)) is not None:
        now = yield max(due + AT_ONCE, now)
        s.world.pass_time(now)
        s.issue = Issue.objects.filter(occurrence__schedule=schedule).latest("occurrence__at")
        s.reread()
        now = yield from part.signed(s, now)
        now = yield from part.resolved(s, now, "solved")
