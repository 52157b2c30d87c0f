"""Idempotency keys of many wishes at once. Everything here runs inside the caller's transaction."""

import json
from collections.abc import Mapping

from trail.actions import digest_of_wish
from trail.models import IdempotencyKey
from trail.statements import rows_of

# In the order of the keys: two that take the same ones wait for each other instead of stopping each other.
CLAIM = """
    INSERT INTO trail_idempotencykey (scope, key, request_hash, status)
    SELECT %s, new.key, new.hash, 0 FROM unnest(%s::text[], %s::text[]) AS new (key, hash) ORDER BY new.key
    ON CONFLICT (scope, key) DO NOTHING RETURNING key, id
"""
STORE = """
    UPDATE trail_idempotencykey AS old SET status = new.status, answer = new.answer
    FROM json_to_recordset(%s) AS new (id bigint, status integer, answer jsonb) WHERE old.id = new.id
    RETURNING old.id
"""


def claim_keys(scope: str, wishes: Mapping[str, object]) -> tuple[dict[str, int], dict[str, IdempotencyKey]]:
    """Take these keys, each for its wish: (key → id of those that are new, key → row of those used before).

    Of two at the same moment the second waits for the first one's commit. Whether a row that was used before is of
    the same wish its `request_hash` says (trail.actions.digest_of_wish).
    """
    digests = {key: digest_of_wish(wish) for key, wish in wishes.items()}
    new = dict(rows_of(CLAIM, [scope, list(digests), list(digests.values())]))
    used = [key for key in digests if key not in new]
    rows = IdempotencyKey.objects.filter(scope=scope, key__in=used) if used else ()
    return new, {row.key: row for row in rows}


def store_answers(answers: Mapping[int, tuple[int, object]]) -> None:
    """Keep an answer (status, content) under each of these ids."""
    told = [{"id": pk, "status": status, "answer": answer} for pk, (status, answer) in answers.items()]
    if told:
        rows_of(STORE, [json.dumps(told, ensure_ascii=False)])


def release_keys(pks: list[int]) -> None:
    """What was refused may be tried again under the same key."""
    if pks:
        IdempotencyKey.objects.filter(pk__in=pks).delete()
