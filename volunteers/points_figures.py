"""What the points of a district come to, as figures that say of nobody what they have."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grids.workbook import Cell, Sheet
from volunteers.ledger import BOOKINGS, OWED, SYSTEM
from volunteers.models import PointAccount, PointTransfer, Redemption
from volunteers.points_sums import MonthSum, sums_of_months
from volunteers.small_groups import FEWEST, too_few
from volunteers.tariff import RULES, add_months

MONTHS = 12
# What the points of a month come from: deeds, less what is settled from an earlier correction.
SOURCES = RULES | {OWED: BOOKINGS["owe"].label}
# Where the points are that were issued.
WHERE = ("held", "reserved", "spent", "expired")


@dataclass(frozen=True)
class Sums:
    """Points of a district: all that were ever `issued`, and where they are now. `people`: of how many people each of
    WHERE is the sum."""

    issued: int
    held: int
    reserved: int
    spent: int
    expired: int
    people: dict[str, int]

    @property
    def difference(self) -> int:
        """0 where the books balance."""
        return self.issued - self.held - self.reserved - self.spent - self.expired

    @property
    def are_shown(self) -> bool:
        """Of fewer people they would say what one of them has."""
        return max(self.people.values()) >= FEWEST

    @property
    def shown(self) -> dict[str, int | None]:
        """Each of WHERE; None: of too few people, or what is left of the others would be."""
        few = too_few(self.people, apart=False)
        return {where: None if where in few else getattr(self, where) for where in WHERE}


@dataclass(frozen=True)
class Month:
    """The points of a month, by SOURCES and in all, as the figures of volunteering say of the same days; None: too few
    people for a figure."""

    first: date
    points: dict[str, int | None]
    issued: int | None


def sums_of(district_id: int) -> Sums:
    """Of a district, four statements."""
    system = PointAccount.objects.system(district_id).order_by().values_list("kind")
    booked = dict.fromkeys(SYSTEM, 0) | dict(system.annotate(points=Coalesce(Sum("entries__amount"), 0)))
    accounts = PointAccount.objects.of_volunteers().filter(district=district_id)
    held = accounts.aggregate(points=Coalesce(Sum("balance"), 0), people=Count("pk", filter=Q(balance__gt=0)))
    return Sums(
        issued=-booked["issued"],
        held=held["points"],
        reserved=booked["reserved"],
        spent=booked["spent"],
        expired=booked["expired"],
        people={"held": held["people"]} | _people_of(district_id),
    )


def _people_of(district_id: int) -> dict[str, int]:
    """Those for whom something is put aside, who have collected something, from whom something has expired."""

    def in_state(state: str) -> Count:
        return Count("account", filter=Q(state=state), distinct=True)

    redeemed = Redemption.objects.filter(district=district_id)
    expired = PointTransfer.objects.filter(kind="expire", district=district_id)
    return redeemed.aggregate(reserved=in_state("reserved"), spent=in_state("collected")) | expired.aggregate(
        expired=Count("account", distinct=True)
    )


def months_of(district_id: int, today: date) -> list[Month]:
    """The last twelve months, the newest first; those for which nothing was booked are left out. One statement."""
    first = add_months(today.replace(day=1), 1 - MONTHS)
    months: dict[date, MonthSum] = {}
    cells: dict[date, dict[str, MonthSum]] = defaultdict(dict)
    for row in sums_of_months(district_id, first, today):
        if row.rule is None:
            months[row.first] = row
        else:
            cells[row.first][row.rule] = row
    # Somebody is in several months, and in a month by several rules.
    few = too_few({month: row.people for month, row in months.items()}, apart=False)
    return [
        _month(month, months[month].points, cells[month], hidden=month in few)
        for month in sorted(months, reverse=True)
    ]


def _month(first: date, points: int, cells: dict[str, MonthSum], *, hidden: bool) -> Month:
    """`hidden`: all of it is, for its parts would say it."""
    few = set(cells) if hidden else too_few({rule: row.people for rule, row in cells.items()}, apart=False)
    known = {rule: None if rule in few else row.points for rule, row in cells.items()}
    return Month(first, dict.fromkeys(SOURCES, 0) | known, None if hidden else points)


def figures_sheet(months: list[Month]) -> Sheet:
    """As a file; an empty cell where there are too few people for a figure."""
    header = [_("Month"), *(str(label) for label in SOURCES.values()), pgettext("points", "Issued")]
    rows: list[list[Cell]] = [[f"{one.first:%Y-%m}", *one.points.values(), one.issued] for one in months]
    return Sheet(_("Points of the district"), header, rows)
