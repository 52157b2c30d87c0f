"""Deeds, corrections, redemptions, stock, reversals, expiry and other tariffs in any order; then all must hold."""

import os
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from grids.actions.policies import set_policy
from tests.builders import Town
from tests.volunteers.points_builders import corrected, fulfilled, good, in_order, served, volunteers
from trail.models import Event
from trail.refusals import Refused
from volunteers.actions.goods import move_stock
from volunteers.actions.points import book_event, expire_points, reverse_booking
from volunteers.actions.redeem import (
    collect_good,
    release_overdue,
    release_redemption,
    reserve_good,
    return_good,
)
from volunteers.ledger import BOOKINGS, EARNED
from volunteers.models import Good, PointAccount, PointEntry, PointTransfer, Redemption
from volunteers.points_querysets import tariff_at

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "20"))
STEPS = int(os.environ.get("SOAK_STEPS", "30"))
# With fewer examples chance may leave something out.
ENOUGH = 200
DICE = int(os.environ.get("SOAK_SEED", "0"))
PEOPLE = 3
WEIGHTS = {
    **{"serve": 8, "correct": 6, "fulfil": 3, "hear_again": 3, "hear_late": 3},
    **{"reserve": 9, "collect": 5, "give_up": 3, "bring_back": 3, "reverse": 4},
    **{"stock": 2, "time_passes": 4, "tariff": 2},
}


