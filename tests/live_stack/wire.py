"""A channel out of the house: every notice is posted to a receiver that the test holds."""

import http.client
import json
import os
from datetime import datetime
from typing import Any
from urllib.parse import urlparse

from django.apps import AppConfig

from notices.channels import CHANNELS, SEND_SECONDS, Channel

CHANNEL = "wire"
# Where the receiver listens, e.g. http://127.0.0.1:1234/.
ADDRESS = "GEZHI_TEST_WIRE"


class Wire(AppConfig):
    name = "tests.live_stack"
    label = "wire"

    def ready(self) -> None:
        CHANNELS[CHANNEL] = Channel(CHANNEL, "Wire", send)


def send(notice: Any, now: datetime) -> None:
    """Hand it over; the notice's id is the key by which a receiver knows a repeated one."""
    address = urlparse(os.environ[ADDRESS])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=SEND_SECONDS)
    try:
        words = {"event": notice.event_id, "recipient": notice.recipient_id, "key": notice.key}
        connection.request("POST", "/", json.dumps(words), {"Idempotency-Key": str(notice.pk)})
        status = connection.getresponse().status
        if status >= 300:
            raise OSError(f"the receiver answered {status}")
    finally:
        connection.close()
