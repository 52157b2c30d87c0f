"""What waits for whoever runs volunteering: how many rows, each number that of a list at their desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.models import Correction, Service, Transfer, Wish
from volunteers.querysets import RUNS


def corrected(services: QuerySet) -> QuerySet:
    """Those records of which somebody asks for a correction."""
    return services.filter(Exists(Correction.objects.waiting().filter(service=OuterRef("pk"))))


@dataclass(frozen=True)
class Pile:
    """Rows of `model` that `waits` narrows down, as the list at the desk does under `query`."""

    key: str
    label: Promise
    model: Any
    waits: Callable[[QuerySet], QuerySet]
    query: str


def _in_state(key: str, label: Promise, model: Any, state: str) -> Pile:
    return Pile(key, label, model, lambda rows: rows.filter(state=state), f"state__exact={state}")


PILES = (
    _in_state("wishes_to_review", _("Wishes to review"), Wish, "proposed"),
    _in_state("wishes_to_confirm", _("Wishes to confirm"), Wish, "fulfilled"),
    _in_state("hours_to_confirm", _("Hours to confirm"), Service, "proposed"),
    Pile("corrections_to_decide", _("Corrections to decide"), Service, corrected, "correction=asked"),
    _in_state("transfers_to_decide", _("Transfers to decide"), Transfer, "asked"),
)


def waiting_for(user: Any, now: datetime) -> Mapping[str, int] | None:
    """Key of a pile → how many rows wait there; None for whoever runs volunteering nowhere. One query for
    all of them."""
    if not (sees_all(user) or standing_of(user, now).territory(RUNS)):
        return None
    counted = [
        one.waits(one.model.objects.run_by(user, now))
        .order_by()
        .values_list(Value(one.key, CharField()))
        .annotate(number=Count("pk"))
        for one in PILES
    ]
    return dict.fromkeys((one.key for one in PILES), 0) | dict(counted[0].union(*counted[1:], all=True))
