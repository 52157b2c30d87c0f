"""The only writers of accounts."""

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from trail.actions import record_event
from trail.refusals import Refused

from accounts.models import User
from accounts.secrets import keyed_hash

PHONE = re.compile(r"^\+?[0-9][0-9 -]{5,18}[0-9]$")


def clean_phone(phone: str) -> str:
    """Digits alone (mainland prefix dropped), or "" for none. Raises Refused for anything that is no number."""
    if not phone.strip():
        return ""
    if not PHONE.match(phone.strip()):
        raise Refused(_("This is not a telephone number. Example: 138 0000 0000."), code="phone")
    digits = re.sub(r"[^0-9]", "", phone)
    return digits.removeprefix("86") if len(digits) == 13 else digits


@transaction.atomic
def open_account(
    username: str,
    *,
    display_name: str,
    by: User | None,
    now: datetime,
    password: str | None = None,
    phone: str = "",
    language: str = "",
    is_staff: bool = False,
) -> User:
    """A new account; without a password it cannot sign in until one is set."""
    phone = clean_phone(phone)
    user = User(
        username=User.normalize_username(username),
        display_name=display_name,
        phone=phone,
        phone_hash=keyed_hash(phone, purpose="phone"),
        language=language,
        is_staff=is_staff,
    )
    user.set_password(password)
    user.save()
    record_event("user", user.pk, "open_account", by=by, now=now, seq=1)
    return user


@transaction.atomic
def set_language(user: User, *, language: str, by: User, now: datetime) -> User:
    """Remember the language a person reads in."""
    user.language = language
    user.save(update_fields=["language"])
    return user


@transaction.atomic
def close_account(user: User, *, by: User, now: datetime) -> User:
    """No more sign-in; the person's past stays in the trail."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    record_event("user", user.pk, "close_account", by=by, now=now)
    return user
