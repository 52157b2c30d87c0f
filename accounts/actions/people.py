"""The only writers of people's accounts; what closing one means for a service account too."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.authority import CONNECTS, locked, not_here, refuse_own, refuse_service, require_manager
from accounts.actions.calendar_addresses import drop_address
from accounts.actions.identities import drop_identities
from accounts.actions.tokens import drop_tokens
from accounts.belonging import KNOWN
from accounts.leaving import LEAVING
from accounts.models import User
from accounts.passwords import quick_hash
from accounts.phones import clean_phone
from accounts.reading import SIZES
from accounts.secrets import keyed_hash
from trail.actions import NewEvent, drop_some, record_event, record_events
from trail.refusals import Refused

BATCH = 1000
# What the sign-in names of erased accounts begin with; no other one does.
ERASED = "erased-"
_OPENED = {False: "open_account", True: "open_service"}


@dataclass(frozen=True)
class NewAccount:
    """An account to open. `password_hash` as Django's hashers make it; "" cannot sign in yet. `must_change`: it is a
    first password, with which one only gets as far as choosing one's own. `language` "" follows the browser.
    `is_service`: of another system, which has nothing of these but its names.
    """

    username: str
    display_name: str
    is_staff: bool = False
    password_hash: str = ""
    must_change: bool = False
    phone: str = ""
    language: str = ""
    is_service: bool = False


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
    """A new account. `password` is a random first one (`passwords.new_password`), to be changed at the first
    sign-in; without it nobody can sign in until one is set. Raises as `open_accounts` does."""
    hashed = quick_hash(password) if password else ""
    one = NewAccount(username, display_name, is_staff, hashed, bool(password), phone, language)
    return open_accounts([one], by=by, now=now)[0]


@transaction.atomic
def open_accounts(new: Iterable[NewAccount], *, by: User | None, now: datetime) -> list[User]:
    """Many new accounts at once, as from a list of staff: all of them or none. Those of systems only by the platform
    itself.

    Raises Refused (username, display_name, phone, language; taken: somebody has the sign-in name), NotAllowed.
    """
    require_manager(None, by, now)
    new = list(new)
    if by is not None and any(one.is_service for one in new):
        raise not_here()
    return _open(new, by, now)


@transaction.atomic
def open_service(
    username: str, *, display_name: str, by: User | None, now: datetime, district_id: int | None = None
) -> User:
    """A new account for another system of this district: it never signs in, it comes with tokens. Whoever calls this
    gives it its post in the same transaction (grids.actions.systems).

    Raises Refused (username, display_name; taken), NotAllowed.
    """
    if by is not None and not (by.is_active and (by.is_superuser or by.has_perm(CONNECTS))):
        raise not_here()
    return _open([NewAccount(username, display_name, is_service=True)], by, now, district_id)[0]


@transaction.atomic
def open_own_account(
    username: str,
    *,
    display_name: str,
    password: str,
    now: datetime,
    district_id: int,
    phone: str = "",
    language: str = "",
) -> User:
    """An account that somebody opens for themselves, with a password of their own. It has no post, so it may do nothing
    but what everybody may who is signed in. It belongs to this district, whose administrators see it.

    Raises Refused (username, display_name, phone, language; password; taken: somebody has the sign-in name).
    """
    one = NewAccount(username, display_name, phone=phone, language=language)
    try:
        validate_password(password, _new_user(one))
    except ValidationError as error:
        raise Refused(" ".join(error.messages), code="password") from error
    hashed = replace(one, password_hash=make_password(password))
    return _open([hashed], None, now, district_id)[0]


@transaction.atomic
def keep_own_phone(user: User, *, phone: str, by: User | None, now: datetime) -> User:
    """Another telephone, or none (""), of an account that somebody has opened for themselves, as its owner says or
    whoever keeps what is known of them. Whoever calls this has asked whether `by` may. Raises Refused ("phone")."""
    user, phone = locked(user), clean_phone(phone)
    if user.phone != phone:
        user.phone, user.phone_hash = phone, keyed_hash(phone, purpose="phone")
        user.save(update_fields=["phone", "phone_hash"])
        record_event("user", user.pk, "change_account", by=by, now=now, data={"fields": ["phone"]})
    return user


@transaction.atomic
def erase_account(user: User, *, by: User | None, now: datetime) -> User:
    """Nothing tells any more whose account this was, and nobody signs in to it again. For accounts without a past in
    any post: what somebody did at a post stays theirs. Whoever calls this has asked whether `by` may.

    Raises Refused ("has_post").
    """
    user = locked(user)
    if has_stood_somewhere(user):
        raise Refused(_("This account has, or had, a post: it can only be closed."), code="has_post")
    # Failed sign-ins are kept under the name.
    reset(username=user.username)
    user.username, user.display_name = f"{ERASED}{user.pk}", "—"
    user.phone, user.phone_hash, user.is_active = "", "", False
    user.password = make_password(None)
    user.save(update_fields=["username", "display_name", "phone", "phone_hash", "is_active", "password"])
    drop_tokens(user)
    drop_identities(user)
    drop_address(user)
    record_event("user", user.pk, "erase_account", by=by, now=now)
    return user


def has_stood_somewhere(user: User) -> bool:
    """Has this person a post or deputy's place, or had one, or sets the platform up?"""
    return user.is_superuser or any(
        User.objects.filter(pk=user.pk, pk__in=posts.ever()).exists() for posts in KNOWN
    )


