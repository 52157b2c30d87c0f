"""Readers of environment variables that fail loudly on nonsense."""

import os
import re
from urllib.parse import unquote, urlparse

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from notices.addresses import BadAddress, Network, read_address, read_networks

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
WHOLE = re.compile(r"-?[0-9]+")


def env_str(name: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> str:
    """The variable's text; without a default it must be set; with choices it must be one of them."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. It has no default; see docs/deploy.md.")
    if choices and value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(choices)}.")
    return value


def env_bool(name: str, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off; anything else stops the start."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false.")


def env_int(name: str, default: int, *, least: int = 0) -> int:
    """A whole number, not below `least`."""
    value = os.environ.get(name)
    if value is None:
        return default
    if not WHOLE.fullmatch(value) or int(value) < least:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number of at least {least}.")
    return int(value)


def env_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Comma separated words; empty ones are dropped."""
    value = os.environ.get(name)
    return list(default) if value is None else [word.strip() for word in value.split(",") if word.strip()]


def env_pairs(name: str) -> dict[str, str]:
    """`word=value` pairs with commas between them; words in small letters."""
    found = {}
    for pair in env_list(name):
        word, _sign, value = (part.strip() for part in pair.partition("="))
        if not (word and value):
            raise ImproperlyConfigured(f"{name}: {pair!r} is not like word=value.")
        found[word.lower()] = value
    return found


def env_networks(name: str, default: tuple[str, ...] = ()) -> tuple[Network, ...]:
    """Networks of one's own house (10.1.0.0/16), comma separated, or the word none."""
    words = env_list(name, default)
    try:
        return read_networks(() if words == ["none"] else words)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def env_address(name: str, *, plain: bool) -> str:
    """Where something is sent: as webhooks' addresses, with http as well where `plain`."""
    value = env_str(name)
    try:
        read_address(value, plain=plain)
    except BadAddress as error:
        raise ImproperlyConfigured(f"{name} must look like https://sms.example.gov.cn/send.") from error
    return value


def env_issuer(name: str, *, https: bool) -> str:
    """Address of an identity provider, exactly as it names itself; "" is none. `https`: no other way will do."""
    value = os.environ.get(name, "").strip()
    parts = urlparse(value)
    known = {"https"} if https else {"https", "http"}
    if value and (parts.scheme not in known or not parts.hostname or parts.query or parts.fragment):
        raise ImproperlyConfigured(
            f"{name}={value!r} must look like https://sso.example.gov.cn/realms/staff, as the provider names itself."
        )
    return value


def env_database(name: str, default: str | None = None) -> dict:
    """A postgresql:// address as Django's DATABASES entry. A path as `host=` in the query means a socket."""
    parts = urlparse(env_str(name, default))
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/") or port == -1:
        # Without the value: a password stands in it.
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    query = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", "") or parts.hostname or ""),
        "PORT": str(port or query.pop("port", "") or ""),
        "OPTIONS": {key: unquote(text) for key, text in query.items()},
    }


def env_fernet_keys(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Keys as `Fernet.generate_key` makes them, newest first; at least one."""
    keys = env_list(name, default)
    if not keys:
        raise ImproperlyConfigured(f"{name} is not set: at least one Fernet key for personal data.")
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}: key {number} of {len(keys)} is no Fernet key (32 bytes in URL-safe base64)."
            ) from error
    return keys
