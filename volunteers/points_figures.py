"""What the points of a district come to, as figures that say of nobody what they have."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext as _

from grids.workbook import Cell, Sheet
from volunteers.ledger import SYSTEM
from volunteers.models import PointAccount, PointEntry
from volunteers.points_querysets import SMALLEST_GROUP, VALUE
from volunteers.small_groups import too_few
from volunteers.tariff import RULES, add_months

MONTHS = 12


@dataclass(frozen=True)
class Sums:
    """Points of a district: all that were ever `issued`, and where they are now. `people`: how many have any."""

    issued: int
    held: int
    reserved: int
    spent: int
    expired: int
    people: int

    @property
    def difference(self) -> int:
        """0 where the books balance."""
        return self.issued - self.held - self.reserved - self.spent - self.expired

    @property
    def are_shown(self) -> bool:
        """Of fewer people they would say what one of them has."""
        return self.people >= SMALLEST_GROUP


@dataclass(frozen=True)
class Month:
    """What the deeds of a month have brought, by rule; None: too few people for a figure."""

    first: date
    points: dict[str, int | None]


def sums_of(district_id: int) -> Sums:
    """Of a district, two statements."""
    system = PointAccount.objects.system(district_id).order_by().values_list("kind")
    booked = dict.fromkeys(SYSTEM, 0) | dict(system.annotate(points=Coalesce(Sum("entries__amount"), 0)))
    people = PointAccount.objects.of_volunteers().filter(district=district_id)
    held = people.aggregate(points=Coalesce(Sum("balance"), 0), people=Count("pk", filter=Q(balance__gt=0)))
    return Sums(
        issued=-booked["issued"],
        held=held["points"],
        reserved=booked["reserved"],
        spent=booked["spent"],
        expired=booked["expired"],
        people=held["people"],
    )


def months_of(district_id: int, today: date) -> list[Month]:
    """The last twelve months, the newest first; those without a deed are left out. One statement."""
    first = add_months(today.replace(day=1), 1 - MONTHS)
    earned = PointEntry.objects.earned(first, today).filter(transfer__district=district_id)
    rows = (
        earned.order_by()
        .annotate(month=TruncMonth("transfer__day"))
        .values("month", rule=F("transfer__rule"))
        .annotate(points=VALUE, people=Count("account", distinct=True))
    )
    cells = {(row["month"], row["rule"]): row for row in rows}
    hidden = too_few({key: row["people"] for key, row in cells.items()})
    found: dict[date, dict[str, int | None]] = {}
    for (month, rule), row in cells.items():
        found.setdefault(month, {})[rule] = None if (month, rule) in hidden else row["points"]
    return [
        Month(month, {rule: points.get(rule, 0) for rule in RULES})
        for month, points in sorted(found.items(), reverse=True)
    ]


def figures_sheet(months: list[Month]) -> Sheet:
    """As a file; an empty cell where there are too few people for a figure."""
    header = [_("Month"), *(str(label) for label in RULES.values())]
    rows: list[list[Cell]] = [[f"{one.first:%Y-%m}", *one.points.values()] for one in months]
    return Sheet(_("Points of the district"), header, rows)
