"""How often somebody without an account may try to sign up or to make a wish, and whoever hands out a code that is none.
What it counts and how: issues/views/throttle.py."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from accounts.limits import client_address
from issues.views.throttle import Limit, count, over

# A try is a form that was sent, whatever came of it: who mistypes a password needs several, a program soon too many.
TRIES_PER_PHONE = Limit("volunteer-phone", 20, timedelta(hours=1))
TRIES_PER_ADDRESS = Limit("volunteer-address", 120, timedelta(hours=1))
# Digits are misread and mistyped all day at a busy counter; whoever tries codes out needs thousands.
WRONG_CODES = Limit("volunteer-codes", 60, timedelta(hours=1))

# Somebody at the community reads every wish.
WISHES_PER_PHONE = Limit("wish-phone", 10, timedelta(hours=1))
WISHES_PER_ADDRESS = Limit("wish-address", 60, timedelta(hours=1))


def one_try_more(request: HttpRequest, now: datetime) -> bool:
    """Count this try to sign up; False where it is one too many."""
    return _one_more(request, now, TRIES_PER_PHONE, TRIES_PER_ADDRESS)


def one_wish_more(request: HttpRequest, now: datetime) -> bool:
    """The same of a try to make a wish."""
    return _one_more(request, now, WISHES_PER_PHONE, WISHES_PER_ADDRESS)


def _one_more(request: HttpRequest, now: datetime, per_phone: Limit, per_address: Limit) -> bool:
    counted = [(per_address, client_address(request))]
    if phone := request.META.get("CSRF_COOKIE", ""):
        counted.append((per_phone, phone))
    if any(over(limit, who, now) for limit, who in counted):
        return False
    for limit, who in counted:
        count(limit, who, now)
    return True


def may_try_codes(user_id: int, now: datetime) -> bool:
    """Has this person not typed too many wrong ones?"""
    return not over(WRONG_CODES, str(user_id), now)


def one_wrong_code(user_id: int, now: datetime) -> None:
    """Count it."""
    count(WRONG_CODES, str(user_id), now)
