"""What moving, merging or closing a unit means for all that belongs to it. Reads; decides nothing."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from grids.models import BuildingToken, Post, Unit

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Fact = tuple[Any, Any]
# What higher apps keep of a unit: what it is, and how many of it there are. They fill this at start.
KEPT_THERE: dict["StrOrPromise", Callable[[Unit], int]] = {}


def tell_of(what: "StrOrPromise", count: Callable[[Unit], int]) -> None:
    """Have this counted too. Call it once, at start."""
    KEPT_THERE[what] = count


def of_move(unit: Unit, to: Unit, now: datetime) -> Iterator[Fact]:
    """Everything below goes along."""
    yield _("Belongs to now"), unit.parent
    yield _("Belongs to then"), to
    yield _("Units below that go along"), _below(unit)
    yield _("Posts that stay"), _posts(unit, now)
    yield from _kept(unit)
    yield _("Names and codes"), _("stay as they are")


def of_merge(unit: Unit, into: Unit, now: datetime) -> Iterator[Fact]:
    """All but its posts goes to the other one."""
    yield _("Merged into"), f"{into} {into.code}"
    yield _("Units below that move there"), _below(unit)
    yield _("Bodies that move there"), unit.bodies.open().count()
    yield _("QR codes that lead there"), BuildingToken.objects.live().filter(unit=unit).count()
    yield _("Posts that end"), _posts(unit, now)
    yield from _kept(unit)
    words = {"code": unit.code, "name": into.name}
    yield _("Name and code"), _("the name %(name)s stays; %(code)s leads there from now on") % words


def of_closing(unit: Unit, now: datetime) -> Iterator[Fact]:
    """What must be nowhere else first, and what ends."""
    yield _("Units below (to be moved or merged first)"), _below(unit)
    yield _("Bodies (to be closed first)"), unit.bodies.open().count()
    yield _("QR codes that lead nowhere then"), BuildingToken.objects.live().filter(unit=unit).count()
    yield _("Posts that end"), _posts(unit, now)
    yield from _kept(unit)
    yield _("Code"), _("%(code)s is not given again") % {"code": unit.code}


def _below(unit: Unit) -> int:
    return Unit.objects.open().within(unit).exclude(pk=unit.pk).count()


def _posts(unit: Unit, now: datetime) -> int:
    return Post.objects.at_place(unit).unended(now).count()


def _kept(unit: Unit) -> Iterator[Fact]:
    return ((what, count(unit)) for what, count in KEPT_THERE.items())
