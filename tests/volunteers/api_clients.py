"""Volunteers' addresses of the REST face, asked as somebody at a moment of the test's choosing."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.api.test_schema import JSON, validator
from tests.operations import schema
from volunteers.models import (
    Activity,
    CheckIn,
    Correction,
    Good,
    Offer,
    Organisation,
    Pairing,
    Redemption,
    Series,
    Service,
    Shift,
    SignUp,
    Statement,
    Station,
    Volunteer,
    Wish,
)

V1 = "/api/v1/"
Api = Callable[[str], APIClient]
PLACES: dict[type[Model], str] = {
    Activity: "activities",
    Shift: "shifts",
    SignUp: "sign-ups",
    Series: "series",
    Service: "service-records",
    Correction: "corrections",
    Good: "goods",
    Redemption: "redemptions",
    Station: "stations",
    Volunteer: "volunteers",
    Wish: "wishes",
    Organisation: "organisations",
    CheckIn: "check-ins",
    Offer: "offers",
    Statement: "statements",
    Pairing: "pairings",
}


def at(row: Model) -> str:
    """The address of this row."""
    return f"{V1}{PLACES[type(row)]}/{row.pk}/"


def step(
    client: APIClient, row: Model, verb: str, *, headers: dict[str, str] | None = None, **body: Any
) -> Any:
    return client.post(f"{at(row)}{verb}/", body, format="json", headers=headers or {})


def done(answer: Any) -> dict[str, Any]:
    """What a step that went well has answered."""
    assert answer.status_code in {200, 201}, answer.content.decode()
    return answer.json()


def refused(answer: Any) -> tuple[int, str]:
    """(status, code) of a refusal."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content.decode()
    return answer.status_code, answer.json().get("code", "")


def ids(answer: Any) -> list[int]:
    """Numbers of a list's rows, in its order."""
    assert answer.status_code == 200, answer.content.decode()
    return [row["id"] for row in answer.json()["results"]]


def statements(client: APIClient, address: str) -> int:
    """How many it costs to read this."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return len(asked)


def undescribed(answer: Any, path: str, method: str = "get") -> list[str]:
    """What in this answer is otherwise than its description says."""
    told = schema()["paths"][f"{V1}{path}"][method]["responses"][str(answer.status_code)]["content"]
    return [error.message for error in validator(schema(), told[JSON]["schema"]).iter_errors(answer.json())]
