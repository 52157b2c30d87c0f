"""Activities, sign-ups, check-ins, hours and corrections in any order: after every step all must hold."""

import os
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from grids.standing import forget_standings
from tests.builders import Town
from tests.volunteers.hours_builders import first_shift, some_team, some_volunteer
from tests.volunteers.hours_invariants import check_hours_invariants
from trail import words
from trail.models import Event
from trail.refusals import Refused
from volunteers.actions import activities, attendance, corrections, hours, series, settling, shifts, sign_ups
from volunteers.activities import offered
from volunteers.check_in import code_at
from volunteers.models import Activity, Correction, Series, Service, Shift, SignUp, Team, Volunteer

EXAMPLES, STEPS = int(os.environ.get("SOAK_EXAMPLES", "20")), 40
# With fewer examples chance may leave something out.
ENOUGH = 200
MOST_ACTIVITIES = 4
OURS = ("activity", "service", "series")
# A refusal that the rules make for such a step; anything else would be a fault.
EXPECTED = {
    *("state", "not_yours", "own_hours", "own_proposal", "decided", "nothing", "asked", "same", "taken"),
    *("begun", "again", "overlap", "close", "full", "ended", "checked_in", "early", "closed", "code"),
    *("waiting", "not_there", "checked_out", "handed_in", "unaccounted", "not_handed_in", "to_confirm"),
    *("past", "volunteer", "never", "until", "sign_up", "not_allowed", "cancelled", "shifts", "other_day"),
    *("day_full", "overlap"),
}
TABLES = tuple(
    model._meta.db_table for model in (Activity, Shift, SignUp, Series, Service, Correction, Volunteer, Event)
)
EACH = "SELECT '{0}', count(*), md5(string_agg(row::text, ',' ORDER BY row::text)) FROM {0} AS row"


