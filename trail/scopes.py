"""What an API token may be good for: ONE table. A token has some of these scopes, an address of the API needs one.

A token never opens more than its account may do; a scope only takes away. Pure.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

READ, REPORT, HANDLE, EVENTS = "read", "report", "handle", "events"
WEBHOOKS, TOKENS, MANAGE = "webhooks", "tokens", "manage"
# What every token opens: giving itself back, and addresses that do not exist.
NO_SCOPE = ""

SCOPES: "dict[str, StrOrPromise]" = {
    READ: _(
        "read units, bodies, posts, rules, sheets, issues, photos, notices, volunteers, lists and statistics"
    ),
    REPORT: _("report issues, alerts and tasks outside the duty list, bring files of hotline orders"),
    HANDLE: _(
        "take the steps of issues: sign, whistle, report in, close; settle tasks outside the duty list; look at contact "
        "data; keep snapshots, mark notices as read, change one's own preferences"
    ),
    MANAGE: _(
        "change units, bodies, posts, boundaries, the rules of a district and scheduled tasks, bring sheets; volunteers, "
        "teams, stations; take the steps of activities, sign-ups and hours"
    ),
    EVENTS: _("read the feed of events"),
    WEBHOOKS: _("look at and manage webhooks"),
    TOKENS: _("list, make and revoke one's own tokens"),
}


def scopes_in(kept: str) -> frozenset[str]:
    """The scopes of a token as the database keeps them: keys with blanks between."""
    return frozenset(kept.split())
