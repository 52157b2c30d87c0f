"""Activities, hours, points and wishes together in any order, by the real actions alone: what happened is heard of after
each step, and the ledger then says what the confirmed records, the wishes and the redemptions say."""

from collections import Counter
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from grids.actions.policies import set_policy
from tests.builders import Town
from tests.volunteers.hours_builders import some_team, some_volunteer
from tests.volunteers.points_builders import good, in_order
from tests.volunteers.test_hours_in_any_order import ENOUGH, EXAMPLES, STEPS, Volunteering
from tests.volunteers.wishes_builders import proposed, waiting
from trail.models import Event
from trail.refusals import Refused
from volunteers.actions.points import book_events
from volunteers.actions.redeem import collect_good, release_redemption, reserve_good
from volunteers.actions.wishes import PERFORM
from volunteers.ledger import EARNED
from volunteers.models import Claim, Good, PointEntry, PointTransfer, Redemption, Service, Wish
from volunteers.points_querysets import tariff_at
from volunteers.wishes import VERB

# Without a bound for a day and without end, so that every deed is worth the same whatever else there was.
PLAIN = {"all": {"per_day": 0, "months": 0}, "hours": {"points": 10, "per_day": 0}}
MOST_WISHES = 3
# From a wish that waits to one that is granted, and its way back.
WISH_STEPS = ("claim", "give_back", "fulfil", "confirm")


class Whole(Volunteering):
    """As Volunteering, with what people do with their time besides, and what they get for it."""

    booked: Counter[str]

    @initialize()
    def begin(self) -> None:
        super().begin()
        set_policy(
            self.town.district, "volunteer_points", PLAIN, by=None, now=self.now, reason="演示:不设上限"
        )
        self.good = good(self.town, price=10, stock=4, per_person=3)
        self.heard_to = 0

    def teardown(self) -> None:
        if hasattr(self, "mark"):
            self.booked.update(PointTransfer.objects.values_list("rule", flat=True))
            self.booked.update(PointTransfer.objects.values_list("kind", flat=True))
        super().teardown()

    @rule(dice=st.integers(0, 2**32))
    def something_else(self, dice: int) -> None:
        self.count += 1
        rng = Random(f"{dice} {self.count}")
        (what,) = rng.choices([self.wish, self.move_wish, self.redeem, self.end_redemption], [1, 6, 3, 3])
        try:
            with transaction.atomic():
                said = what(rng)
        except Refused as refused:
            said = f"refused: {refused.code}"
        self.changed = True
        note(f"{self.count}. {self.now:%m-%d %H:%M} {what.__name__}: {said}")

    def wish(self, rng: Random) -> str:
        if Wish.objects.filter(state__in=("proposed", "open", "claimed")).count() >= MOST_WISHES:
            return "enough"
        return str(rng.choice([proposed, waiting, waiting])(self.town, now=self.now))

    def move_wish(self, rng: Random) -> str:
        wishes = list(Wish.objects.order_by("pk"))
        if not wishes:
            return "nothing there"
        wish, verb = rng.choice(wishes), rng.choice(WISH_STEPS)
        who = rng.choice(self.people)
        asked: dict[str, Any] = {"claimer": who} if verb == "claim" else {}
        asked |= {"text": "演示:说明原因"} if VERB[verb].words else {}
        by = rng.choice(self.staff) if verb == "confirm" else who.user
        return f"{PERFORM[verb](wish, by=by, now=self.now, **asked)} {verb} by {by}"

    def redeem(self, rng: Random) -> str:
        who = rng.choice(self.people)
        return str(reserve_good(Good.objects.get(), volunteer=who, by=who.user, now=self.now))

    def end_redemption(self, rng: Random) -> str:
        waits = list(Redemption.objects.filter(state="reserved").order_by("pk"))
        if not waits:
            return "nothing waits"
        one = rng.choice(waits)
        if rng.random() < 0.6:
            return str(collect_good(one.station, code=one.code, by=None, now=self.now))
        return str(release_redemption(one, by=None, now=self.now))

    # --- what holds ---------------------------------------------------------------------------------------

    @invariant()
    def the_ledger_says_what_the_records_say(self) -> None:
        if not hasattr(self, "heard_to"):
            return
        self.hear()
        in_order()
        tariff = tariff_at(self.town.district.pk, self.now)
        services = Service.objects.confirmed().exclude(volunteer__state="erased")
        worth = {one.pk: points for one in services if (points := tariff.worth("hours", one.minutes))}
        assert booked("hours") == worth
        kept = Claim.objects.filter(wish__state="confirmed", outcome="kept", volunteer__isnull=False)
        assert booked("wish") == {one.wish_id: tariff.worth("wish") for one in kept}
        assert Good.objects.get().stock == 4 - Redemption.objects.filter(state__in=("reserved", "collected")).count()

    def hear(self) -> None:
        """As the worker does, all that is new; hearing of it again changes nothing."""
        new = list(
            Event.objects.filter(pk__gt=self.heard_to, subject_type__in=("service", "wish")).order_by("pk")
        )
        if not new:
            return
        book_events(new, now=self.now)
        assert book_events(new, now=self.now) == []
        self.heard_to = new[-1].pk


def booked(about: str) -> dict[int, int]:
    """Deed → points that were booked for it in all, what is owed of a correction included; without those worth nothing."""
    found: Counter[int] = Counter()
    lines = PointEntry.objects.filter(account__kind="volunteer", transfer__rule=about, transfer__kind__in=EARNED)
    for line in lines.select_related("transfer"):
        found[line.transfer.about_id] += line.amount - line.owed
    return {deed: points for deed, points in found.items() if points}


def test_any_order_of_all_of_it(town: Town) -> None:
    """As many examples and steps as of the activities; from ENOUGH on every way to points and with them happens."""
    leader = some_volunteer(town, "any_leader")
    for name in ("community_secretary", *(f"any_{number}" for number in range(4))):
        some_volunteer(town, name)
    some_team(town, leader)
    machine = type("Machine", (Whole,), {"town": town, "seen": Counter(), "booked": Counter()})
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
    missing = {"hours", "activity", "wish", "earn", "reserve", "collect"} - set(machine.booked)
    assert not missing or EXAMPLES < ENOUGH, (missing, machine.booked)
