"""Steps in any order by anybody, with time passing in between: whatever is offered works, all stays in order."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from grids.standing import forget_standings, standing_of
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.models import Callee, Issue
from issues.rules import allowed_verbs
from issues.ties import facts_of, ties_of
from tests.builders import Town
from tests.issues.acting import USUAL
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import Refused

PEOPLE = (
    "district_dispatcher", "second_dispatcher", "street_dispatcher", "community_secretary",
    "community_worker", "grid_chief", "grid_worker", "grid_worker_deputy", "other_worker", "body_officer",
    "office_officer", "posted_officer", "property_officer", "far_dispatcher", "spotter", "building_head",
    "supervisor",
)  # fmt: skip
UNITS = ("district", "street", "community", "grid", "other_grid", "far_grid")
BODIES = ("department", "utility", "centre", "office", "posted", "property", "owners")
# Refusals for what was chosen, not for who or when: the rules offer the verb, not each of its objects.
CHOSEN_BADLY = {"not_below", "not_callable", "called_already", "too_many_callees", "target"}
# A matter that is not rejected, answered or only noted goes on for a while.
FORWARD = {"screen", "dispatch", "sign", "hand_up", "whistle", "submit_result", "rate", "redo", "close"}
WEIGHTS = {"sign": 8, "submit_result": 4, "whistle": 6, "rate": 4, "dispatch": 1, "hand_up": 1}
CALLEES = {"acknowledge", "report_in", "done"}
# What must have happened at least once, or the test has shown little.
THE_LEAST = {
    "sign",
    "whistle",
    "report_in",
    "done",
    "submit_result",
    "rate",
    "call_deputy",
    "climb",
    "remind",
}

STEPS = (("report", 2), ("go_on", 8), ("answer_a_whistle", 6), ("try_something_else", 1), ("time_passes", 2))


class Workflow(RuleBasedStateMachine):
    """`dice` decides everything inside a step: hypothesis alone would try the same few choices all the time.

    The steps are counted into it, so that the same dice twice are not the same step twice.
    """

    town: Town
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        self.mark = transaction.savepoint()
        forget_standings()
        self.now, self.count = self.town.now, 0

    def teardown(self) -> None:
        events = Event.objects.filter(subject_type="issue")
        self.seen.update(events.values_list("verb", flat=True))
        self.seen["whistle over"] += events.filter(data__whistle_over=True).count()
        transaction.savepoint_rollback(self.mark)

    @rule(dice=st.integers(0, 2**32))
    def step(self, dice: int) -> None:
        self.count += 1
        rng = Random(f"{dice} {self.count}")
        steps, weights = zip(*STEPS, strict=True)
        getattr(self, rng.choices(steps, weights)[0])(rng)

    def report(self, rng: Random) -> None:
        if Issue.objects.open().count() >= 3:
            return
        self.town.report(
            rng.choice(["litter", "noise", "road", "permit", "other", "fire"]),
            place=self.town.units[rng.choice(["building", "building", "grid", "street", "district"])],
            by=self.person(rng.choice([None, None, None, "spotter", "grid_worker"])),
            now=self.now,
        )

    def go_on(self, rng: Random) -> None:
        """Mostly what brings a matter nearer to its end."""
        self.do_one_of(Issue.objects.open(), rng, FORWARD if rng.random() < 0.7 else set(PERFORM))

    def answer_a_whistle(self, rng: Random) -> None:
        self.do_one_of(Callee.objects.waiting(), rng, CALLEES)

    def try_something_else(self, rng: Random) -> None:
        """What is not offered is refused and changes nothing."""
        verb, name = rng.choice(sorted(PERFORM)), rng.choice(PEOPLE)
        subject = (Callee if verb in CALLEES else Issue).objects.order_by("-pk").first()
        if subject is None or verb in self.offered(subject, name):
            return
        before = list(Issue.objects.order_by("pk").values()), Event.objects.count()
        try:
            with transaction.atomic():
                PERFORM[verb](subject, by=self.person(name), now=self.now, **self.inputs(verb, rng))
        except Refused:
            assert (list(Issue.objects.order_by("pk").values()), Event.objects.count()) == before
        else:
            raise AssertionError(f"{verb} was not offered to {name}")

    def time_passes(self, rng: Random) -> None:
        """And somebody sweeps, at last: until then an offer may be out of date."""
        self.now += timedelta(hours=rng.choice([0.1, 1, 2, 3, 5, 24, 100]))
        for _unused in range(rng.choice([1, 1, 1, 2])):
            sweep_once(now=self.now)

    @invariant()
    def all_is_in_order(self) -> None:
        if hasattr(self, "now"):
            check_invariants(self.now)

    def do_one_of(self, subjects: Any, rng: Random, only: set[str]) -> None:
        """One of the steps that the pages would offer to anybody right now."""
        subject = rng.choice(list(subjects.order_by("pk")) or [None])
        if subject is None:
            return
        offers: dict[str, list[str | None]] = {}
        for name in (None, *PEOPLE):
            for verb in only.intersection(self.offered(subject, name)):
                offers.setdefault(verb, []).append(name)
        if not offers:
            return
        # First which verb, then who: else what many may do would be done all the time.
        verb = rng.choices(sorted(offers), [WEIGHTS.get(verb, 2) for verb in sorted(offers)])[0]
        name, before = rng.choice(offers[verb]), Event.objects.count()
        try:
            with transaction.atomic():
                PERFORM[verb](subject, by=self.person(name), now=self.now, **self.inputs(verb, rng))
        except Refused as refused:
            assert refused.code in CHOSEN_BADLY, f"{verb} was offered to {name}: {refused} ({refused.code})"
            assert Event.objects.count() == before

    def person(self, name: str | None) -> Any:
        return self.town.people[name] if name else None

    def offered(self, subject: Issue | Callee, name: str | None) -> tuple[str, ...]:
        callee = subject if isinstance(subject, Callee) else None
        issue = subject.issue if callee else subject
        by = self.person(name)
        standing = standing_of(by, self.now) if by else None
        ties = ties_of(issue, standing, now=self.now, callee=callee, reporter=by is None)
        return allowed_verbs(facts_of(issue, by=by, callee=callee), ties)

    def inputs(self, verb: str, rng: Random) -> dict[str, Any]:
        if verb == "screen":
            return {"category": rng.choice(sorted(self.town.categories.values(), key=str))}
        if verb == "dispatch":
            names, kind = rng.choice([(UNITS, "unit"), (BODIES, "body")])
            return {kind: getattr(self.town, rng.choice(names))}
        if verb == "whistle":
            units = [getattr(self.town, name) for name in rng.sample(UNITS[:3], rng.choice([0, 0, 0, 1]))]
            bodies = [getattr(self.town, name) for name in rng.sample(BODIES, rng.choice([1, 1, 1, 2]))]
            kind = rng.choice(["quick", "tough", "emergency"])
            return USUAL[verb] | {"kind": kind, "units": units, "bodies": bodies}
        if verb == "rate":
            return {part: rng.random() < 0.5 for part in ("answered", "solved", "satisfied")}
        return USUAL.get(verb, {})


def test_any_order_of_steps(town: Town) -> None:
    machine = type("Workflow", (Workflow,), {"town": town, "seen": Counter()})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
        ),
    )
    missing = [what for what in sorted(THE_LEAST) if not machine.seen[what]]
    assert not missing, machine.seen
