"""What a person has chosen for themselves: what reaches them besides the inbox and when, in which language they are told,
and in what size they read.
Changed together, for programs; on the pages each has its own form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import set_language, set_text_size
from accounts.actions.authority import locked
from accounts.reading import STANDARD
from notices.actions import choose_notices
from notices.models import Preference
from notices.wishes import Wishes
from trail.refusals import NotAllowed, Stale

if TYPE_CHECKING:
    from accounts.models import User

TEXT_SIZE, LANGUAGE = "text_size", "language"


@dataclass(frozen=True)
class Preferences:
    """One person's. `text_size`: a key of accounts.reading.SIZES; `language`: a code of settings.LANGUAGES."""

    wishes: Wishes
    text_size: str
    language: str


def preferences_of(user: "User") -> Preferences:
    """As they stand, the usual ones where nothing was chosen. One query. Raises NotAllowed ("service") for the account
    of another system, which reads nothing and is told nothing."""
    if user.is_service:
        words = _("This is the account of another system, which has no preferences: they are a person's.")
        raise NotAllowed(words, code="service")
    return _told(Preference.objects.wishes_of(user.pk), user)


@transaction.atomic
def change_preferences(
    changes: Mapping[str, Any], *, by: "User", now: datetime, seen: Preferences | None = None
) -> Preferences:
    """Change what is named (fields of Wishes, "text_size" and "language") and leave the rest; what is queued already goes
    as it was.

    `seen` is what the caller looked at. Raises Stale where they have changed since, and what preferences_of,
    choose_notices, set_text_size and set_language raise.
    """
    user = locked(by)
    before = preferences_of(user)
    if seen is not None and seen != before:
        raise stale()
    own = {name: changes[name] for name in changes if name not in (TEXT_SIZE, LANGUAGE)}
    wishes = replace(before.wishes, **own)
    if wishes != before.wishes:
        choose_notices(wishes, by=by, now=now)
    size = changes.get(TEXT_SIZE, user.text_size)
    if size != user.text_size:
        set_text_size(user, size=size, by=by, now=now)
    language = changes.get(LANGUAGE, user.language)
    if language != user.language:
        set_language(user, language=language, by=by, now=now)
    return _told(wishes, user)


def _told(wishes: Wishes, user: "User") -> Preferences:
    return Preferences(wishes, user.text_size or STANDARD, user.language or settings.LANGUAGE_CODE)


def stale() -> Stale:
    """They are not what the caller has seen."""
    return Stale(_("Your preferences have changed since you looked at them: look again."), code="stale")
