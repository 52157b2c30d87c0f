"""Readers of environment variables: what they read, and how loudly they refuse nonsense."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from governance.env import env_bool, env_database, env_int, env_list, env_networks, env_str

NAME = "GEZHI_OF_A_TEST"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Set the variable, or (None) leave it unset."""

    def give(value: str | None) -> None:
        if value is None:
            monkeypatch.delenv(NAME, raising=False)
        else:
            monkeypatch.setenv(NAME, value)

    return give


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (lambda: env_str(NAME, "x"), None, "x"),
        (lambda: env_str(NAME, "x"), "", ""),
        (lambda: env_str(NAME, "a", choices=("a", "b")), "b", "b"),
        (lambda: env_bool(NAME, True), None, True),
        (lambda: env_bool(NAME, False), "1", True),
        (lambda: env_bool(NAME, False), "Yes", True),
        (lambda: env_bool(NAME, True), "off", False),
        (lambda: env_bool(NAME, True), "", False),
        (lambda: env_int(NAME, 7), None, 7),
        (lambda: env_int(NAME, 7), "0", 0),
        (lambda: env_int(NAME, 7, least=-5), "-5", -5),
        (lambda: env_list(NAME, ("a",)), None, ["a"]),
        (lambda: env_list(NAME, ("a",)), "", []),
        (lambda: env_list(NAME), " a , b,,", ["a", "b"]),
        (lambda: env_networks(NAME), None, ()),
        (lambda: env_networks(NAME, ("127.0.0.0/8",)), "none", ()),
        (
            lambda: env_networks(NAME),
            "10.1.0.0/16, fd00::/8",
            (ip_network("10.1.0.0/16"), ip_network("fd00::/8")),
        ),
    ],
)
def test_read(given: Any, read: Callable[[], Any], value: str | None, wanted: Any) -> None:
    given(value)
    assert read() == wanted


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env_str(NAME), None),
        (lambda: env_str(NAME, "a", choices=("a", "b")), "c"),
        (lambda: env_bool(NAME, False), "maybe"),
        (lambda: env_bool(NAME, False), "2"),
        (lambda: env_int(NAME, 7), "seven"),
        (lambda: env_int(NAME, 7), ""),
        (lambda: env_int(NAME, 7), "1.5"),
        (lambda: env_int(NAME, 7), "-1"),
        (lambda: env_int(NAME, 7), "--1"),
        (lambda: env_int(NAME, 7), "²"),
        (lambda: env_int(NAME, 7, least=1), "0"),
        (lambda: env_networks(NAME), "10.1.0.1/16"),
        (lambda: env_networks(NAME), "8.8.8.0/24"),
        (lambda: env_networks(NAME), "0.0.0.0/0"),
        (lambda: env_networks(NAME), "169.254.0.0/16"),
        (lambda: env_networks(NAME), "none,10.0.0.0/8"),
        (lambda: env_networks(NAME), "intranet"),
        (lambda: env_database(NAME), None),
        (lambda: env_database(NAME), "mysql://a:b@host/name"),
        (lambda: env_database(NAME), "postgresql://a:b@host:5432"),
        (lambda: env_database(NAME), "postgresql://a:b@host:5432/"),
        (lambda: env_database(NAME), "postgresql://a:b@host:door/name"),
        (lambda: env_database(NAME), "gezhi"),
    ],
)
def test_refuse_and_name_the_variable(given: Any, read: Callable[[], Any], value: str | None) -> None:
    given(value)
    with pytest.raises(ImproperlyConfigured, match=NAME):
        read()


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (
            "postgresql://app:s%40fe@db:6432/gezhi",
            {"USER": "app", "PASSWORD": "s@fe", "HOST": "db", "PORT": "6432", "NAME": "gezhi", "OPTIONS": {}},
        ),
        (
            "postgres://app@/gezhi?host=%2Frun%2Fpg&port=5433",
            {"USER": "app", "PASSWORD": "", "HOST": "/run/pg", "PORT": "5433", "NAME": "gezhi"},
        ),
        ("postgresql://db/gezhi?sslmode=require", {"HOST": "db", "OPTIONS": {"sslmode": "require"}}),
    ],
)
def test_database_addresses(given: Any, address: str, wanted: dict[str, Any]) -> None:
    given(address)
    read = env_database(NAME)
    assert {key: read[key] for key in wanted} == wanted
