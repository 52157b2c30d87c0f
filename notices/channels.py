"""Ways to reach a person: a row each. Whatever has a `send` is delivered by the deliver loop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

INBOX = "inbox"
# Sends in one lease must end before it does (actions.LEASE): nobody may wait longer than this for a receiver.
SEND_SECONDS = 5


@dataclass(frozen=True)
class Channel:
    """`send(notice, now)` hands a Notice over within SEND_SECONDS, or raises. After a crash it may be called
    again: the notice's id is the idempotency key to hand on. Without `send` the row is the delivery.
    """

    key: str
    label: "StrOrPromise"
    send: Callable[[Any, datetime], None] | None = None


CHANNELS: dict[str, Channel] = {row.key: row for row in (Channel(INBOX, _("Inbox")),)}


def channel_choices() -> list[tuple[str, "StrOrPromise"]]:
    return [(row.key, row.label) for row in CHANNELS.values()]
