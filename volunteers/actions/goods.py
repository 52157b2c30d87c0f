"""Goods at stations and their stock: made, changed, delivered, counted, offered or not."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from trail.actions import record_event
from trail.refusals import Refused
from volunteers.ledger import STOCK_BY_HAND
from volunteers.models import Good, Redemption, Station, StockMove
from volunteers.models.goods import MOST_PRICE
from volunteers.querysets import RUNS

if TYPE_CHECKING:
    from accounts.models import User

MOST_AT_ONCE = 100_000
LONGEST_NAME, LONGEST_ABOUT, MOST_PER_PERSON = 40, 200, 1000


@transaction.atomic
def add_good(
    station: Station,
    *,
    name: str,
    price: int,
    by: "User | None",
    now: datetime,
    about: str = "",
    per_person: int = 0,
    stock: int = 0,
) -> Good:
    """Offer something at a station for points; `stock` pieces of it are there already. `per_person` 0: no bound.

    Raises NotAllowed, or Refused("station", "name", "taken", "about", "price", "per_person", "amount").
    """
    station = (
        Station.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=station.pk)
    )
    require(by, RUNS, station.unit, now)
    if station.closed_at:
        raise Refused(_("This station is closed."), code="station")
    good = Good(
        **_checked(name, about, price, per_person),
        station=station,
        district_id=station.district_id,
        street_id=station.street_id,
        community_id=station.community_id,
        opened_at=now,
    )
    _save(good)
    if stock:
        _check_amount(good, "delivery", stock)
        move(good, "delivery", stock, by=by, now=now)
    _record(good, "add", by, now, {"price": price, "stock": stock})
    return good


@transaction.atomic
def change_good(
    good: Good,
    *,
    by: "User | None",
    now: datetime,
    name: str | None = None,
    about: str | None = None,
    price: int | None = None,
    per_person: int | None = None,
) -> Good:
    """Correct what is given; the price holds for what is put aside from now on. Raises as `add_good`."""
    good = lock_good(good.pk)
    require(by, RUNS, good.station.unit, now)
    wanted = {"name": name, "about": about, "price": price, "per_person": per_person}
    asked: dict[str, Any] = {
        key: getattr(good, key) if value is None else value for key, value in wanted.items()
    }
    values = _checked(**asked)
    changed = [key for key, value in values.items() if getattr(good, key) != value]
    if changed:
        for key in changed:
            setattr(good, key, values[key])
        _save(good, changed)
        _record(good, "change", by, now, {"fields": sorted(changed), "price": good.price})
    return good


@transaction.atomic
def close_good(good: Good, *, by: "User | None", now: datetime) -> Good:
    """Offer it no more; what is put aside may still be collected. Raises NotAllowed, or Refused("closed")."""
    good = lock_good(good.pk)
    require(by, RUNS, good.station.unit, now)
    if good.closed_at:
        raise Refused(_("This good is not offered at present."), code="closed")
    good.closed_at = now
    good.save(update_fields=["closed_at"])
    _record(good, "close", by, now, {})
    return good


@transaction.atomic
def open_good(good: Good, *, by: "User | None", now: datetime) -> Good:
    """Offer it again. Raises NotAllowed, or Refused("open", "station", "taken")."""
    good = lock_good(good.pk)
    require(by, RUNS, good.station.unit, now)
    if good.is_open:
        raise Refused(_("This good is offered already."), code="open")
    if good.station.closed_at:
        raise Refused(_("This station is closed."), code="station")
    good.closed_at = None
    _save(good, ["closed_at"])
    _record(good, "open", by, now, {})
    return good


@transaction.atomic
def move_stock(good: Good, amount: int, *, kind: str, by: "User | None", now: datetime) -> Good:
    """A delivery (more), or what a count found: so many more or fewer. What is put aside for somebody is not in the
    stock. Raises NotAllowed, or Refused("kind", "amount", "stock") for fewer than there are."""
    good = lock_good(good.pk)
    require(by, RUNS, good.station.unit, now)
    _check_amount(good, kind, amount)
    move(good, kind, amount, by=by, now=now)
    _record(good, "stock", by, now, {"kind": kind, "amount": amount})
    return good


def lock_good(pk: int) -> Good:
    """The good as it is now, locked until the transaction ends."""
    return (
        Good.objects.select_for_update(of=("self",), no_key=True).select_related("station__unit").get(pk=pk)
    )


def lock_goods(station: Station) -> None:
    """All that is offered at a station that the caller has locked: whoever puts something aside at this moment is waited
    for, and whoever does so afterwards sees what became of the station."""
    goods = Good.objects.select_for_update(no_key=True).filter(station=station, closed_at=None).order_by("pk")
    list(goods.values_list("pk", flat=True))


def move(
    good: Good,
    kind: str,
    amount: int,
    *,
    by: "User | None",
    now: datetime,
    redemption: Redemption | None = None,
) -> None:
    """Change the stock of a good that the caller has locked, with its row."""
    good.stock += amount
    good.save(update_fields=["stock"])
    StockMove.objects.create(good=good, kind=kind, amount=amount, redemption=redemption, by=by, at=now)


def _check_amount(good: Good, kind: str, amount: int) -> None:
    if kind not in STOCK_BY_HAND:
        raise Refused(_("Choose one of what is offered."), code="kind")
    if not amount or abs(amount) > MOST_AT_ONCE or (kind == "delivery" and amount < 0):
        raise Refused(_("Say how many came, or by how many the count differs."), code="amount")
    if good.stock + amount < 0:
        raise Refused(_("There are only %(number)d of it.") % {"number": good.stock}, code="stock")


def _checked(name: str, about: str, price: int, per_person: int) -> dict[str, Any]:
    name, about = name.strip(), about.strip()
    if not 2 <= len(name) <= LONGEST_NAME:
        raise Refused(_("Give it a name of 2 to %(most)d characters.") % {"most": LONGEST_NAME}, code="name")
    if len(about) > LONGEST_ABOUT:
        raise Refused(_("A text of at most %(most)d characters.") % {"most": LONGEST_ABOUT}, code="about")
    if not 1 <= price <= MOST_PRICE:
        raise Refused(_("The price is a whole number of points, 1 at least."), code="price")
    if not 0 <= per_person <= MOST_PER_PERSON:
        raise Refused(_("Say how many each person may have; 0 for no bound."), code="per_person")
    return {"name": name, "about": about, "price": price, "per_person": per_person}


def _save(good: Good, fields: list[str] | None = None) -> None:
    """Raises Refused("taken") where the station has something else of this name."""
    try:
        with transaction.atomic():
            good.save(update_fields=fields)
    except IntegrityError as error:
        raise Refused(_("This station offers something of this name already."), code="taken") from error


def _record(good: Good, verb: str, by: "User | None", now: datetime, data: dict[str, Any]) -> None:
    record_event(
        "good",
        good.pk,
        verb,
        by=by,
        now=now,
        unit_id=good.station.unit_id,
        unit_label=good.station.unit.name,
        district_id=good.district_id,
        data={"station": good.station_id} | data,
    )
