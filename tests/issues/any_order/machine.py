"""The town at work in any order: each step is one of the verbs, or something around them; then all must hold."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from grids.standing import forget_standings, standing_of
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.actions.hotline_orders import update_order
from issues.actions.outside import settle_outside
from issues.actions.report import report_issue
from issues.actions.settle import settle_at_once
from issues.districts import forget_rules
from issues.hotline.rows import Order
from issues.lifecycle import VERBS, Verb
from issues.models import (
    Callee,
    Concern,
    Deadline,
    Decision,
    HotlineOrder,
    ImportBatch,
    Issue,
    OutsideTask,
    Part,
    Task,
)
from issues.policies import matters
from issues.relieving import way_back
from issues.rules import may, stopped
from issues.ties import facts_of, ties_of
from issues.worktimes import forget_worktimes
from tests.builders import Town
from tests.issues.any_order.choosing import CHOSEN_BADLY, WEIGHTS, inputs_of, report_of
from tests.issues.any_order.openings import OPENINGS, Opening
from tests.issues.any_order.plainly import Staff
from tests.issues.any_order.replay import fired_wrongly, unexplained
from tests.issues.any_order.surroundings import DUTY_LISTS, Surroundings
from tests.issues.any_order.traces import traces
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import Refused

MODELS: dict[str, Any] = {"issue": Issue, "callee": Callee, "task": Task, "decision": Decision}
STEPS = (
    *(("report", 1), ("do", 18), ("do_what_is_not_offered", 2), ("outsiders_look", 2)),
    *(("time_passes", 3), ("nobody_sweeps", 1), ("change_around", 2), ("hotline_sends", 1)),
)
MOST_OPEN = 4
# Guards that ask who it is; all others stop everybody.
PERSONAL = {
    *("not_own_result", "not_own_units", "not_told_to_own_unit", "not_own_request"),
    *("own_letter", "approves", "to_call"),
}
# So many verbs are tried until one is offered to somebody.
TRIED = 12
# At the keys of a verb's who: the holder of the follow link, without sign-in.
NOBODY_KNOWN = "nobody known"
# How many people are compared after every step; all of them at the end.
COMPARED = 2
# How many of those who have no part in a matter are asked what they are offered there.
OUTSIDERS = 3


class Workflow(RuleBasedStateMachine):
    """`dice` decides everything inside a step: hypothesis alone would try the same few choices all the time.

    The steps are counted into it, so that the same dice twice are not the same step twice.
    """

    town: Town
    seen: Counter[str]
    # Verbs that have not happened yet, to be tried first.
    wanted: frozenset[str]

    @initialize(opening=st.sampled_from(OPENINGS), duty=st.sampled_from(({}, {}, *DUTY_LISTS)))
    def begin(self, opening: Callable[[Opening], None], duty: dict[str, Any]) -> None:
        self.mark = transaction.savepoint()
        for forget in (forget_standings, forget_rules, forget_worktimes):
            forget()
        self.now, self.count, self.numbers = self.town.now, 0, count(1)
        self.around, self.looked = Surroundings(self.town), 0
        self.known: Staff | None = None
        self.checked: object = None
        if duty:
            note(f"the district has a duty list: {self.around.set(matters.DUTY_LIST.key, duty, self.now)}")
        self.open(opening)

    def open(self, opening: Callable[[Opening], None]) -> None:
        """By this opening; if something is still to be tried, rather by the next one after it that leads there."""
        place = OPENINGS.index(opening)
        for tried in (*OPENINGS[place:], *OPENINGS[:place]) if self.wanted else (opening,):
            before = transaction.savepoint()
            tried(Opening(self.town))
            if not self.wanted or self.leads_there():
                break
            transaction.savepoint_rollback(before)
        else:
            opening(Opening(self.town))
        note(f"begins {tried.__name__}")

    def leads_there(self) -> bool:
        """Is one of the wanted verbs offered to somebody?"""
        rng = Random(0)
        wanted = [verb for verb in VERBS if verb.key in self.wanted]
        return any(self.offer_of(verb, rng) for verb in wanted for _try in range(MOST_OPEN))

    def teardown(self) -> None:
        try:
            if hasattr(self, "now"):
                self.everybody_sees_what_they_may(len(self.people()))
            verbs = Event.objects.filter(subject_type="issue").values_list("verb", flat=True)
            self.seen.update(verbs)
        finally:
            transaction.savepoint_rollback(self.mark)

    @rule(dice=st.integers(0, 2**32))
    def step(self, dice: int) -> None:
        self.count += 1
        rng = Random(f"{dice} {self.count}")
        steps, weights = zip(*STEPS, strict=True)
        name = rng.choices(steps, weights)[0]
        said = getattr(self, name)(rng)
        note(f"{self.count}. {self.now:%m-%d %H:%M} {name}: {said}")

    @invariant()
    def all_is_in_order(self) -> None:
        if not hasattr(self, "now"):
            return
        # Where nothing has changed since, nothing can have gone wrong.
        if (left := (self.around.changes, traces())) != self.checked:
            check_invariants(self.now)
            for problem in (*fired_wrongly(), *unexplained(list(Issue.objects.all()))):
                raise AssertionError(problem)
            self.checked = left
        self.everybody_sees_what_they_may(COMPARED)

    # --- steps --------------------------------------------------------------------------------------------

    def report(self, rng: Random) -> str:
        if Issue.objects.open().count() >= MOST_OPEN:
            return "enough"
        given = report_of(self.town, rng, self.now)
        ways = (self.ordinary, self.ordinary, self.ordinary, self.complaint, self.order, self.settled)
        try:
            return f"{rng.choice(ways)(rng, given)} {given['category']} {given['place']}"
        except Refused as refused:
            return f"refused: {refused.code}"

    def ordinary(self, rng: Random, given: dict[str, Any]) -> str:
        by = self.person(rng.choice([None, None, "spotter", "grid_worker", "community_worker"]))
        on_behalf = by is not None and rng.random() < 0.3
        source = "patrol" if by and not on_behalf else "resident"
        issue = report_issue(by=by, on_behalf=on_behalf, source=source, **given)
        return f"{issue.pk} by {by}"

    def complaint(self, rng: Random, given: dict[str, Any]) -> str:
        about = getattr(self.town, rng.choice(["grid", "community", "street", "office", "department"]))
        return f"{report_issue(by=None, about=about, **given).pk} about {about}"

    def order(self, rng: Random, given: dict[str, Any]) -> str:
        """One from the hotline, with its own deadline."""
        deadline = self.now + timedelta(days=rng.choice([1, 3, 10]))
        by = self.person("district_dispatcher")
        issue = report_issue(by=by, source="hotline", on_behalf=True, deadline=deadline, **given)
        HotlineOrder.objects.create(
            issue=issue, district=self.town.district, number=f"D{next(self.numbers)}", deadline_at=deadline
        )
        return f"{issue.pk}, a hotline order"

    def hotline_sends(self, rng: Random) -> str:
        """An order once more: as it was, in other words, or set anew, whatever has become of its issue. Without one, and
        else by chance, the district takes something back."""
        orders = list(HotlineOrder.objects.order_by("pk"))
        if not orders or rng.random() < 0.4:
            return self.district_takes_back(rng)
        known, by = rng.choice(orders), self.person("district_dispatcher")
        order = Order(
            **dict.fromkeys(("kind", "category", "spot", "caller", "phone", "nature"), ""),
            line=2,
            number=known.number,
            text=rng.choice(["演示:垃圾没有清运", "演示:又催了一次"]),
            place=0,
            secret=None,
            dispatched_at=rng.choice([known.dispatched_at, self.now]),
            deadline=known.deadline_at + timedelta(days=rng.choice([0, 0, -2, 3, 8])),
            given={},
        )
        batch = ImportBatch.objects.create(
            area=self.town.district, file_name="演示.xlsx", by=by, uploaded_at=self.now
        )
        try:
            with transaction.atomic():
                return f"{known.issue_id} {update_order(known, order, batch=batch, now=self.now)}"
        except Refused as refused:
            return f"refused: {refused.code}"

    def district_takes_back(self, rng: Random) -> str:
        """What a grid has is said to stand outside its duty list; whatever has become of it, it is taken back."""
        issue = self.pick(Issue.objects.filter(owner_unit__kind="grid"), rng)
        if issue is None or OutsideTask.objects.filter(issue=issue).exists():
            return "nothing"
        was, by = issue.owner, self.person("district_dispatcher")
        task = OutsideTask.objects.create(
            district=self.town.district,
            grid=was,
            given_unit=self.town.street,
            given_on=self.now.date(),
            text="演示:清单之外",
            issue=issue,
            reported_at=self.now,
        )
        late = Deadline.objects.due(self.now).filter(issue=issue).exists()
        goes = way_back(task, issue).to
        promised = issue.promised_at
        moved = settle_outside(task, state="taken_back", by=by, now=self.now).moved_to
        assert late or moved == goes, f"{issue.pk} was to go to {goes} and went to {moved}"
        issue.refresh_from_db()
        assert late or not promised or issue.promised_at == promised, f"the promised date of {issue.pk} moved"
        return f"{issue.pk} from {was} to {moved}"

    def settled(self, rng: Random, given: dict[str, Any]) -> str:
        by = self.person(rng.choice(["grid_worker", "grid_chief", "community_worker"]))
        return f"{settle_at_once(by=by, result='演示:已清理', **given).pk} settled by {by}"

    def do(self, rng: Random) -> str:
        """One of the verbs, by one of those to whom it is offered right now."""
        for verb in self.some_verbs(rng, TRIED):
            if offer := self.offer_of(verb, rng):
                return self.do_offered(verb, *offer, rng)
        return "nothing is offered"

    def do_offered(self, verb: Verb, subject: Issue | Part, name: str, rng: Random) -> str:
        """It works, unless something bad was chosen, or something was due that nobody had swept yet."""
        issue = self.issue_of(subject)
        late, before = Deadline.objects.due(self.now).filter(issue=issue).exists(), traces()
        if name != NOBODY_KNOWN and not late:
            self.stands_where_it_matters(verb, subject, name)
        said = f"{verb.key} on {verb.on} {subject.pk} of {issue.pk} by {name}"
        inputs = inputs_of(verb.key, subject, self.town, rng, self.now)
        try:
            PERFORM[verb.key](subject, by=self.person(name), now=self.now, **inputs)
        except Refused as refused:
            assert late or refused.code in CHOSEN_BADLY, f"{said} {inputs} was offered: {refused.code}"
            assert traces() == before, f"{said} was refused and left a trace"
            return f"{said} refused: {refused.code}"
        except Exception as error:
            raise AssertionError(f"{said} {inputs}: {error!r}") from error
        assert late or traces() != before, f"{said} left no trace"
        return said

    def do_what_is_not_offered(self, rng: Random) -> str:
        """It is refused and changes nothing, whoever tries it on whatever, in whatever state."""
        verb, name = rng.choice(VERBS), rng.choice([NOBODY_KNOWN, *self.people()])
        subject = self.pick(MODELS[verb.on].objects.all(), rng)
        if subject is None or self.is_offered(verb, subject, name):
            return f"{verb.key}: no such thing, or offered"
        if Deadline.objects.due(self.now).filter(issue=self.issue_of(subject)).exists():
            return "it is late: others may do it now"
        before, inputs = traces(), inputs_of(verb.key, subject, self.town, rng, self.now)
        said = f"{verb.key} on {verb.on} {subject.pk} ({subject.state}) by {name}"
        try:
            PERFORM[verb.key](subject, by=self.person(name), now=self.now, **inputs)
        except Refused as refused:
            assert traces() == before, f"{said} was refused and left a trace"
            return f"{said} refused: {refused.code}"
        raise AssertionError(f"{said} was not offered and worked")

    def outsiders_look(self, rng: Random) -> str:
        """Whoever has no part in it is offered nothing at all, whatever it is and whatever else they may do elsewhere."""
        on = rng.choice(list(MODELS))
        subject = self.pick(MODELS[on].objects.all(), rng)
        if subject is None or Deadline.objects.due(self.now).filter(issue=self.issue_of(subject)).exists():
            return f"{on}: no such thing, or it is late"
        part = None if isinstance(subject, Issue) else subject
        near = self.staff().with_a_part(self.issue_of(subject), part)
        outside = [name for name in self.people() if self.town.people[name].pk not in near]
        verbs = [verb for verb in VERBS if verb.on == on and subject.state in verb.from_states]
        for name in rng.sample(outside, min(OUTSIDERS, len(outside))):
            offered = [verb.key for verb in verbs if self.is_offered(verb, subject, name)]
            assert not offered, f"{offered} on {on} {subject.pk}: {name} has no part in it"
        return f"{len(verbs)} verbs on {on} {subject.pk} are offered to none of {len(outside)}"

    def time_passes(self, rng: Random) -> str:
        """Two sweepers come, one after the other: what the first has done leaves nothing to the second."""
        self.later(rng)
        fired = sweep_once(now=self.now)
        after = traces()
        assert not Deadline.objects.due(self.now).exists(), "swept, and still something is due"
        assert sweep_once(now=self.now) == 0, "the second sweep fired something"
        assert traces() == after, "the second sweep changed something"
        return f"{fired} fired"

    def nobody_sweeps(self, rng: Random) -> str:
        """All hints are lost: who acts next finds what is due, and it fires first."""
        self.later(rng)
        return f"{Deadline.objects.due(self.now).count()} due"

    def change_around(self, rng: Random) -> str:
        self.known = None
        return self.around.change(rng, self.now)

    def later(self, rng: Random) -> None:
        self.now += timedelta(hours=rng.choice([0.1, 0.2, 1, 2, 3, 5, 24, 100]))
        self.known = None

    # --- who may what -------------------------------------------------------------------------------------

    def some_verbs(self, rng: Random, number: int) -> list[Verb]:
        """Drawn by their weights from those for which something stands in the right state."""
        states = {
            on: set(model.objects.order_by().values_list("state", flat=True)) for on, model in MODELS.items()
        }
        fit = [verb for verb in VERBS if verb.from_states & states[verb.on]]
        weights = [100 if verb.key in self.wanted else WEIGHTS.get(verb.key, 4) for verb in fit]
        return list(dict.fromkeys(rng.choices(fit, weights, k=number))) if fit else []

    def offer_of(self, verb: Verb, rng: Random) -> tuple[Issue | Part, str] | None:
        """A subject in a state for this verb, and somebody to whom it is offered there."""
        subject = self.pick(MODELS[verb.on].objects.filter(state__in=verb.from_states), rng)
        if subject is None:
            return None
        part = None if isinstance(subject, Issue) else subject
        near = self.staff().with_a_part(self.issue_of(subject), part)
        names = [name for name in self.people() if self.town.people[name].pk in near]
        rng.shuffle(names)
        if any(who.tie == "reporter" for who in verb.who):
            names.insert(0, NOBODY_KNOWN)
        facts = facts_of(self.issue_of(subject), now=self.now, part=part)
        if any(stopped(guard, facts) for guard in verb.guards if guard not in PERSONAL):
            return None
        return next(((subject, name) for name in names if self.is_offered(verb, subject, name)), None)

    def is_offered(self, verb: Verb, subject: Issue | Part, name: str) -> bool:
        """Would the pages offer it to them?"""
        part = None if isinstance(subject, Issue) else subject
        issue, by = self.issue_of(subject), self.person(name)
        standing = standing_of(by, self.now) if by else None
        ties = ties_of(issue, standing, now=self.now, part=part, reporter=by is None)
        return may(verb, facts_of(issue, now=self.now, by=by, part=part), ties)

    def stands_where_it_matters(self, verb: Verb, subject: Issue | Part, name: str) -> None:
        """Nobody acts outside their standing, and nobody acts on what they cannot see."""
        issue, user = self.issue_of(subject), self.person(name)
        part = None if isinstance(subject, Issue) else subject
        near = self.staff().with_a_part(issue, part)
        assert user.pk in near, f"{verb.key} on {issue.pk}: {name} has no part in it"
        seen = Issue.objects.visible_to(user, self.now).filter(pk=issue.pk).exists()
        assert seen, f"{verb.key} on {subject!r} of {issue.pk} is offered to {name}, who does not see it"

    def everybody_sees_what_they_may(self, number: int) -> None:
        """The next so many people, compared with the rule in plain words."""
        staff, issues = self.staff(), list(Issue.objects.all())
        concerns, names = list(Concern.objects.all()), self.people()
        for place in range(self.looked, self.looked + number):
            user = self.person(names[place % len(names)])
            seen = set(Issue.objects.visible_to(user, self.now).values_list("pk", flat=True))
            may = {issue.pk for issue in issues if staff.sees(user, issue, concerns)}
            assert seen == may, f"{user} sees {seen}, may see {may}"
        self.looked += number

    # --- helpers ------------------------------------------------------------------------------------------

    def people(self) -> list[str]:
        return list(self.town.people)

    def person(self, name: str | None) -> Any:
        return None if name in {None, NOBODY_KNOWN} else self.town.people[name]

    def staff(self) -> Staff:
        """Read anew when time has passed or somebody has come or gone."""
        if self.known is None:
            self.known = Staff(self.now)
        return self.known

    def pick(self, rows: Any, rng: Random) -> Any:
        """One of these, as a page would have it."""
        found = list(rows.order_by("pk").values_list("pk", flat=True))
        near = {
            Issue: ("owner_unit", "owner_body__unit"),
            Callee: ("issue", "whistle", "unit", "body__unit"),
        }
        related = near.get(rows.model, ("issue", "unit", "body__unit"))
        return rows.model.objects.select_related(*related).get(pk=rng.choice(found)) if found else None

    def issue_of(self, subject: Issue | Part) -> Issue:
        return subject if isinstance(subject, Issue) else subject.issue
