"""How often somebody without an account may try to sign up, and whoever hands out a code that is none. What it counts
and how: issues/views/throttle.py."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from accounts.limits import client_address
from issues.views.throttle import Limit, count, over

# A try is a form that was sent, whatever came of it: who mistypes a password needs several, a program soon too many.
TRIES_PER_PHONE = Limit("volunteer-phone", 20, timedelta(hours=1))
TRIES_PER_ADDRESS = Limit("volunteer-address", 120, timedelta(hours=1))
# Digits are misread and mistyped all day at a busy counter; whoever tries codes out needs thousands.
WRONG_CODES = Limit("volunteer-codes", 60, timedelta(hours=1))


def may_try_codes(user_id: int, now: datetime) -> bool:
    """Has this person not typed too many wrong ones?"""
    return not over(WRONG_CODES, str(user_id), now)


def one_wrong_code(user_id: int, now: datetime) -> None:
    """Count it."""
    count(WRONG_CODES, str(user_id), now)


def one_try_more(request: HttpRequest, now: datetime) -> bool:
    """Count this try; False where it is one too many."""
    counted = [(TRIES_PER_ADDRESS, client_address(request))]
    if phone := request.META.get("CSRF_COOKIE", ""):
        counted.append((TRIES_PER_PHONE, phone))
    if any(over(limit, who, now) for limit, who in counted):
        return False
    for limit, who in counted:
        count(limit, who, now)
    return True
