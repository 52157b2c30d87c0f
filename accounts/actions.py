"""The only writers of accounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken

from accounts.leaving import LEAVING
from accounts.models import User
from accounts.secrets import keyed_hash
from trail.actions import NewEvent, drop_some, record_event, record_events
from trail.refusals import Refused

PHONE = re.compile(r"^\+?[0-9][0-9 -]{5,18}[0-9]$")
BATCH = 1000


@dataclass(frozen=True)
class NewAccount:
    """One of many accounts to open. `password_hash` as `make_password` returns it; "" cannot sign in yet."""

    username: str
    display_name: str
    is_staff: bool = False
    password_hash: str = ""


def clean_phone(phone: str) -> str:
    """Digits alone (mainland prefix dropped), or "" for none. Raises Refused for what is no number."""
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
def open_accounts(new: Iterable[NewAccount], *, by: User | None, now: datetime) -> list[User]:
    """Many new accounts at once, as from a list of staff: all of them or, where a name is taken, none."""
    users = [
        User(
            username=User.normalize_username(one.username),
            display_name=one.display_name,
            is_staff=one.is_staff,
            password=one.password_hash or make_password(None),
        )
        for one in new
    ]
    User.objects.bulk_create(users, batch_size=BATCH)
    record_events([NewEvent("user", user.pk, "open_account", seq=1, by=by) for user in users], now=now)
    return users


@transaction.atomic
def issue_token(user: User, *, by: User | None, now: datetime, expires_at: datetime | None = None) -> str:
    """A token for the API, shown this once; only its digest is kept. No `expires_at`: until revoked."""
    _lock(user)
    _kept, token = AuthToken.objects.create(user, expiry=expires_at - now if expires_at else None)
    record_event("user", user.pk, "issue_token", by=by, now=now)
    return token


@transaction.atomic
def revoke_token(token: AuthToken, *, by: User, now: datetime) -> None:
    """The token opens nothing any more."""
    _lock(token.user)
    AuthToken.objects.filter(pk=token.pk).delete()
    record_event("user", token.user_id, "revoke_token", by=by, now=now)


def _lock(user: User) -> None:
    """Events of one account are numbered one by one."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)


@transaction.atomic
def set_language(user: User, *, language: str, by: User, now: datetime) -> User:
    """Remember the language a person reads in."""
    user.language = language
    user.save(update_fields=["language"])
    return user


@transaction.atomic
def close_account(user: User, *, by: User, now: datetime) -> User:
    """No more sign-in; the person's past stays in the trail.

    Raises what a registered check raises (accounts.leaving) when this person may not go yet.
    """
    for check in LEAVING:
        check(user, now)
    fresh = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user.is_active = False
    if fresh.is_active:
        user.save(update_fields=["is_active"])
        record_event("user", user.pk, "close_account", by=by, now=now)
    return user


def forget_tokens(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` tokens that stopped working before this; how many."""
    return drop_some(AuthToken.objects.filter(expiry__lt=before).order_by("pk"), limit=limit)


def forget_sessions(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` sessions that ended before this; how many."""
    return drop_some(Session.objects.filter(expire_date__lt=before).order_by("expire_date"), limit=limit)