@transaction.atomic
def change_account(
    user: User,
    *,
    display_name: str,
    phone: str | None,
    language: str,
    is_staff: bool,
    by: User | None,
    now: datetime,
) -> User:
    """Correct what is known of a person; the sign-in name stays, and so does the telephone where `phone` is None.
    The event names the fields, not what they hold.

    Raises Refused (display_name, phone, language; erased; service), NotAllowed.
    """
    require_manager(user, by, now)
    refuse_service(user)
    user = locked(user)
    _refuse_erased(user)
    phone = user.phone if phone is None else phone
    wanted = _facts(display_name=display_name, phone=phone, language=language, is_staff=is_staff)
    changed = sorted(name for name, value in wanted.items() if getattr(user, name) != value)
    if changed:
        for name in changed:
            setattr(user, name, wanted[name])
        user.save(update_fields=changed)
        data = {"fields": [name for name in changed if name != "phone_hash"]}
        record_event("user", user.pk, "change_account", by=by, now=now, data=data)
    return user


@transaction.atomic
def rename_service(user: User, *, display_name: str, by: User | None, now: datetime) -> User:
    """Correct the name under which another system acts, 1 to 60 characters; its sign-in name stays, since webhooks
    and the API call it by that. The same name again is recorded nowhere.

    Raises Refused (display_name; closed; person: the account is no system's), NotAllowed.
    """
    require_manager(user, by, now)
    if not user.is_service:
        raise Refused(_("This is the account of a person, not of another system."), code="person")
    user = locked(user)
    if not user.is_active:
        raise Refused(_("This account is closed."), code="closed")
    name = _clean("display_name", display_name.strip())
    if name != user.display_name:
        user.display_name = name
        user.save(update_fields=["display_name"])
        data = {"fields": ["display_name"]}
        record_event("user", user.pk, "rename_service", by=by, now=now, data=data)
    return user


@transaction.atomic
def set_first_password(user: User, *, password: str, by: User | None, now: datetime) -> User:
    """A random new password for somebody who lost theirs, to be changed at the next sign-in. Whoever is signed in
    with the old one is signed out, API tokens wait, and a pause for wrong passwords ends.

    Raises Refused (own; closed; service), NotAllowed.
    """
    require_manager(user, by, now)
    refuse_service(user)
    refuse_own(user, by)
    user = locked(user)
    if not user.is_active:
        raise Refused(_("This account is closed; re-open it, that gives it a password."), code="closed")
    _give_first_password(user, password)
    record_event("user", user.pk, "set_first_password", by=by, now=now)
    return user


@transaction.atomic
def change_password(user: User, *, password: str, now: datetime) -> User:
    """A password of one's own instead of the present one, which the caller has asked for and checked.

    Raises Refused ("same": it is the present one).
    """
    user = locked(user)
    if user.check_password(password):
        raise Refused(_("This is the present password; choose another one."), code="same")
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record_event("user", user.pk, "change_password", by=user, now=now)
    return user


@transaction.atomic
def set_language(user: User, *, language: str, by: User, now: datetime) -> User:
    """Remember the language a person reads in, and is told in. Raises Refused ("language")."""
    _check_language(language)
    user.language = language
    user.save(update_fields=["language"])
    return user


@transaction.atomic
def set_text_size(user: User, *, size: str, by: User, now: datetime) -> User:
    """Remember the size a person reads in. Raises Refused ("size": there is none of this name)."""
    if size not in SIZES:
        raise Refused(_("There is no such size of text."), code="size")
    user.text_size = size
    user.save(update_fields=["text_size"])
    return user