def traces() -> list[tuple[Any, ...]]:
    """Whether anything at all has changed."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(EACH.format(table) for table in TABLES))
        return sorted(cursor.fetchall())


class Volunteering(RuleBasedStateMachine):
    """`dice` decides everything inside a step, as in tests/issues/any_order."""

    town: Town
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        self.mark = transaction.savepoint()
        forget_standings()
        town = self.town
        self.now, self.count, self.changed = town.now, 0, True
        self.people = list(Volunteer.objects.order_by("pk"))
        self.team = Team.objects.get()
        self.staff = [
            town.people[name] for name in ("community_worker", "community_secretary", "street_leader")
        ]
        self.make(Random(0))

    def teardown(self) -> None:
        if hasattr(self, "mark"):
            told = Event.objects.filter(subject_type__in=OURS).values_list("subject_type", "verb")
            self.seen.update(f"{subject}.{verb}" for subject, verb in told)
            transaction.savepoint_rollback(self.mark)

    @rule(dice=st.integers(0, 2**32))
    def step(self, dice: int) -> None:
        self.count += 1
        rng = Random(f"{dice} {self.count}")
        steps = (
            *((self.do, 12), (self.time_passes, 4), (self.make, 1), (self.decide, 5)),
            *(
                (self.hand_in_again, 1),
                (self.correct, 2),
                (self.somebody_leaves, 1),
                (self.beside, 1),
                (self.tick, 1),
            ),
        )
        names, weights = zip(*steps, strict=True)
        chosen = rng.choices(names, weights)[0]
        before = traces()
        try:
            with transaction.atomic():
                said = chosen(rng)
        except Refused as refused:
            assert refused.code in EXPECTED, refused.code
            assert traces() == before, f"{chosen.__name__} was refused and left a trace"
            said = f"refused: {refused.code}"
        else:
            self.changed = True
        note(f"{self.count}. {self.now:%m-%d %H:%M} {chosen.__name__}: {said}")

    @invariant()
    def all_holds(self) -> None:
        # Where nothing has changed since, nothing can have gone wrong.
        if hasattr(self, "mark") and self.changed:
            check_hours_invariants(self.now)
            self.totals_are_sums()
            self.changed = False

    def totals_are_sums(self) -> None:
        """What a person's time is, played from the events of everybody alone."""
        played: Counter[int] = Counter()
        for data in Event.objects.filter(subject_type="service", verb="confirm").values_list(
            "data", flat=True
        ):
            played[data["volunteer"]] += data["minutes"]
        for data in Event.objects.filter(subject_type="service", verb="correct").values_list(
            "data", flat=True
        ):
            played[data["volunteer"]] += data["minutes"] - data["was"]
        by_year = Service.objects.minutes_by_year_of_many(self.people)
        found = {who.pk: sum(by_year.get(who.pk, {}).values()) for who in self.people}
        assert found == {who.pk: played[who.pk] for who in self.people}
        assert Service.objects.all().minutes() == sum(played.values())

    # --- steps --------------------------------------------------------------------------------------------

    def make(self, rng: Random) -> str:
        if Activity.objects.exclude(state__in=["settled", "cancelled"]).count() >= MOST_ACTIVITIES:
            return "enough"
        start = self.now + timedelta(hours=rng.choice([1, 2, 3, 26]))
        times = [
            activities.NewShift(
                start + timedelta(hours=3 * number), start + timedelta(hours=3 * number + 2), places
            )
            for number, places in enumerate(rng.choices([1, 2, 3], k=rng.choice([1, 1, 2])))
        ]
        by, team = rng.choice([(self.staff[0], None), (self.people[0].user, self.team)])
        made = activities.add_activity(
            unit=self.town.community, title="演示:清雪", what="演示:清路", shifts=times, by=by, now=self.now,
            team=team, free_cancel_hours=rng.choice([0, 2, 24]),
        )  # fmt: skip
        if rng.random() < 0.8:
            activities.open_activity(made, by=by, now=self.now)
        return f"{made.pk} of {len(times)} shifts"

    def do(self, rng: Random) -> str:
        """A verb that the table offers to somebody, on something it fits."""
        activity = rng.choice(list(Activity.objects.order_by("pk")))
        ties = ["organiser", "leader", "volunteer"]
        verbs = [verb for verb in offered(activity.state, ties) if verb not in {"confirm"}]
        if not verbs:
            return f"{activity.pk} has ended"
        often = {"sign_up": 12, "check_in": 12, "change": 2}
        often |= dict.fromkeys(("cancel", "cancel_shift", "cancel_rest"), 1)
        weights = [often.get(verb, 4) for verb in verbs]
        verb = rng.choices(verbs, weights)[0]
        by = rng.choice([*self.staff, self.people[0].user])
        getattr(self, f"_{verb}")(activity, by, rng)
        return f"{verb} {activity.pk} by {by}"

    def decide(self, rng: Random) -> str:
        waiting = list(Service.objects.proposed().order_by("pk"))
        if not waiting:
            return "nothing waits"
        service, by = rng.choice(waiting), rng.choice([*self.staff, *self.users()])
        if rng.random() < 0.1:
            return f"refused {hours.refuse_service(service, reason='演示:没来', by=by, now=self.now)}"
        if service.activity and rng.random() < 0.5:
            return f"{hours.confirm_hours(service.activity, by=by, now=self.now)} by {by}"
        return f"{hours.confirm_service(service, by=by, now=self.now)} by {by}"

    def hand_in_again(self, rng: Random) -> str:
        service = self.pick(Service.objects.filter(state="refused"), rng)
        if service is None:
            return "nothing was refused"
        by = rng.choice([*self.staff, self.people[0].user])
        return f"{hours.propose_again(service, minutes=rng.choice([0, 45]), by=by, now=self.now)} by {by}"

    def correct(self, rng: Random) -> str:
        asked = Correction.objects.waiting().order_by("pk").first()
        by = rng.choice([*self.staff, *self.users()])
        if asked:
            granted = rng.random() < 0.7
            return f"{corrections.decide_correction(asked, granted=granted, by=by, now=self.now)}"
        service = self.pick(Service.objects.all(), rng)
        if service is None:
            return "no hours"
        minutes = rng.choice([0, 30, 90, 600])
        by = rng.choice([by, service.volunteer.user])
        return (
            f"{corrections.ask_correction(service, minutes=minutes, reason='演示:改正', by=by, now=self.now)}"
        )

    def beside(self, rng: Random) -> str:
        who, by = rng.choice(self.people), rng.choice([*self.staff, *self.users()])
        day = self.now.date() - timedelta(days=rng.choice([1, 80]))
        made = hours.propose_service(
            who,
            on=day,
            minutes=rng.choice([1, 60]),
            what="演示:值守",
            unit=self.town.grid,
            by=by,
            now=self.now,
        )
        return f"{made} by {by}"

    def somebody_leaves(self, rng: Random) -> str:
        """… or comes back."""
        who = rng.choice(self.people[2:])
        who.refresh_from_db()
        gone = who.state == "active"
        Volunteer.objects.filter(pk=who.pk).update(
            state="left" if gone else "active", left_at=self.now if gone else None
        )
        return f"{sign_ups.drop_sign_ups(who, now=self.now)} dropped" if gone else "back"

    def time_passes(self, rng: Random) -> str:
        self.now += timedelta(hours=rng.choice([0.2, 0.5, 1, 1, 2, 24]))
        return self.tick(rng) if rng.random() < 0.5 else "nobody ticks"

    def tick(self, rng: Random) -> str:
        moved = 0
        while activities.move_by_clock(now=self.now):
            moved += 1
        while Series.objects.count() < 3 and series.make_next_of_series(now=self.now):
            moved += 1
        before = traces()
        assert not activities.move_by_clock(now=self.now) and traces() == before
        return f"{moved} moved"

    # --- the verbs ----------------------------------------------------------------------------------------

    def _change(self, activity: Activity, by: User, rng: Random) -> None:
        shift = rng.choice(list(activity.shifts.all()))
        if rng.random() < 0.3:
            activities.change_activity(activity, place=f"演示:{rng.random()}", by=by, now=self.now)
        elif rng.random() < 0.4:
            later = timedelta(hours=rng.choice([-1, 1, 2, 3]))
            times = {"starts_at": shift.starts_at + later, "ends_at": shift.ends_at + later}
            shifts.move_shift(shift, **times, by=by, now=self.now)
        else:
            activities.change_places(shift, places=rng.choice([1, 2, 3, 4]), by=by, now=self.now)

    def _open(self, activity: Activity, by: User, rng: Random) -> None:
        activities.open_activity(activity, by=by, now=self.now)

    def _cancel(self, activity: Activity, by: User, rng: Random) -> None:
        activities.cancel_activity(activity, reason="演示:大雪", by=by, now=self.now)

    def _cancel_shift(self, activity: Activity, by: User, rng: Random) -> None:
        shift = rng.choice(list(activity.shifts.all()))
        shifts.cancel_shift(shift, reason="演示:停电", by=by, now=self.now)

    def _cancel_rest(self, activity: Activity, by: User, rng: Random) -> None:
        shifts.cancel_rest(activity, reason="演示:大雪", by=by, now=self.now)

    def _repeat(self, activity: Activity, by: User, rng: Random) -> None:
        until = first_shift(activity).starts_at.date() + timedelta(days=rng.choice([8, 15]))
        series.repeat_activity(activity, rhythm="weekly", until=until, by=by, now=self.now)

    def _begin(self, activity: Activity, by: User, rng: Random) -> None:
        activities.begin_activity(activity, by=by, now=self.now)

    def _sign_up(self, activity: Activity, by: User, rng: Random) -> None:
        who = rng.choice(self.people)
        shift = rng.choice(list(activity.shifts.all()))
        by = rng.choice([by, who.user, who.user])
        code = rng.choice(["", "", code_at(activity.secret, self.now)])
        do = rng.choice([sign_ups.sign_up, sign_ups.sign_up, attendance.come_along])
        do(shift, volunteer=who, by=by, now=self.now, confirmed=rng.random() < 0.7, code=code)

    def _cancel_sign_up(self, activity: Activity, by: User, rng: Random) -> None:
        if row := self.pick(activity.sign_ups.all(), rng):
            by = rng.choice([by, row.volunteer.user, row.volunteer.user])
            sign_ups.cancel_sign_up(row, by=by, now=self.now)

    def _check_in(self, activity: Activity, by: User, rng: Random) -> None:
        if row := self.pick(activity.sign_ups.exclude(state__contains="cancelled"), rng):
            code = code_at(activity.secret, self.now)
            how = rng.choice(
                [{"by": by}, {"by": row.volunteer.user, "code": code}, {"by": row.volunteer.user}]
            )
            attendance.check_in(row, now=self.now, **how)

    def _check_out(self, activity: Activity, by: User, rng: Random) -> None:
        if row := self.pick(activity.sign_ups.came(), rng):
            attendance.check_out(row, by=by, now=self.now)

    def _undo_check(self, activity: Activity, by: User, rng: Random) -> None:
        if row := self.pick(activity.sign_ups.came(), rng):
            attendance.undo_check(row, by=by, now=self.now)

    def _no_show(self, activity: Activity, by: User, rng: Random) -> None:
        row = self.pick(activity.sign_ups.unaccounted(), rng)
        if row and rng.random() < 0.7:
            attendance.mark_no_show(row, by=by, now=self.now)
        else:
            attendance.mark_absent(activity, by=by, now=self.now)

    def _end(self, activity: Activity, by: User, rng: Random) -> None:
        activities.end_activity(activity, by=by, now=self.now)

    def _propose(self, activity: Activity, by: User, rng: Random) -> None:
        row = self.pick(activity.sign_ups.came(), rng)
        said = {row.pk: rng.choice([0, 45, 200])} if row and rng.random() < 0.4 else None
        hours.propose_hours(activity, by=by, now=self.now, minutes=said)

    def _settle(self, activity: Activity, by: User, rng: Random) -> None:
        settling.settle_activity(activity, by=by, now=self.now)

    def users(self) -> list[User]:
        return [who.user for who in self.people if who.user]

    def pick(self, rows: Any, rng: Random) -> Any:
        found = list(rows.order_by("pk"))
        return rng.choice(found) if found else None


def test_any_order_of_steps(town: Town) -> None:
    """Modest in size (SOAK_EXAMPLES sets another); from ENOUGH examples on they do all that the trail has a word for."""
    leader = some_volunteer(town, "any_leader")
    for name in ("community_secretary", *(f"any_{number}" for number in range(4))):
        some_volunteer(town, name)
    some_team(town, leader)
    machine = type("Machine", (Volunteering,), {"town": town, "seen": Counter()})
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        # A shorter run is other dice: nothing to be won by shrinking.
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(seed(0)(machine), settings=chosen)
    every = {f"{subject}.{verb}" for subject in OURS for verb in words.SUBJECTS[subject].verbs}
    # A result goes back to an issue, and a place or team ends: test_hours and test_series see to these.
    missing = every - set(machine.seen) - {"activity.report", "series.halt"}
    assert not missing or EXAMPLES < ENOUGH, (missing, machine.seen)
