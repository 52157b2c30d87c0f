"""What a page says of the hotline's side of an issue, for staff: its number, what is asked of this district, the
rounds before this one, and the orders that it has to do with.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from issues import kinds
from issues.hotline.again import RETURNED, Round, rounds_of
from issues.models import HotlineOrder, Issue

MOST_RELATED = 20


@dataclass(frozen=True)
class OrderPage:
    """The order, and its rounds that are over, oldest first. `related`: the issues that the hotline ties to it, in
    either direction, as far as the reader may see them; `unknown`: numbers of others that it names."""

    order: HotlineOrder
    earlier: tuple[Round, ...]
    related: tuple[Issue, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        return self.order.number

    @property
    def nature(self) -> str:
        """What the hotline asks of this district, in words; "" where it does not say."""
        return str(kinds.label(kinds.NATURES, self.order.nature))

    @property
    def assists(self) -> bool:
        return self.order.nature == kinds.ASSISTS

    @property
    def round(self) -> int:
        """Which time it is that the hotline has sent it."""
        return len(self.earlier) + 1

    @property
    def rounds(self) -> list[str]:
        """The earlier ones in words."""
        return [round_words(one) for one in self.earlier]


def order_page(issue: Issue, user: Any, now: datetime, *, inside: bool) -> OrderPage | None:
    """None for whoever looks from outside and for what the hotline never sent. Two queries, for orders alone."""
    if not inside or issue.source != "hotline":
        return None
    order = HotlineOrder.objects.filter(issue=issue.pk).first()
    if order is None:
        return None
    seen = Issue.objects.visible_to(user, now)
    related = {one.hotline.number: one for one in related_to(order, seen)[:MOST_RELATED]}
    unknown = tuple(number for number in order.related if number not in related)
    return OrderPage(order, tuple(rounds_of(order.earlier)), tuple(related.values()), unknown)


def related_to(order: HotlineOrder, seen: Any) -> Any:
    """Of these issues those whose orders this one names, or which name it; of the same hotline, oldest first."""
    tied = Q(hotline__number__in=order.related) | Q(hotline__related__contains=[order.number])
    return seen.filter(tied, hotline__district=order.district_id).select_related("hotline").order_by("pk")


def round_words(one: Round) -> str:
    """A round that is over, in a line."""
    told = {"number": one.number, "due": _moment(one.deadline_at), "ended": _moment(one.ended_at)}
    said = (
        _("returned to the hotline") if one.outcome == RETURNED else kinds.label(kinds.OUTCOMES, one.outcome)
    )
    return _("Round %(number)d, until %(due)s: ended %(ended)s, %(said)s") % (told | {"said": said or "—"})


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "—"
