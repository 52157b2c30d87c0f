"""Ways to reach a person: a row each. Whatever has a `send` is delivered by the deliver loop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

INBOX = "inbox"
TEXT = "text"
# Sends in one lease must end before it does (actions.LEASE): nobody may wait longer than this for a receiver.
SEND_SECONDS = 8


class Spared(Exception):
    """A channel's `send` found that nothing needs sending any more."""


class Later(Exception):
    """… that it may not be sent before `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


class NotTaken(Exception):
    """The other side did not take it; `code` is a word of a closed list, never a number or text of anybody."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


@dataclass(frozen=True)
class Channel:
    """`send(notice, now)` hands a Notice over within SEND_SECONDS, or raises. After a crash it may be called
    again: the notice's id is the idempotency key to hand on. Without `send` the row is the delivery. One that
    `asks` goes only to people who can be reached by it, when they want it (notices.wishes).
    """

    key: str
    label: "StrOrPromise"
    send: Callable[[Any, datetime], None] | None = None
    asks: bool = False


# All there are; rows of earlier days keep their label, whatever is switched on now.
LABELS: "dict[str, StrOrPromise]" = {INBOX: _("Inbox"), TEXT: _("Text message")}
# What is switched on here; apps.py adds what the settings turn on.
CHANNELS: dict[str, Channel] = {INBOX: Channel(INBOX, LABELS[INBOX])}


def texts_go_out() -> bool:
    """Has this house a gateway for text messages?"""
    return TEXT in CHANNELS


def channel_choices() -> list[tuple[str, "StrOrPromise"]]:
    return list((LABELS | {row.key: row.label for row in CHANNELS.values()}).items())