class Bank(RuleBasedStateMachine):
    """`dice` decides everything inside a step; the steps are counted into it."""

    town: Town
    seen: Counter[str]

    @initialize()
    def begin(self) -> None:
        self.mark = transaction.savepoint()
        self.now, self.count = self.town.now, 0
        self.people = volunteers(self.town, PEOPLE)
        self.goods = [
            good(self.town, price=30, stock=2),
            good(self.town, Good.objects.get().station, name="演示肥皂", price=7, stock=9, per_person=3),
        ]
        # Told of, but not heard yet.
        self.unheard: list[Event] = []

    def teardown(self) -> None:
        try:
            if hasattr(self, "now"):
                self.everything_heard_again_changes_nothing()
                self.seen.update(PointTransfer.objects.values_list("kind", flat=True))
        finally:
            transaction.savepoint_rollback(self.mark)

    @rule(dice=st.integers(0, 2**32))
    def step(self, dice: int) -> None:
        self.count += 1
        rng = Random(f"{dice} {self.count}")
        name = rng.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        try:
            with transaction.atomic():
                said = getattr(self, name)(rng)
        except Refused as refused:
            said = f"refused: {refused.code}"
        note(f"{self.count}. {self.now:%m-%d %H:%M} {name}: {said}")

    @invariant()
    def all_is_in_order(self) -> None:
        if hasattr(self, "now"):
            in_order()
            self.every_point_is_explained()
            self.every_deed_is_worth_what_the_tariff_says()

    # --- steps --------------------------------------------------------------------------------------------

    def serve(self, rng: Random) -> str:
        day = self.now.date() - timedelta(days=rng.choice([0, 0, 1, 5]))
        minutes = rng.choice([3, 60, 125, 300, 480, 900])
        event = served(
            rng.choice(self.people), minutes, at=self.now, on=day, activity=rng.choice([None, 1, 2])
        )
        return self.hear(event, rng)

    def correct(self, rng: Random) -> str:
        event = self.some_event(rng, "confirm", "service")
        minutes = rng.choice([0, 10, 60, 240, 900])
        return self.hear(corrected(event, minutes, at=self.now), rng) if event else "nothing"

    def fulfil(self, rng: Random) -> str:
        return self.hear(fulfilled(rng.choice([*self.people, None]), at=self.now), rng)

    def hear(self, event: Event, rng: Random) -> str:
        if rng.random() < 0.2:
            self.unheard.append(event)
            return f"{event} told of, not heard"
        return f"{event} {book_event(event, now=self.now)}"

    def hear_late(self, rng: Random) -> str:
        if not self.unheard:
            return "nothing"
        return str(book_event(self.unheard.pop(rng.randrange(len(self.unheard))), now=self.now))

    def hear_again(self, rng: Random) -> str:
        event = self.some_event(rng)
        if event is None or event in self.unheard:
            return "nothing"
        assert book_event(event, now=self.now) == [], f"{event} was booked twice"
        return str(event)

    def reserve(self, rng: Random) -> str:
        who, wanted = rng.choice(self.people), rng.choice(self.goods)
        return f"{who} {reserve_good(wanted, volunteer=who, by=who.user, now=self.now)}"

    def collect(self, rng: Random) -> str:
        wait = self.some_redemption(rng, "reserved")
        if wait is None:
            return "nothing"
        return str(collect_good(wait.station, code=wait.code, by=None, now=self.now))

    def give_up(self, rng: Random) -> str:
        wait = self.some_redemption(rng, "reserved", "collected")
        if wait is None:
            return "nothing"
        by = rng.choice([wait.account.volunteer.user, self.town.people["community_worker"], None])
        return f"{release_redemption(wait, by=by, now=self.now)} by {by}"

    def bring_back(self, rng: Random) -> str:
        wait = self.some_redemption(rng, "collected", "returned")
        if wait is None:
            return "nothing"
        return str(return_good(wait, by=None, now=self.now, on_shelf=rng.random() < 0.7))

    def reverse(self, rng: Random) -> str:
        some = list(PointTransfer.objects.filter(kind__in=("earn", "reverse", "reserve")).order_by("pk"))
        if not some:
            return "nothing"
        return str(reverse_booking(rng.choice(some), by=None, now=self.now, why="mistake"))

    def stock(self, rng: Random) -> str:
        kind, amount = rng.choice([("delivery", 3), ("count", -1), ("count", 2), ("count", -9)])
        return str(move_stock(rng.choice(self.goods), amount, kind=kind, by=None, now=self.now).stock)

    def time_passes(self, rng: Random) -> str:
        self.now += rng.choice([timedelta(hours=5), timedelta(days=1), timedelta(days=9), timedelta(days=40)])
        runs = [(release_overdue(now=self.now), expire_points(now=self.now)) for _run in range(2)]
        assert runs[1] == (0, 0), "what is over is over after one run"
        return str(runs)

    def tariff(self, rng: Random) -> str:
        # What happened at the very moment of a change goes by the new one.
        self.now += timedelta(seconds=1)
        value = {
            "hours": {"points": rng.choice([0, 6, 10, 25]), "per_day": rng.choice([0, 40, 80])},
            "all": {"months": rng.choice([0, 1, 2]), "per_day": rng.choice([0, 60, 200])},
        }
        district = self.town.district
        set_policy(district, "volunteer_points", value, by=None, now=self.now, reason="演示:任意顺序")
        return str(value)

    def some_event(self, rng: Random, *verbs: str) -> Event | None:
        """Of a deed, whichever."""
        deeds = Event.objects.filter(subject_type__in=("service", "wish")).order_by("pk")
        known = [one for one in deeds if not verbs or (one.verb in verbs and one.subject_type in verbs)]
        return rng.choice(known) if known else None

    def some_redemption(self, rng: Random, *states: str) -> Redemption | None:
        known = list(Redemption.objects.filter(state__in=states).order_by("pk"))
        return rng.choice(known) if known else None

    # --- what holds ---------------------------------------------------------------------------------------

    def every_point_is_explained(self) -> None:
        """By a deed that the trail knows, a step of a redemption, a counter-entry, or the calendar."""
        for one in PointTransfer.objects.select_related("event", "redemption", "reverses"):
            if one.kind in ("earn", "correct", "nothing"):
                assert one.event and one.event.subject_type in ("service", "wish")
            elif one.kind in ("reverse", "restore"):
                assert one.reverses and one.reverses.account_id == one.account_id
            elif one.kind == "expire":
                assert one.day <= self.now.date() + timedelta(days=1)
            else:
                assert one.redemption or one.kind == "owe"
        assert set(PointTransfer.objects.values_list("kind", flat=True)) <= set(BOOKINGS)

    def every_deed_is_worth_what_the_tariff_says(self) -> None:
        """At most what the newest hours and the tariff of the deed allow, less only by the bounds of a day."""
        values: Counter[tuple[int, int]] = Counter()
        hours = PointEntry.objects.filter(transfer__rule="hours", transfer__kind__in=EARNED)
        own = hours.filter(account__kind="volunteer").select_related("transfer")
        for entry in own:
            values[entry.account_id, entry.transfer.about_id] += entry.amount - entry.owed
        for (_account, service), value in values.items():
            told = list(Event.objects.about("service", service))
            tariff = tariff_at(self.town.district.pk, told[0].occurred_at)
            known = [one for one in told if one not in self.unheard]
            most = max(tariff.worth("hours", one.data["minutes"]) for one in told)
            assert 0 <= value <= most, (service, value, most, known)

    def everything_heard_again_changes_nothing(self) -> None:
        """First what was never heard; then all of it, in the wrong order."""
        for event in self.unheard:
            book_event(event, now=self.now)
        before = state()
        for event in Event.objects.filter(subject_type__in=("service", "wish")).order_by("-pk"):
            assert book_event(event, now=self.now) == []
        assert state() == before
        in_order()


def state() -> tuple[int, list[tuple[int, int]]]:
    accounts = PointAccount.objects.of_volunteers().order_by("pk").values_list("balance", "owed")
    return PointTransfer.objects.count(), list(accounts)


@pytest.mark.parametrize("share", range(2))
def test_any_order_of_steps(town: Town, share: int) -> None:
    """20 examples of up to 30 steps in two shares; from ENOUGH on every kind of booking happens in each. SOAK_EXAMPLES,
    SOAK_STEPS and SOAK_SEED set any size and other dice."""
    # Their accounts are there before anything is undone.
    for number in range(PEOPLE):
        town.person(f"helper{number}")
    machine = type("Bank", (Bank,), {"town": town, "seen": Counter()})
    chosen = settings(
        max_examples=max(EXAMPLES // 2, 1),
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        # A shorter run is other dice: nothing to be won by shrinking.
        phases=(Phase.explicit, Phase.generate),
    )
    run_state_machine_as_test(seed(DICE + share)(machine), settings=chosen)
    missing = set(BOOKINGS) - set(machine.seen)
    assert not missing or EXAMPLES < ENOUGH, (missing, machine.seen)
