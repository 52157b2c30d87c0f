"""Group channels in tables: which groups can be told, of what, how fast, and when one gives up."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST = 300
# What a group may be told of; who knows what is which calls group_actions.tell_groups.
SORTS: "dict[str, StrOrPromise]" = {
    "alarm": _("Alarms: dangers and emergency whistles"),
    "late": _("What came on the supervision board"),
    "digest": _("The supervision board, once a week"),
}
# schema → what its address looks like. Nothing may stand behind it: there one could switch off checks.
ADDRESSES = {
    "wecombot": re.compile(r"wecombot://[A-Za-z0-9_-]{8,100}/?"),
    "dingtalk": re.compile(r"dingtalk://([A-Za-z0-9]{8,100}@)?[A-Za-z0-9]{8,100}/?"),
    "feishu": re.compile(r"feishu://[A-Za-z0-9_-]{8,100}/?"),
    "lark": re.compile(r"lark://[A-Za-z0-9-]{8,100}/?"),
}
# A sink on this very machine, for tests and for trying it out.
SINK = re.compile(r"json://(127\.0\.0\.1):[0-9]{1,5}(/[A-Za-z0-9_-]+)*/?")
# Bots take twenty messages a minute; what is more they drop without a word.
PACE = timedelta(seconds=4)
# So many failures with no success in between, and the channel is paused.
MOST_FAILURES = 10

STATES: "dict[str, StrOrPromise]" = {
    "queued": _("Queued"),
    "sent": _("Sent"),
    "dead": _("Given up"),
}
PAUSES: "dict[str, StrOrPromise]" = {
    "person": pgettext_lazy("group paused", "by a person"),
    "failures": pgettext_lazy("group paused", "it failed ten times in a row"),
}
ERRORS: "dict[str, StrOrPromise]" = {
    "refused": _("Not taken: no connection, or answered with an error."),
    "timeout": _("No answer in time."),
    "missing": _("The library for group messages (apprise) is not installed."),
    "address": _("This is no address of a WeCom, DingTalk, Feishu or Lark bot."),
    "internal": _("The message could not be written."),
}


def schema_of(address: str) -> str:
    """The schema of an address that may be told; "json" for a sink on this machine, "" for anything else."""
    schema = address.partition("://")[0]
    if schema in ADDRESSES and ADDRESSES[schema].fullmatch(address):
        return schema
    return "json" if SINK.fullmatch(address) else ""


def mask(address: str) -> str:
    """What may be shown of it: dingtalk://…4f2a."""
    schema, _colon, rest = address.partition("://")
    return f"{schema}://…{rest.rstrip('/')[-4:]}" if rest else ""


def state_choices() -> "list[tuple[str, StrOrPromise]]":
    return list(STATES.items())


def pause_choices() -> "list[tuple[str, StrOrPromise]]":
    return list(PAUSES.items())


def error_choices() -> "list[tuple[str, StrOrPromise]]":
    return list(ERRORS.items())
