"""A stranger's tool (schemathesis) against the whole face, as everybody: no 5xx, and only what is described."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from knox.models import AuthToken

from accounts.actions import issue_token
from grids.roles import ROLES
from tests.api.conftest import Clock
from tests.api.fuzzing import (
    WHISTLE,
    Fuzzer,
    connection_kept,
    description,
    with_plain_reports,
    with_plain_steps,
    with_what_is_there,
)
from tests.api.test_schema import whole_issue
from tests.builders import Town
from tests.governance.neighbours import (
    activity_rows,
    goods_rows,
    joining_rows,
    outside_task,
    scheduled_task,
)
from tests.volunteers.people_builders import station, volunteer
from tests.volunteers.wishes_builders import claimed, waiting

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
# In the short form each operation's boundaries are tried by one person, one in three of them, and each person makes
# requests up for every eighth operation; all of them send every example.
WHOLE = EXAMPLES > 1
STEP, TURNS = (1 if WHOLE else 3), 8
# So many tests share the roles among them.
TOWNS = 4
WORKED_ON = re.compile(r"POST /api/v1/issues/\{code\}/\w+/")
READER, NOBODY = "reader", "anonymous"
WHO = (*ROLES, READER, NOBODY)


@pytest.fixture(autouse=True)
def kept(settings: Any) -> Iterator[None]:
    settings.ALLOWED_HOSTS = ["*"]
    with connection_kept():
        yield


@pytest.mark.parametrize("who", WHO)
def test_whatever_is_sent_the_answer_is_as_described(town: Town, clock: Clock, who: str) -> None:
    """FUZZ_EXAMPLES is how many requests are made up for each operation and person; `make fuzz` makes many."""
    filled(town)
    fuzzer = Fuzzer(with_what_is_there(description()), headers_of(town, who), SEED)
    place = WHO.index(who)
    for number, operation in enumerate(fuzzer.operations()):
        fuzzer.examples(operation)
        if WHOLE or (number + place) % len(WHO) == 0:
            fuzzer.coverage(operation, place % STEP, STEP)
        if WHOLE or (number + place) % TURNS == 0:
            fuzzer.fuzz(operation, EXAMPLES)
    assert not fuzzer.wrong, "\n\n".join(f"{key}\n{value}" for key, value in fuzzer.wrong.items())


@pytest.mark.parametrize("number", range(TOWNS))
def test_what_is_made_is_found_and_worked_on(town: Town, clock: Clock, number: int) -> None:
    """Along the links from an answer to what can be done with it, as every role of the table; in each town some of them,
    since what one has done is undone."""
    described = with_plain_reports(with_what_is_there(description()))
    for role in list(ROLES)[number::TOWNS]:
        fuzzer = Fuzzer(described, headers_of(town, role), SEED, mode="positive")
        fuzzer.along_the_links(EXAMPLES * 5, steps=6)
        assert not fuzzer.wrong, "\n\n".join(f"{role} {key}\n{value}" for key, value in fuzzer.wrong.items())
        made = ("POST /api/v1/issues/", 201) in fuzzer.answered
        assert made == ("report" in ROLES[role].can), role
        # Who has made it finds it, and does something to it that is theirs to do, or is told that it is not.
        done = {status for operation, status in fuzzer.answered if WORKED_ON.fullmatch(operation)}
        assert not made or (("GET /api/v1/issues/{code}/", 200) in fuzzer.answered and done), role


def test_a_whistle_is_gone_along_to_its_assessment(town: Town, clock: Clock) -> None:
    """Who called and who was called take turns, each with the number that the other's answer has named."""
    described = with_plain_steps(with_what_is_there(description()), called=town.office.code)
    fuzzer = Fuzzer(described, headers_of(town, "community_worker"), SEED, mode="positive")
    called = headers_of(town, "office_officer")
    voices = dict.fromkeys(("acknowledge_callee", "report_in_callee", "done_callee"), called)
    fuzzer.along_the_links(EXAMPLES * 12, steps=25, among=WHISTLE, voices=voices)
    assert not fuzzer.wrong, "\n\n".join(f"{key}\n{value}" for key, value in fuzzer.wrong.items())
    for step in ("acknowledge", "report_in", "done", "rate_callee"):
        assert (f"POST /api/v1/callees/{{id}}/{step}/", 200) in fuzzer.answered, step


def filled(town: Town) -> None:
    """The building's head volunteers too."""
    helper = volunteer(town, "building_head")
    activity_rows(town, helper, town.people["building_head"])
    goods_rows(town, station(town), helper, town.people["building_head"])
    waiting(town)
    claimed(town, helper, phone="13800000001")
    joining_rows(town, helper, town.people["building_head"])
    whole_issue(town)
    scheduled_task(town)
    outside_task(town)
    for category in ("litter", "fire", "noise"):
        town.report(category)


def headers_of(town: Town, who: str) -> dict[str, str]:
    """A token of that person; the reader's is good for reading alone."""
    if who == NOBODY:
        return {"Authorization": ""}
    if who == READER:
        person = town.people["community_secretary"]
        token = issue_token(person, by=None, now=town.now, scopes=("read",))
    else:
        _row, token = AuthToken.objects.create(town.people[who])
    return {"Authorization": f"Token {token}", "Accept-Language": "en"}
