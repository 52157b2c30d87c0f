"""What must hold of all activities and hours at any moment, asked of the database with queries of its own."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from trail.models import Event
from volunteers.models import Activity, Correction, Service, Shift, SignUp
from volunteers.shifts import overlap

# Verb of an event → the state of the activity after it, where the verb says one.
LEADS_TO = {
    "open": {"open"},
    "begin": {"under_way"},
    "check_in": {"under_way", "done"},
    "end": {"done"},
    "settle": {"settled"},
    "cancel": {"cancelled"},
}


def check_hours_invariants(now: datetime | None = None) -> None:
    """Raise AssertionError naming the first thing that is not as it must be. With `now`, a shift that has begun may
    have a free place although somebody waits."""
    for problem in (*_shifts(now), *_people(), *_activities(), *_services(), *_days()):
        raise AssertionError(problem)


def _shifts(now: datetime | None) -> Iterator[str]:
    """Never more in than places; nobody waits beside a free place before the shift begins, unless they have left."""
    counted = Counter(SignUp.objects.filter(state="in").values_list("shift", flat=True))
    waiting = defaultdict(list)
    for row in SignUp.objects.filter(state="waiting").select_related("volunteer"):
        waiting[row.shift_id].append(row)
    for shift in Shift.objects.select_related("activity"):
        inside = counted[shift.pk]
        if shift.cancelled_at and (inside or waiting[shift.pk] or not shift.reason):
            yield f"shift {shift.pk} was called off, and {inside} are in, {len(waiting[shift.pk])} wait"
        if inside != shift.taken:
            yield f"shift {shift.pk}: {shift.taken} taken, {inside} are in"
        if inside > shift.places:
            yield f"shift {shift.pk}: {inside} in {shift.places} places"
        queue = [one for one in waiting[shift.pk] if one.volunteer.state == "active"]
        if now and shift.starts_at <= now:
            continue
        if queue and inside < shift.places and shift.activity.state in {"open", "full"}:
            yield f"shift {shift.pk}: {len(queue)} wait beside a free place"


def _people() -> Iterator[str]:
    """Nobody has two claims at the same time, nor is both missed and there."""
    there = set(SignUp.objects.live().values_list("shift", "volunteer"))
    if both := there & set(SignUp.objects.filter(state="no_show").values_list("shift", "volunteer")):
        yield f"missed and there: {both}"
    claims = defaultdict(list)
    for row in SignUp.objects.live().select_related("shift"):
        claims[row.volunteer_id].append(row)
    for person, rows in claims.items():
        for number, one in enumerate(rows):
            if any(overlap(one.shift.period, other.shift.period) for other in rows[:number]):
                yield f"volunteer {person} is in two places at once"


def _activities() -> Iterator[str]:
    """The events explain the state; full is full."""
    events = defaultdict(list)
    for event in Event.objects.filter(subject_type="activity").order_by("seq"):
        events[event.subject_id].append(event)
    for one in Activity.objects.prefetch_related("shifts"):
        told = events[one.pk]
        if [event.seq for event in told] != list(range(1, one.version + 1)):
            yield f"activity {one.pk}: version {one.version}, events {[event.seq for event in told]}"
        if told[-1].data["state"] != one.state:
            yield f"activity {one.pk} is {one.state}, its last event says {told[-1].data['state']}"
        for event in told:
            if event.data["state"] not in LEADS_TO.get(event.verb, {event.data["state"]}):
                yield f"activity {one.pk}: {event.verb} led to {event.data['state']}"
            if event.district_id != one.district_id:
                yield f"activity {one.pk}: event {event.seq} is not in the trail of its district"
        stand = [shift for shift in one.shifts.all() if not shift.cancelled_at]
        free = sum(shift.places - shift.taken for shift in stand)
        times = (min(shift.starts_at for shift in stand), max(shift.ends_at for shift in stand))
        if (one.starts_at, one.ends_at) != times:
            yield f"activity {one.pk} says {one.starts_at}, {one.ends_at}, its shifts {times}"
        if one.state in {"open", "full"} and (one.state == "full") != (free == 0):
            yield f"activity {one.pk} is {one.state} with {free} places"
        if one.state == "settled" and one.services.filter(state="proposed").exists():
            yield f"activity {one.pk} is settled with open hours"
        yield from _claims_explained(one, told)


def _claims_explained(one: Activity, told: list[Event]) -> Iterator[str]:
    """Played from the events alone, the same people are in and waiting as the rows say."""
    played: dict[int, str] = {}
    shift_of: dict[int, int] = {}
    for event in told:
        if "sign_up" in event.data and "as" in event.data:
            played[event.data["sign_up"]] = event.data["as"]
            shift_of[event.data["sign_up"]] = event.data["shift"]
        elif event.verb in {"cancel_shift", "cancel_rest"}:
            gone = {pk for pk, shift in shift_of.items() if shift == event.data["shift"]}
            played |= {pk: "cancelled" for pk in gone if played[pk] in {"in", "waiting"}}
        elif event.verb == "cancel":
            played = {
                pk: "cancelled" if state in {"in", "waiting"} else state for pk, state in played.items()
            }
        elif event.verb == "end":
            played = {pk: "cancelled" if state == "waiting" else state for pk, state in played.items()}
    rows = dict(SignUp.objects.filter(activity=one).values_list("pk", "state"))
    in_bulk = any(event.verb == "no_show" and "count" in event.data for event in told)
    if in_bulk:
        rows = {pk: state for pk, state in rows.items() if state != "no_show"}
        played = {pk: played.get(pk, "") for pk in rows}
    if rows != played:
        yield f"activity {one.pk}: rows {rows}, events {played}"


def _services() -> Iterator[str]:
    """Two people, never the person themself; every change of confirmed minutes has its event and its correction."""
    events = defaultdict(list)
    for event in Event.objects.filter(subject_type="service").order_by("seq"):
        events[event.subject_id].append(event)
    granted = defaultdict(list)
    for row in Correction.objects.filter(state="granted").order_by("pk"):
        granted[row.service_id].append((row.was, row.minutes))
    for one in Service.objects.select_related("volunteer"):
        told = events[one.pk]
        if [event.seq for event in told] != list(range(1, one.version + 1)):
            yield f"service {one.pk}: version {one.version}, events {[event.seq for event in told]}"
        confirms = [event for event in told if event.verb == "confirm"]
        if (one.state == "confirmed") != bool(confirms):
            yield f"service {one.pk} is {one.state}, confirmed {len(confirms)} times"
        for event in told:
            if event.verb in {"confirm", "correct", "refuse"} and event.actor_id == one.volunteer.user_id:
                yield f"service {one.pk}: decided by the person themself"
        if confirms:
            yield from _minutes_explained(one, confirms[0], told, granted[one.pk])


def _days() -> Iterator[str]:
    """No day of anybody holds more than it has."""
    sums: Counter[tuple[int, date]] = Counter()
    for one in Service.objects.exclude(state="refused").select_related("sign_up__shift"):
        for day, minutes in one.worked.by_day().items():
            sums[one.volunteer_id, day] += minutes
    for (person, day), minutes in sums.items():
        if minutes > 24 * 60:
            yield f"volunteer {person} has {minutes} minutes on {day}"


def _minutes_explained(
    one: Service, confirm: Event, told: list[Event], granted: list[tuple[int, int]]
) -> Iterator[str]:
    if confirm.actor_id == one.proposed_by_id:
        yield f"service {one.pk}: confirmed by whoever handed it in"
    minutes = confirm.data["minutes"]
    steps = [(event.data["was"], event.data["minutes"]) for event in told if event.verb == "correct"]
    if steps != granted:
        yield f"service {one.pk}: corrections {granted}, events {steps}"
    for was, now in steps:
        if was != minutes:
            yield f"service {one.pk}: corrected from {was}, it was {minutes}"
        minutes = now
    if minutes != one.minutes:
        yield f"service {one.pk}: {one.minutes} minutes, its events say {minutes}"
