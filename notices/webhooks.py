"""Webhooks in tables: when to try again, when to give up, why a subscription rests, what may be kept of an answer."""

import base64
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# After the first failure, the second …; after the last of them it is given up. A day and a half in all: a receiver
# may be down for a night.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 5 * 60, 15 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 16 * 3600)
)
MOST_ATTEMPTS = len(WAITS) + 1
# So many failures of one receiver with no success in between, and it is paused.
MOST_FAILURES = MOST_ATTEMPTS
# With a new secret the old one signs too for so long.
OVERLAP = timedelta(hours=24)
# Messages of one receiver that wait at most; behind them the feed waits, which costs nothing.
MOST_WAITING = 1000
# Of an answer so much is read and kept.
ANSWER_BYTES = 1024
# Of a request so much is kept; what is said of an event is mostly a tenth of it.
REQUEST_CHARS = 4096
SIGNATURE = "webhook-signature"
PREFIX, SECRET_BYTES = "whsec_", 32
PING = "ping"

STATES: "dict[str, StrOrPromise]" = {
    "queued": _("Queued"),
    "sent": _("Sent"),
    "dead": _("Given up"),
    "withheld": _("Withheld: not to be seen any more"),
}
STATE_BADGES = {"queued": "info", "sent": "success", "dead": "danger", "withheld": "secondary"}
# Why a subscription is paused.
# States of a webhook.
RUNS: "dict[str, StrOrPromise]" = {
    "running": pgettext_lazy("webhook", "running"),
    "failing": pgettext_lazy("webhook", "sending fails"),
    "paused": pgettext_lazy("webhook", "paused"),
    "ended": pgettext_lazy("webhook", "ended"),
}
PAUSES: "dict[str, StrOrPromise]" = {
    "person": pgettext_lazy("webhook paused", "by a person"),
    "failures": pgettext_lazy("webhook paused", "the receiver failed ten times in a row"),
    "unwritten": pgettext_lazy("webhook paused", "the platform could not write a message ten times in a row"),
    "gone": pgettext_lazy("webhook paused", "the receiver says that it is gone (410)"),
    "account": pgettext_lazy("webhook paused", "the account whose sight it has is closed"),
}
# Why a request did not succeed. Those of an address are said when it is saved, too.
BAD_ADDRESS: "dict[str, StrOrPromise]" = {
    "address": _("This is no address of the form https://host/path."),
    "https": _("The address must begin with https://."),
    "host": _("This is no name of a host."),
    "port": _("This is no port."),
    "unresolved": _("No machine is known under this name."),
    "private": _("The address leads into a network that webhooks may not reach."),
}
ERRORS: "dict[str, StrOrPromise]" = {
    **BAD_ADDRESS,
    "timeout": _("No answer in time."),
    "connection": _("No connection."),
    "tls": _("No secure connection (certificate)."),
    "protocol": _("The answer is no HTTP."),
    "redirect": _("It redirects; redirects are not followed."),
    "gone": _("It says that it is gone (410)."),
    "status": _("It answered with an error."),
    "internal": _("The message could not be written: a fault of the platform, not of the receiver."),
}
_LONG_NUMBER = re.compile(r"\d{7,}")


def wait_after(failures: int) -> timedelta | None:
    """How long to wait after so many failures (≥ 1); None: give up."""
    return WAITS[failures - 1] if failures <= len(WAITS) else None


def new_secret() -> str:
    """A secret as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def error_of(status: int) -> str:
    """Which error an HTTP status is; "" for success."""
    if 200 <= status < 300:
        return ""
    if status == 410:
        return "gone"
    return "redirect" if 300 <= status < 400 else "status"


def kept_answer(body: bytes) -> str:
    """The beginning of an answer as it may be kept: text, without control characters and long numbers (telephones,
    identity cards)."""
    text = body[:ANSWER_BYTES].decode("utf-8", "replace")
    text = "".join(char for char in text if char.isprintable() or char == "\n")
    return _LONG_NUMBER.sub(lambda found: "*" * len(found[0]), text)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request as they may be kept: whoever had the signature too could send it again in our name."""
    return {name: value for name, value in headers.items() if name != SIGNATURE}


def kept_body(body: bytes) -> str:
    """The beginning of a request as it may be kept: codes and numbers, as all that goes out."""
    return body.decode()[:REQUEST_CHARS]


def state_choices() -> "list[tuple[str, StrOrPromise]]":
    return list(STATES.items())


def pause_choices() -> "list[tuple[str, StrOrPromise]]":
    return list(PAUSES.items())


def error_choices() -> "list[tuple[str, StrOrPromise]]":
    return list(ERRORS.items())
