"""Who signs in with what: one person per role and a volunteer who leads a team, written to a file that only its owner may
read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.actions import issue_token
from accounts.models import User
from demo.seed.passwords import Password
from demo.seed.people import CIVIC, SYSTEM, Home
from demo.seed.places import Shown
from demo.seed.volunteers import LEADER
from demo.stack import write_private
from grids.models import BuildingToken, Unit
from trail.scopes import EVENTS, READ, REPORT

# Of the tokens of the systems that are connected.
LASTS = timedelta(days=366)
GATEWAY = (READ, REPORT, EVENTS)


def sign_ins(
    shown: Shown, home: Home, passwords: Mapping[str, Password], *, base_url: str, now: datetime
) -> dict[str, Any]:
    """Role → name, password, token and place; the page behind the QR code on the home building's door; a system that
    is connected; and the key of a civic app."""
    civic, sensors = (f"{shown.prefix}{name}" for name in (CIVIC, SYSTEM))
    names = [f"{shown.prefix}{role}" for role in passwords]
    users = User.objects.in_bulk([*names, civic, sensors], field_name="username")
    places = home.places() | {LEADER: home.community}
    until = now + LASTS
    door = BuildingToken.objects.live().filter(unit=home.building)[0]
    return {
        "users": {
            role: {
                "username": f"{shown.prefix}{role}",
                "password": password.text,
                "token": issue_token(users[f"{shown.prefix}{role}"], by=None, now=now),
                **_place(places[role]),
            }
            for role, password in passwords.items()
        },
        "resident_url": f"{base_url}/r/{door.token}",
        "open311_url": f"{base_url}/open311/v2",
        "open311_jurisdiction_id": shown.code,
        "open311_key": issue_token(
            users[civic], by=None, now=now, name="演示·密钥", expires_at=until, scopes=[REPORT]
        ),
        "service": {
            "username": sensors,
            "token": issue_token(
                users[sensors], by=None, now=now, name="演示·网关", expires_at=until, scopes=GATEWAY
            ),
            "scopes": list(GATEWAY),
            "expires_at": timezone.localtime(until).isoformat(timespec="seconds"),
            **_place(home.district),
        },
    }


def _place(place: Any) -> dict[str, str | None]:
    is_unit = isinstance(place, Unit)
    return {"unit_code": place.code if is_unit else None, "body": None if is_unit else place.code}


def write(path: Path, base_url: str, home: dict[str, Any], other: dict[str, Any]) -> None:
    """`{"base_url", "users", "resident_url", "service", "open311_key" …, "other_district": {the same}}`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, {"base_url": base_url, **home, "other_district": other})
