"""What production refuses to start with, and that whoever forgets to say where he is gets production."""

import pytest

from tests.starting import FERNET, PRODUCTION, load_settings

SSO = {"OIDC_ISSUER": "https://sso.example.org", "OIDC_CLIENT_ID": "gezhi", "OIDC_CLIENT_SECRET": "e5"}
KNOWN_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtISE="


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in PRODUCTION.items() if name not in names}


def test_production_starts_with_the_least() -> None:
    answer = load_settings(PRODUCTION)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    ("env", "told"),
    [
        (PRODUCTION | {"DEBUG": "1"}, "DEBUG"),
        (PRODUCTION | {"DEBUG": "perhaps"}, "DEBUG"),
        (PRODUCTION | {"EMBEDDED_SERVERS": "1"}, "embedded"),
        (PRODUCTION | {"SECRET_KEY": "x" * 31}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": ""}, "SECRET_KEY"),
        (PRODUCTION | {"FIELD_KEYS": ""}, "FIELD_KEYS"),
        (PRODUCTION | {"FIELD_KEYS": f"{FERNET},not a key"}, "key 2 of 2"),
        (PRODUCTION | {"FIELD_KEYS": KNOWN_FIELD_KEY}, "everybody knows"),
        (PRODUCTION | {"SECRET_KEY": "known-to-everybody-development-only"}, "everybody knows"),
        (PRODUCTION | {"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS"),
        (PRODUCTION | {"DATABASE_URL": "sqlite:///db"}, "DATABASE_URL"),
        (PRODUCTION | {"CONN_MAX_AGE": "long"}, "CONN_MAX_AGE"),
        (PRODUCTION | {"GEZHI_ENV": "prod"}, "GEZHI_ENV"),
        # Nobody said where this is: nothing that is known to everybody may stand in.
        (without("GEZHI_ENV", "SECRET_KEY"), "SECRET_KEY"),
        (without("GEZHI_ENV", "FIELD_KEYS"), "FIELD_KEYS"),
        (without("GEZHI_ENV") | {"DEBUG": "1"}, "DEBUG"),
        ({}, "SECRET_KEY"),
        (PRODUCTION | SSO | {"OIDC_CLIENT_SECRET": ""}, "together"),
        (PRODUCTION | SSO | {"OIDC_ISSUER": ""}, "together"),
        (PRODUCTION | SSO | {"OIDC_ISSUER": "http://sso.example.org"}, "OIDC_ISSUER"),
        (PRODUCTION | SSO | {"OIDC_ISSUER": "sso.example.org"}, "OIDC_ISSUER"),
        (PRODUCTION | SSO | {"OIDC_ISSUER": "https://sso.example.org/?a=b"}, "OIDC_ISSUER"),
        (PRODUCTION | SSO | {"OIDC_SCOPE": "profile"}, "openid"),
    ],
)
def test_production_refuses(env: dict[str, str], told: str) -> None:
    answer = load_settings(env)
    assert answer.returncode != 0
    assert "ImproperlyConfigured" in answer.stderr
    assert told in answer.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("where", ["development", "test"])
def test_only_who_says_so_runs_on_what_everybody_knows(where: str) -> None:
    answer = load_settings({"GEZHI_ENV": where})
    assert answer.returncode == 0, answer.stderr
