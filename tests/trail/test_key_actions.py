"""Idempotency keys of many wishes at once."""

from collections.abc import Sequence

import pytest

from trail.actions import digest_of_wish
from trail.idempotency import Answer, once_each
from trail.key_actions import claim_keys, release_keys, store_answers
from trail.models import IdempotencyKey
from trail.refusals import Refused

pytestmark = pytest.mark.django_db


def test_new_ones_are_taken_and_known_ones_found() -> None:
    new, used = claim_keys("row:1", {"b": 1, "a": 2})
    assert set(new) == {"a", "b"} and used == {}
    store_answers({new["a"]: (201, {"code": "文'\""})})
    again, known = claim_keys("row:1", {"c": 3, "a": 9})
    assert set(again) == {"c"} and known["a"].answer == {"code": "文'\""} and known["a"].status == 201
    assert known["a"].request_hash == digest_of_wish(2) != digest_of_wish(9)
    assert claim_keys("row:2", {"a": 2})[0].keys() == {"a"} and claim_keys("row:1", {}) == ({}, {})
    release_keys([new["b"]])
    release_keys([])
    store_answers({})
    assert set(claim_keys("row:1", {"b": 1})[0]) == {"b"}


def test_each_wish_has_its_own_answer_once() -> None:
    done: list[int] = []

    def act(numbers: Sequence[int]) -> list[Answer]:
        done.extend(numbers)
        return [Answer(400 if number == 3 else 201, number) for number in numbers]

    wishes = [("a", 1), (None, 1), ("b", 2), ("c", 3), ("a", 1), ("a", 2), (None, 1), ("c", 3)]
    first = once_each("row:1", wishes, act)
    assert done == [0, 1, 2, 3, 6]
    assert [one if isinstance(one, tuple) else one.code for one in first] == [
        *((Answer(201, 0), False), (Answer(201, 1), False), (Answer(201, 2), False), (Answer(400, 3), False)),
        *((Answer(201, 0), True), "key_reused", (Answer(201, 6), False), (Answer(400, 3), False)),
    ]
    again = once_each("row:1", [("b", 2), ("b", 3), ("c", 3)], lambda numbers: [Answer(201, "new")])
    assert again[0] == (Answer(201, 2), True) and isinstance(again[1], Refused)
    assert again[2] == (Answer(201, "new"), False)


def test_whatever_is_raised_undoes_all() -> None:
    def act(numbers: Sequence[int]) -> list[Answer]:
        raise Refused("no")

    with pytest.raises(Refused):
        once_each("row:1", [("a", 1)], act)
    assert not IdempotencyKey.objects.exists()