@transaction.atomic
def close_account(user: User, *, by: User | None, now: datetime) -> User:
    """No more sign-in, no link to the identity provider, no API token; the person's past stays in the trail. For a
    person and for a service account.

    Raises what a registered check raises (accounts.leaving) when this person may not go yet; Refused ("own"),
    NotAllowed.
    """
    require_manager(user, by, now)
    refuse_own(user, by)
    for check in LEAVING:
        check(user, now)
    user = locked(user)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        revoked = drop_tokens(user)
        drop_identities(user)
        drop_address(user)
        record_event("user", user.pk, "close_account", by=by, now=now, data={"tokens": revoked})
    return user


@transaction.atomic
def reopen_account(user: User, *, password: str, by: User | None, now: datetime) -> User:
    """The person is back: with a random first password, so that nothing of before opens anything.

    Raises Refused (open; erased; service), NotAllowed.
    """
    require_manager(user, by, now)
    refuse_service(user)
    user = locked(user)
    _refuse_erased(user)
    if user.is_active:
        raise Refused(_("This account is open."), code="open")
    user.is_active = True
    user.save(update_fields=["is_active"])
    _give_first_password(user, password)
    record_event("user", user.pk, "reopen_account", by=by, now=now)
    return user


def forget_sessions(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` sessions that ended before this; how many."""
    return drop_some(Session.objects.filter(expire_date__lt=before).order_by("expire_date"), limit=limit)


def forget_sign_ins(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` notes of sign-ins that failed before this, each with name and address; how many. Only a pause
    of a quarter of an hour asks for them."""
    return drop_some(
        AccessAttempt.objects.filter(attempt_time__lt=before).order_by("attempt_time"), limit=limit
    )


# --- what they share --------------------------------------------------------------------------------------
def _open(
    new: Sequence[NewAccount], by: User | None, now: datetime, district_id: int | None = None
) -> list[User]:
    users = [_new_user(one) for one in new]
    names = [user.username for user in users]
    taken = {name for name, times in Counter(names).items() if times > 1}
    taken |= set(User.objects.filter(username__in=names).values_list("username", flat=True))
    # A name of an erased account is nobody's any more.
    taken |= {name for name in names if name.startswith(ERASED)}
    if taken:
        raise _taken(taken)
    try:
        with transaction.atomic():
            User.objects.bulk_create(users, batch_size=BATCH)
    except IntegrityError as error:  # by somebody else, in this very moment
        raise _taken(set(names)) from error
    events = [
        NewEvent("user", user.pk, _OPENED[user.is_service], seq=1, by=by, district_id=district_id)
        for user in users
    ]
    record_events(events, now=now)
    return users


def _new_user(one: NewAccount) -> User:
    return User(
        username=_clean("username", User.normalize_username(one.username.strip())),
        password=one.password_hash or make_password(None),
        must_change_password=one.must_change,
        is_service=one.is_service,
        **_facts(
            display_name=one.display_name, phone=one.phone, language=one.language, is_staff=one.is_staff
        ),
    )


def _check_language(language: str) -> None:
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("This language is not offered."), code="language")


def _facts(*, display_name: str, phone: str, language: str, is_staff: bool) -> dict[str, Any]:
    """The columns of what is known of a person. Raises Refused (display_name, phone, language)."""
    if language:
        _check_language(language)
    phone = clean_phone(phone)
    return {
        "display_name": _clean("display_name", display_name.strip()),
        "phone": phone,
        "phone_hash": keyed_hash(phone, purpose="phone"),
        "language": language,
        "is_staff": is_staff,
    }


def _clean(name: str, value: str) -> str:
    """By the field's own rules; they refuse with the field's name as code."""
    field: Any = User._meta.get_field(name)
    try:
        return field.clean(value, None)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), code=name) from error


def _give_first_password(user: User, password: str) -> None:
    user.password, user.must_change_password = quick_hash(password), True
    user.save(update_fields=["password", "must_change_password"])
    reset(username=user.username)


def _refuse_erased(user: User) -> None:
    """Nobody can be an account again that was erased."""
    if user.username.startswith(ERASED):
        raise Refused(_("This account was erased; open a new one."), code="erased")


def _taken(names: set[str]) -> Refused:
    shown = ", ".join(sorted(names)[:5])
    return Refused(_("Taken already as a sign-in name: %(names)s.") % {"names": shown}, code="taken")
