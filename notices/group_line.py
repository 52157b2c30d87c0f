"""One message to a group, by apprise. It is imported when the first message goes out, never before.

No redirect is followed, and nobody is waited for longer than SECONDS.
"""

import logging
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib.util import find_spec

from django.conf import settings

from notices.addresses import may_reach
from notices.groups import SINK, schema_of

# To connect, and for the answer; together less than SECONDS, after which nobody is waited for any more.
CONNECT, READ, SECONDS = 2.0, 3.0, 6.0


@dataclass(frozen=True)
class Letter:
    """What is sent where."""

    address: str
    title: str
    text: str


def installed() -> bool:
    """Whether the library is there (requirements/channels.txt); without importing it."""
    return find_spec("apprise") is not None


def may_tell(address: str) -> bool:
    """Whether a message may go to this address: a bot of the four, or a sink on this machine where webhooks may
    go there too."""
    sink = SINK.fullmatch(address)
    return bool(schema_of(address)) and (
        sink is None or may_reach(sink[1], settings.WEBHOOK_PRIVATE_NETWORKS)
    )


def send_all(letters: Iterable[Letter]) -> list[str]:
    """Send them all at once; for each a key of groups.ERRORS in their order, "" where it was taken. Never raises."""
    letters = list(letters)
    if not letters:
        return []
    if not installed():
        return ["missing"] * len(letters)
    pool = ThreadPoolExecutor(len(letters), thread_name_prefix="group")
    try:
        futures = [pool.submit(_send, letter) for letter in letters]
        wait(futures, timeout=SECONDS)
        return [_outcome(future) for future in futures]
    finally:
        # Who trickles keeps nobody else.
        pool.shutdown(wait=False, cancel_futures=True)


def _outcome(future: "Future[str]") -> str:
    if not future.done() or future.cancelled():
        return "timeout"
    return "internal" if future.exception() else future.result()


def _send(letter: Letter) -> str:
    if not may_tell(letter.address):
        return "address"
    from apprise import Apprise, AppriseAsset

    # It may quote an address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    asset = AppriseAsset(app_id="Gezhi", async_mode=False, storage_mode="memory", http_redirects=False)
    line = Apprise(asset=asset)
    asked = f"redirect=no&verify=yes&cto={CONNECT}&rto={READ}"
    if not line.add(f"{letter.address.rstrip('/')}/?{asked}"):
        return "address"
    return "" if line.notify(title=letter.title, body=letter.text, body_format="text") else "refused"
