"""What the ids in the events of one issue are called: a query per kind of thing, however many events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.models import User
from grids.models import Body, Unit
from issues.districts import reason_labels
from issues.models import Callee, Category, Issue
from trail.models import Event
from trail.numerals import read_whole

Party = tuple[str, int]


@dataclass
class Names:
    """What ids are called; filled by one query per kind."""

    parties: dict[Party, str] = field(default_factory=dict)
    callees: dict[int, str] = field(default_factory=dict)
    tasks: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def of(self, party: Mapping[str, int] | None) -> str:
        """The name of {"unit": id} or {"body": id}."""
        pairs = [(kind, pk) for kind, pk in (party or {}).items() if kind in {"unit", "body"} and pk]
        return next((self.parties.get(pair, "—") for pair in pairs), "—")


def names_of(issue: Issue, events: list[Event], called: Iterable[Callee]) -> Names:
    """Names of all units, bodies, categories and officers that the events mention, and of those called as far
    as the reader may know of them: a query for each kind of thing at most."""
    wanted: dict[str, set[int]] = {"unit": set(), "body": set()}
    for event in events:
        for kind, pk in _mentioned(event):
            wanted[kind].add(pk)
    names = Names(callees={row.pk: row.party.name for row in called})
    names.categories = {issue.category.key: issue.category.label}
    if keys := {event.data.get("category") for event in events} - {None, issue.category.key}:
        names.categories |= {row.key: row.label for row in Category.objects.filter(key__in=keys)}
    for kind, model in (("unit", Unit), ("body", Body)):
        if wanted[kind]:
            found = model.objects.filter(pk__in=wanted[kind]).order_by().values_list("pk", "name")
            names.parties |= {(kind, pk): name for pk, name in found}
    if people := {event.data.get(key) for event in events for key in ("officer", "person")} - {None}:
        names.people = {row.pk: str(row) for row in User.objects.filter(pk__in=people)}
    if any(event.data.get("reasons") for event in events):
        names.reasons = reason_labels([issue.district_id])
    given = [one for event in events for one in event.data.get("tasks", ())]
    names.tasks = {one["task"]: names.of(one) for one in given}
    return names


def _mentioned(event: Event) -> Iterable[Party]:
    data = event.data
    keys = ("owner", "to", "from", "asked", "for", "proposed", "with", "place", "about")
    named = [data.get(key) for key in keys]
    for one in (*named, *data.get("tasks", ())):
        yield from ((kind, pk) for kind, pk in (one or {}).items() if kind in {"unit", "body"} and pk)
    if data.get("above"):
        yield ("unit", data["above"])
    yield from (("unit", pk) for pk in data.get("units", ()))
    if place_of(event)[1]:
        yield place_of(event)


def place_of(event: Event) -> Party:
    """Where its doer stood, from the label `role@unit:id`; ("", 0) where nobody did it."""
    kind, _colon, pk = event.actor_label.partition("@")[2].partition(":")
    number = read_whole(pk)
    return (kind, number) if kind in {"unit", "body"} and number is not None else ("", 0)
