"""In what size a person reads: the sizes, and whose word on it counts. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STANDARD, LARGE, LARGER = "standard", "large", "larger"
# As the switch calls them; what each means stands in static/css/gezhi.css: 24 and 30 px for the large ones.
SIZES: dict[str, StrOrPromise] = {
    LARGE: _("Large text"),
    LARGER: _("Larger text"),
    STANDARD: _("Standard text"),
}
LONGEST = 8
# Of residents, who have no account: what the server has set in their browser, for as long as browsers keep it.
COOKIE = "gezhi_text"
KEPT = timedelta(days=400)


def size_of(account: str, browser: str) -> str:
    """A large size, or "" for the standard one. What stands on the account wins; "" there says nothing."""
    chosen = account or browser
    return chosen if chosen in {LARGE, LARGER} else ""


def others(size: str) -> list[tuple[str, StrOrPromise]]:
    """What the switch offers: the large text first, and the others to whoever has found that."""
    wanted = {LARGE} if not size else set(SIZES) - {size}
    return [(key, label) for key, label in SIZES.items() if key in wanted]
