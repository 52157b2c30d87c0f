"""The arithmetic of seals: SHA-256 over a range of events, begun with the digest before it."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

SEALED = (
    "id",
    "subject_type",
    "subject_id",
    "seq",
    "verb",
    "actor_id",
    "actor_label",
    "unit_id",
    "unit_label",
    "data",
    "occurred_at",
    "recorded_at",
    "xact_id",
)


def canonical(event: Any) -> bytes:
    """One event as bytes that are the same on every machine."""
    values = [getattr(event, name) for name in SEALED]
    if event.district_id is not None:  # earlier events have none, and were sealed without
        values.append(event.district_id)
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(events: Iterable[Any], previous: str) -> tuple[int, str]:
    """(number of events, hex digest) of the range, chained to `previous`."""
    sha, count = hashlib.sha256(previous.encode()), 0
    rows = events.iterator(chunk_size=5000) if hasattr(events, "iterator") else events
    for event in rows:
        sha.update(canonical(event) + b"\n")
        count += 1
    return count, sha.hexdigest()
