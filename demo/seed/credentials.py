"""Who signs in with what: one person per role, written to a file that only its owner may read."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.actions import issue_token
from accounts.models import User
from demo.seed.passwords import Password
from demo.seed.people import Home
from demo.seed.places import Shown
from demo.stack import write_private
from grids.models import BuildingToken, Unit


def sign_ins(
    shown: Shown, home: Home, passwords: Mapping[str, Password], *, base_url: str, now: datetime
) -> dict[str, Any]:
    """Role → name, password, token and place; and the page behind the QR code on the home building's door."""
    users = User.objects.in_bulk([f"{shown.prefix}{role}" for role in passwords], field_name="username")
    door = BuildingToken.objects.live().filter(unit=home.building)[0]
    return {
        "users": {
            role: {
                "username": f"{shown.prefix}{role}",
                "password": password.text,
                "token": issue_token(users[f"{shown.prefix}{role}"], by=None, now=now),
                **_place(home.places()[role]),
            }
            for role, password in passwords.items()
        },
        "resident_url": f"{base_url}/r/{door.token}",
    }


def _place(place: Any) -> dict[str, str | None]:
    is_unit = isinstance(place, Unit)
    return {"unit_code": place.code if is_unit else None, "body": None if is_unit else place.code}


def write(path: Path, base_url: str, home: dict[str, Any], other: dict[str, Any]) -> None:
    """`{"base_url", "users", "resident_url", "other_district": {"users", "resident_url"}}`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, {"base_url": base_url, **home, "other_district": other})
