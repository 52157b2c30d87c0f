"""Personal data at rest: encrypted with rotating keys, found again by a keyed hash, masked on screen."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Ciphertext under the newest key; nothing stays nothing."""
    return _box(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(cipher: str) -> str:
    """The text, whichever key of FIELD_KEYS wrote it. Raises ValueError when none fits."""
    if not cipher:
        return ""
    try:
        return _box(tuple(settings.FIELD_KEYS)).decrypt(cipher.encode()).decode()
    except InvalidToken as error:
        raise ValueError("no key of FIELD_KEYS opens this value") from error


def keyed_hash(text: str, *, purpose: str) -> str:
    """A look-up value (64 hex digits); tells nothing without the secret; each purpose has its own."""
    if not text:
        return ""
    key = hashlib.sha256(f"{purpose}:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def mask_phone(phone: str) -> str:
    """138****1234; short numbers keep their last two digits."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * max(len(phone) - 2, 0) + phone[-2:]
