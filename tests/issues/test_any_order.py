"""Steps in any order by anybody, with time passing in between: whatever is offered works, and all stays in
order.
"""

from datetime import timedelta
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

FORWARD = frozenset({"screen", "sign", "whistle", "submit_result", "rate", "redo", "close", "hand_up"})


class Workflow(RuleBasedStateMachine):
    town: Town

    @initialize()
    def begin(self) -> None:
        self.mark = transaction.savepoint()
        forget_standings()
        self.now = self.town.now

    def teardown(self) -> None:
        if hasattr(self, "mark"):
            transaction.savepoint_rollback(self.mark)

    @rule(
        category=st.sampled_from(["litter", "noise", "road", "permit", "other", "fire"]),
        place=st.sampled_from(["building", "grid", "street", "district"]),
        by=st.sampled_from([None, None, "spotter", "grid_worker"]),
    )
    def report(self, category: str, place: str, by: str | None) -> None:
        person = self.town.people[by] if by else None
        self.town.report(category, place=self.town.units[place], by=person, now=self.now)

    @rule(data=st.data())
    def do_what_is_offered(self, data: Any) -> None:
        """Any of the steps that the pages would offer to anybody right now."""
        self.do_one_of([*Issue.objects.open().order_by("pk"), *Callee.objects.waiting().order_by("pk")], data)

    @rule(data=st.data())
    def go_on_with_the_oldest(self, data: Any) -> None:
        """What is offered for it, but those steps first that bring it nearer to its end."""
        self.do_one_of(Issue.objects.open().order_by("pk")[:1], data, only=FORWARD)

    @rule(data=st.data())
    def answer_a_whistle(self, data: Any) -> None:
        self.do_one_of(Callee.objects.waiting().order_by("pk")[:1], data)

    def do_one_of(self, subjects: Any, data: Any, only: frozenset[str] = frozenset(PERFORM)) -> None:
        offers = [
            (subject, name, verb)
            for subject in subjects
            for name in (None, *PEOPLE)
            for verb in self.offered(subject, name)
            if verb in only
        ]
        if not offers:
            return
        subject, name, verb = offers[data.draw(st.integers(0, len(offers) - 1), label="which offer")]
        before = Event.objects.count()
        try:
            with transaction.atomic():
                PERFORM[verb](subject, by=self.person(name), now=self.now, **self.inputs(verb, data))
        except Refused as refused:
            assert refused.code in CHOSEN_BADLY, f"{verb} was offered to {name}: {refused} ({refused.code})"
            assert Event.objects.count() == before

    @rule(verb=st.sampled_from(sorted(PERFORM)), name=st.sampled_from(PEOPLE), data=st.data())
    def try_something_else(self, verb: str, name: str, data: Any) -> None:
        """What is not offered is refused and changes nothing."""
        callees, issues = Callee.objects.order_by("-pk"), Issue.objects.order_by("-pk")
        subject = (callees if verb in {"acknowledge", "report_in", "done"} else issues).first()
        if subject is None or verb in self.offered(subject, name):
            return
        before = list(Issue.objects.order_by("pk").values()), Event.objects.count()
        try:
            with transaction.atomic():
                PERFORM[verb](subject, by=self.person(name), now=self.now, **self.inputs(verb, data))
        except Refused:
            assert (list(Issue.objects.order_by("pk").values()), Event.objects.count()) == before
        else:
            raise AssertionError(f"{verb} was not offered to {name}")

    @rule(hours=st.sampled_from([0.05, 0.5, 2, 5, 24, 100]), sweeps=st.integers(1, 2))
    def time_passes(self, hours: float, sweeps: int) -> None:
        """And somebody sweeps, at last: until then an offer may be out of date."""
        self.now += timedelta(hours=hours)
        for _unused in range(sweeps):
            sweep_once(now=self.now)

    @invariant()
    def all_is_in_order(self) -> None:
        if hasattr(self, "now"):
            check_invariants(self.now)

    def person(self, name: str | None) -> Any:
        return self.town.people[name] if name else None

    def offered(self, subject: Issue | Callee, name: str | None) -> tuple[str, ...]:
        callee = subject if isinstance(subject, Callee) else None
        issue = subject.issue if callee else subject
        by = self.person(name)
        standing = standing_of(by, self.now) if by else None
        ties = ties_of(issue, standing, now=self.now, callee=callee, reporter=by is None)
        return allowed_verbs(facts_of(issue, by=by, callee=callee), ties)

    def inputs(self, verb: str, data: Any) -> dict[str, Any]:
        def one_of(names: tuple[str, ...]) -> Any:
            return getattr(self.town, data.draw(st.sampled_from(names)))

        if verb == "screen":
            return {
                "category": self.town.categories[data.draw(st.sampled_from(sorted(self.town.categories)))]
            }
        if verb == "dispatch":
            return {"unit": one_of(UNITS)} if data.draw(st.booleans()) else {"body": one_of(BODIES)}
        if verb == "whistle":
            kind = data.draw(st.sampled_from(["quick", "tough", "emergency"]))
            called = {"units": [one_of(UNITS[:3])]} if data.draw(st.booleans()) else {}
            return USUAL[verb] | called | {"kind": kind, "bodies": [one_of(BODIES)]}
        if verb == "rate":
            return {part: data.draw(st.booleans()) for part in ("answered", "solved", "satisfied")}
        return USUAL.get(verb, {})


def test_any_order_of_steps(town: Town) -> None:
    machine = type("Workflow", (Workflow,), {"town": town})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=True,
        ),
    )
