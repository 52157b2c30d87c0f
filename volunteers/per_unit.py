"""Figures of wishes, check-ins, pairings and spotters for the units below one: counts of places, never of persons.

"Each Party member claims at least one" (S3:27, of 白城: 每名党员至少认领一个) is counted by the members, not by the claims:
of those who are checked in, how many have claimed a wish. Ten claims by one of them, or by somebody who is none, leave
the others without. Where so few have checked in that it would tell of one of them it is not shown, and it is never a list
of names.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from grids.levels import below
from grids.lineage import column, inside
from grids.models import Unit
from issues.models import Issue
from volunteers.joining import MEMBER, ORGANISATION
from volunteers.models import CheckIn, Claim, Offer, Pairing, Wish
from volunteers.pairing_querysets import buildings_by_community, gaps_by_community
from volunteers.small_groups import FEWEST, hidden_places
from volunteers.tariff import NOT_ACCEPTED

# A share that fewer people than this stand behind would be a mark of one of them.
FEWEST_SPOTTERS = FEWEST


def child_column(unit: Unit) -> str:
    """What the figures of a district, street or community are told by: the streets of a district, the communities of a
    street, the community itself."""
    return column(str(below(unit.kind)) if unit.kind in {"district", "street"} else unit.kind)


def counts(rows: QuerySet, by: str, **wanted: Any) -> dict[int | None, dict[str, int]]:
    """Unit id → name → number. One query; under None what lies in no such unit, but at the unit itself."""
    found = rows.order_by().values(by).annotate(**wanted)
    return {row.pop(by): {name: number or 0 for name, number in row.items()} for row in found}


def wishes_per_unit(unit: Unit, since: datetime, until: datetime) -> dict[int | None, dict[str, int]]:
    """Of the units below: wishes made, refused, claimed, granted and run out of time in [since, until), and how many
    wait for somebody now. Two queries."""
    by = child_column(unit)
    period = (since, until)
    found = counts(
        Wish.objects.filter(inside(unit)),
        by,
        made=Count("pk", filter=_in("made_at", period)),
        refused=Count("pk", filter=_in("ended_at", period) & Q(state="refused")),
        granted=Count("pk", filter=_in("ended_at", period) & Q(state="confirmed")),
        waiting=Count("pk", filter=Q(state="open")),
    )
    claims = counts(
        Claim.objects.filter(**{f"wish__{column(unit.kind)}": unit.pk}),
        f"wish__{by}",
        claims=Count("pk", filter=_in("claimed_at", period)),
        overdue=Count("pk", filter=_in("ended_at", period) & Q(outcome="overdue")),
    )
    return {pk: row | claims.get(pk, {"claims": 0, "overdue": 0}) for pk, row in found.items()}


def checkins_per_unit(unit: Unit, on: date) -> dict[int | None, dict[str, int]]:
    """Of the units below: organisations and members who are checked in, offers that stand on this day and the minutes a
    month that they come to. Two queries."""
    by = child_column(unit)
    found = counts(
        CheckIn.objects.current().filter(inside(unit)),
        by,
        organisations=Count("pk", filter=Q(side=ORGANISATION)),
        members=Count("pk", filter=Q(side=MEMBER)),
    )
    standing = Offer.objects.standing(on).filter(inside(unit))
    offers = counts(standing, by, offers=Count("pk"), offered_minutes=Sum("minutes"))
    return {pk: row | offers.get(pk, {"offers": 0, "offered_minutes": 0}) for pk, row in found.items()}


def claimed_per_unit(
    unit: Unit, since: datetime, until: datetime
) -> tuple[dict[int | None, Counter[str]], frozenset[int | None]]:
    """Of the units below: members who are checked in now and have claimed a wish in [since, until), each once in a
    community; what was given back or ran out of time is no claim. And the ids of those (of the unit itself too) of which it
    is not shown, reckoned for the whole district, so that no page says what another one hides. One query."""
    claims = Claim.objects.not_returned().filter(_in("claimed_at", (since, until)))
    # Somebody may have checked in by their account, before or after they became a volunteer; and claimed so.
    claimed = Q(Exists(claims.filter(volunteer=OuterRef("volunteer"))))
    claimed |= Q(Exists(claims.filter(volunteer__user=OuterRef("user"))))
    claimed |= Q(Exists(claims.filter(user=OuterRef("user"))))
    claimed |= Q(Exists(claims.filter(user=OuterRef("volunteer__user"))))
    members = CheckIn.objects.current().members().filter(district=unit.district_id)
    rows = members.order_by().values_list("street_id", "community_id")
    people: dict[tuple[int | None, int | None], int] = {}
    found: dict[int | None, Counter[str]] = {}
    for street, community, number, with_claim in rows.annotate(
        number=Count("pk"), claimed=Count("pk", filter=claimed)
    ):
        people[street, community] = number
        line = {"district": unit.district_id, "street": street, "community": community}
        if line.get(unit.kind) == unit.pk:
            part = found.setdefault(street if unit.kind == "district" else community, Counter())
            part["members_with_claim"] += with_claim
    return found, hidden_parts(unit, people)


def hidden_parts(unit: Unit, people: Mapping[tuple[int | None, int | None], int]) -> frozenset[int | None]:
    """Ids of the parts, and of the unit, whose sums would tell of one person; `people`: (street, community) → how many
    of the whole district."""
    streets, communities = hidden_places(people)
    if unit.kind == "district":
        return streets | (frozenset({unit.pk}) if 0 < sum(people.values()) < FEWEST else frozenset())
    parts = {community for street, community in communities if street == unit.street_id}
    return frozenset(parts | ({unit.pk} if unit.kind == "street" and unit.pk in streets else set()))


@dataclass(frozen=True)
class Paired:
    """The pairings of a community on a day. `gaps`: level → buildings for which nobody of that level answers;
    `overlaps`: level → pairings beside which another one stands; `duties`: duty → pairings at which it is done."""

    buildings: int
    pairings: int
    gaps: Counter[int]
    overlaps: Counter[int]
    duties: Counter[str]


def pairings_per_unit(unit: Unit, on: date) -> dict[int, Paired]:
    """Of every community of the unit. Eight queries, however many there are."""
    here = Pairing.objects.within(unit)
    standing = here.in_force(on)
    buildings, missing = buildings_by_community(unit), gaps_by_community(unit, on)
    numbers = counts(standing, column("community"), pairings=Count("pk"))
    overlaps, duties = here.overlaps_by_community(on), standing.duties_by_community()
    return {
        pk: Paired(
            buildings[pk],
            numbers.get(pk, {}).get("pairings", 0),
            missing.get(pk, Counter()),
            overlaps.get(pk, Counter()),
            duties.get(pk, Counter()),
        )
        for pk in {*buildings, *numbers} - {None}
    }


@dataclass(frozen=True)
class Spotted:
    """What spotters (啄木鸟) reported in a unit. `accepted`: it became a matter, however it ended; `waiting`: nobody
    has said yet. `people` only tells whether a share may be shown."""

    reported: int
    accepted: int
    waiting: int
    people: int

    @property
    def share(self) -> float | None:
        """Accepted of all that was looked at, 0 to 1. None while nothing was, or while so few people report that it
        would be a mark of one of them."""
        looked_at = self.reported - self.waiting
        if not looked_at or self.people < FEWEST_SPOTTERS:
            return None
        return self.accepted / looked_at


def spotted_per_unit(unit: Unit, since: datetime, until: datetime, by: str = "") -> dict[int | None, Spotted]:
    """Of the units below (or by the column `by`): what spotters reported in [since, until). One query, without complaints
    about somebody and without what its reporter took back."""
    waiting = Q(state="reported")
    found = counts(
        _spotted(inside(unit), since, until),
        by or child_column(unit),
        reported=Count("pk"),
        accepted=Count("pk", filter=~Q(state="rejected") & ~waiting & ~Q(outcome__in=NOT_ACCEPTED)),
        waiting=Count("pk", filter=waiting),
        people=Count("registered_by", distinct=True),
    )
    return {pk: Spotted(**row) for pk, row in found.items()}


def few_spotters(unit: Unit, since: datetime, until: datetime) -> frozenset[int | None]:
    """Ids of the parts of the unit (of the unit itself too) whose share would be a mark of one spotter, also as what is
    left of the others; reckoned for the whole district. One query."""
    rows = _spotted(Q(district=unit.district_id), since, until).order_by()
    people = rows.values_list("street_id", "community_id").annotate(Count("registered_by", distinct=True))
    return hidden_parts(unit, {(street, community): number for street, community, number in people})


def _spotted(where: Q, since: datetime, until: datetime) -> Any:
    """What spotters reported there: no complaint about somebody, nor what its reporter took back."""
    taken_back = Q(state="closed", resolved_at=None)
    rows = Issue.objects.about_nobody().filter(where, _in("reported_at", (since, until)))
    return rows.filter(source="spotter").exclude(taken_back)


def _in(field: str, period: tuple[datetime, datetime]) -> Q:
    since, until = period
    return Q(**{f"{field}__gte": since, f"{field}__lt": until})
