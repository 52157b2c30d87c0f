"""Telephone numbers as people write them → digits. Pure."""

import re

from django.utils.translation import gettext as _

from trail.refusals import Refused

PHONE = re.compile(r"^\+?[0-9][0-9 -]{5,18}[0-9]$")


MOBILE = re.compile(r"^1[3-9][0-9]{9}$")


def is_mobile(digits: str) -> bool:
    """Does this number, as clean_phone writes it, take text messages? Mainland mobile numbers alone: eleven digits."""
    return bool(MOBILE.match(digits))


def clean_phone(phone: str) -> str:
    """Digits alone (mainland prefix dropped), or "" for none. Raises Refused for what is no number."""
    if not phone.strip():
        return ""
    if not PHONE.match(phone.strip()):
        raise Refused(_("This is not a telephone number. Example: 138 0000 0000."), code="phone")
    digits = re.sub(r"[^0-9]", "", phone)
    return digits.removeprefix("86") if len(digits) == 13 else digits
