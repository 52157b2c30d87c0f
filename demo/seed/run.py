"""The whole seed, step by step: places, people, two months of work, and what has just happened."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from calendars.actions import load_calendar
from calendars.querysets import DEFAULT_NAME
from calendars.rows import PACKAGED_SOURCE
from calendars.rows import packaged_rows as packaged_days
from demo.seed import checks, credentials, hotline, marks, outside, policies, schedules, shares
from demo.seed.activities import seed_activities, seed_today
from demo.seed.bodies import Bodies, add_bodies
from demo.seed.cast import Cast
from demo.seed.duty import record_leaves, set_roster
from demo.seed.intake import World
from demo.seed.joining import seed_joining
from demo.seed.passwords import Password, new_passwords
from demo.seed.past import Share, catch_up, fan_out, tell_now
from demo.seed.people import Home, appoint_all, home_of, stand_behind
from demo.seed.places import KUANCHENG, XIFENG, Shown, import_divisions, import_grids
from demo.seed.plan import Cue, plan_stories, share_out_streets
from demo.seed.points import seed_points
from demo.seed.progress import Progress
from demo.seed.size import FULL, Size
from demo.seed.volunteers import LEADER, seed_leader, seed_volunteers
from demo.seed.wishes import seed_wishes
from grids.actions.tokens import issue_tokens
from grids.models import Unit
from grids.roles import ROLES
from issues.actions.categories import load_categories
from issues.actions.categories import packaged_rows as packaged_categories
from issues.actions.rates import count_rates
from issues.models import Category, Issue
from issues.worktimes import worktime_of
from trail.actions import record_event
from trail.outbox import muted
from volunteers.models import Volunteer

# Of all issues this share happens in the district that is shown beside the other.
BESIDE = 0.025
# More than this share of stories refused by the rules, and the scripts no longer fit them.
REFUSED_AT_MOST = 0.02


class SeedFailed(RuntimeError):
    """The seed is not what it should be; the text names what is missing or wrong."""


@dataclass
class Stage:
    """A district shown at work, as far as it is set up."""

    shown: Shown
    passwords: dict[str, Password]
    bodies: Bodies
    home: Home
    world: World | None = None


@dataclass
class Seeding:
    """One run. `seed` decides every throw of the dice; `clock` says where the past ends, and when the seed does."""

    size: Size = FULL
    seed: str = "1"
    progress: Progress = field(default_factory=Progress)
    clock: Callable[[], datetime] = timezone.now
    now: datetime = field(init=False)
    stages: list[Stage] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.clock().replace(microsecond=0)

    @property
    def start(self) -> datetime:
        """Where the past begins."""
        return self.now - timedelta(days=self.size.days)

    @property
    def eve(self) -> datetime:
        """The day before it begins: everything stands and everybody has been appointed."""
        return self.start - timedelta(days=1)

    def run(self, *, path: Path | None, base_url: str) -> checks.Report:
        """Seed an empty database; `path` gets the sign-ins. Raises SeedFailed, ShareFailed."""
        shares.hurry()
        with muted():
            record_event(marks.SUBJECT, marks.NUMBER, "seed", by=None, now=self.now, data={"seed": self.seed})
            self._places()
            self._people()
            self._rules()
        self._past()
        report = self._present(path, base_url)
        record_event(marks.SUBJECT, marks.NUMBER, "seeded", by=None, now=self.clock())
        return report

    def _rng(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}:{what}")

    def _places(self) -> None:
        with self.progress.step("日历与类别 / calendar and categories"):
            load_calendar(DEFAULT_NAME, packaged_days(), by=None, now=self.eve, source=PACKAGED_SOURCE)
            load_categories(packaged_categories(), by=None, now=self.eve)
        with self.progress.step("五个区 / five districts"):
            import_divisions(now=self.eve)
        for shown in (KUANCHENG, XIFENG):
            with self.progress.step(f"网格与楼栋 / grids and buildings {shown.code}", 10_000) as moved:
                import_grids(shown, self.size, self._rng(shown.code), now=self.eve, progress=moved)

    def _people(self) -> None:
        with self.progress.step("机构 / bodies"):
            for shown in (KUANCHENG, XIFENG):
                district = Unit.objects.get(code=shown.code)
                streets = Unit.objects.at("street").filter(district=district)
                bodies = add_bodies(
                    district, [unit for unit in streets if shown.covers(unit.code)], now=self.eve
                )
                # Volunteers are shown in the first one alone.
                roles = [*ROLES] if self.stages else [*ROLES, LEADER]
                self.stages.append(Stage(shown, new_passwords(roles), bodies, home_of(shown, bodies)))
        with self.progress.step("人员、值班、二维码 / people, duty, QR codes"):
            for stage in self.stages:
                self._staff(stage)
            known = [stage.shown.code for stage in self.stages]
            stand_behind(Unit.objects.at("district").exclude(code__in=known), now=self.eve)

    def _rules(self) -> None:
        with self.progress.step("各区规则 / rules of the districts"):
            home = self.stages[0]
            streets = Unit.objects.at("street").filter(district=home.home.district)
            squads = {street: bodies["squad"] for street, bodies in home.bodies.streets.items()}
            policies.set_policies(home.home.street, streets.order_by("code"), squads, now=self.eve)
        with self.progress.step("定时任务 / scheduled tasks"):
            for stage in self.stages:
                secretary = f"{stage.shown.prefix}community_secretary"
                schedules.set_schedules(stage.home, User.objects.get(username=secretary), now=self.eve)
        with self.progress.step("清单外任务 / tasks outside the duty list"):
            for stage in self.stages:
                names = [f"{stage.shown.prefix}{role}" for role in ("grid_worker", "district_dispatcher")]
                worker, dispatcher = (User.objects.get(username=name) for name in names)
                outside.report_tasks(stage.home, worker, dispatcher, now=self.eve)
        with self.progress.step("志愿者 / volunteers"):
            stage = self.stages[0]
            secretary = User.objects.get(username=f"{stage.shown.prefix}community_secretary")
            seed_volunteers(stage.home, secretary, now=self.eve)
            name, password = f"{stage.shown.prefix}{LEADER}", stage.passwords[LEADER].text
            seed_leader(stage.home, name, password, secretary, now=self.eve)

    def _staff(self, stage: Stage) -> None:
        rng = self._rng(f"people {stage.shown.code}")
        posts = appoint_all(stage.shown, stage.home, stage.bodies, stage.passwords, rng, now=self.eve)
        record_leaves(posts, stage.home, rng, start=self.start, now=self.now)
        set_roster(posts, stage.home, now=self.now)
        doors = Unit.objects.at("building").filter(street=stage.home.street)
        issue_tokens(doors, by=None, now=self.eve)

    def _past(self) -> None:
        with self.progress.step("安排 / planning"):
            categories = {row.key: row for row in Category.objects.select_related("parent")}
            cues = {}
            for stage in self.stages:
                district = stage.home.district
                stage.world = World(Cast.of(district, stage.bodies), categories, worktime_of(district.pk))
                cues[stage.shown.code] = self._plan(stage, categories)
            tellings = self._tellings(cues)
        total = sum(map(len, cues.values()))
        with self.progress.step("60 天的工作 / 60 days of work", total) as moved:
            self.refused += shares.tell_all(tellings, moved)
        with self.progress.step("志愿活动与微心愿 / what volunteers do, and wishes"):
            stage = self.stages[0]
            names = [f"{stage.shown.prefix}{role}" for role in ("community_secretary", "street_dispatcher")]
            secretary, street = (User.objects.get(username=name) for name in names)
            seed_activities(stage.home, secretary, street, now=self.now)
            leader = Volunteer.objects.get(user__username=f"{stage.shown.prefix}{LEADER}")
            seed_today(stage.home, leader, secretary, now=self.now)
            helper = User.objects.get(username=f"{stage.shown.prefix}building_head")
            seed_points(stage.home, secretary, street, helper, now=self.now)
            seed_wishes(stage.home, secretary, street, now=self.now)
            seed_joining(stage.home, secretary, now=self.now)

    def _plan(self, stage: Stage, categories: dict[str, Category]) -> list[Cue]:
        assert stage.world is not None
        share = BESIDE if stage.shown is XIFENG else 1 - BESIDE
        count = round(self.size.issues * share)
        places = [unit for unit in stage.world.cast.buildings if stage.shown.covers(unit.code)]
        seed = f"{self.seed}:{stage.shown.code}"
        return plan_stories(
            count, places, stage.home.grid, categories, start=self.start, end=self.now, seed=seed
        )

    def _tellings(self, cues: dict[str, list[Cue]]) -> list[shares.Telling]:
        """Each process gets streets of the district; the other district goes to the last one."""
        main, beside = self.stages
        parts = share_out_streets(cues[main.shown.code], self.size.processes)
        tellings = []
        for part in parts:
            at_home = any(cue.place.street_id == main.home.street.pk for cue in part)
            tellings.append([Share(main.world, part, self.start, main.home if at_home else None)])
        tellings[-1].append(Share(beside.world, cues[beside.shown.code], self.start, beside.home))
        return [shares.Telling(part, self.now, self.seed) for part in tellings]

    def _present(self, path: Path | None, base_url: str) -> checks.Report:
        with self.progress.step("此刻 / just now"):
            now = self.clock()
            homes = [(stage.home, stage.world) for stage in self.stages]
            self.refused += tell_now(homes, now=now, seed=self.seed)
            catch_up(now)
            for home, world in homes:
                hotline.this_morning(home, world.cast, now=now, seed=self.seed)
            count_rates(timezone.localdate(self.start), timezone.localdate(now), now=now)
            fan_out(now)
        with self.progress.step("账号 / sign-ins"):
            self._write_credentials(path, base_url, now)
        with self.progress.step("检查 / checks"):
            return self._check(now)

    def _write_credentials(self, path: Path | None, base_url: str, now: datetime) -> None:
        if path is None:
            return
        home, other = (
            credentials.sign_ins(stage.shown, stage.home, stage.passwords, base_url=base_url, now=now)
            for stage in self.stages
        )
        credentials.write(path, base_url, home, other)

    def _check(self, now: datetime) -> checks.Report:
        report = checks.check(now, [(stage.shown.prefix, stage.home) for stage in self.stages])
        self._say(report)
        if len(self.refused) > REFUSED_AT_MOST * self.size.issues:
            report.faults += self.refused
        if report.faults:
            raise SeedFailed("\n".join(report.faults))
        return report

    def _say(self, report: checks.Report) -> None:
        rows: Sequence[tuple[str, Any]] = (
            ("issues", Issue.objects.count()),
            ("states", dict(report.states)),
            (
                "callees",
                {f"{kind} {state}": count for (kind, state), count in sorted(report.callees.items())},
            ),
            ("rungs fired", dict(report.rungs)),
        )
        for label, value in rows:
            self.progress.say(f"      {label}: {value}")
        for line in self.refused:
            self.progress.say(f"      refused: {line}")
