"""What tests of the pages share: a clock that stands still, somebody signed in, a photo, hidden fields."""

import io
import re
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

ENGLISH = {"accept-language": "en"}


def stop_clock(monkeypatch: Any, at: datetime) -> None:
    """The faces read this moment from now on."""
    monkeypatch.setattr(timezone, "now", lambda: at)


def visitor() -> Client:
    """Somebody without an account."""
    return Client(headers=ENGLISH)


def signed_in(town: Any, name: str) -> Client:
    """Somebody of the town on a phone."""
    client = Client(headers=ENGLISH)
    client.force_login(town.people[name], backend="grids.backends.PostBackend")
    return client


def photo(name: str = "place.jpg", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    """A picture as a phone sends it."""
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def take(client: Client, address: str, kind: str = "xlsx") -> Any:
    """The file that the form at this address gives."""
    return client.post(address, {"as": kind})


def panels(response: Any) -> dict[str, Any]:
    """Verb → its panel on an issue's page, those of its parts too."""
    return {panel.verb.key: panel for panel in response.context["doable"]}


def hidden(form: Any) -> dict[str, Any]:
    """What the browser sends along without being asked."""
    return {field.html_name: field.value() for field in form.hidden_fields() if field.value() is not None}


def send(client: Client, response: Any, verb: str, **answers: Any) -> Any:
    """Fill in and send the form of a verb on this page."""
    panel = panels(response)[verb]
    return client.post(panel.address, hidden(panel.form) | answers)


def press(client: Client, address: str, page: Any, **more: Any) -> Any:
    """One of the buttons of this page: the form that is sent to this address, with its key."""
    form = page.content.decode().partition(f'action="{address}"')[2]
    key = re.search(r'name="idempotency_key" value="([^"]+)"', form)
    assert key, f"no form leads to {address}"
    return client.post(address, {"idempotency_key": key[1]} | more)
