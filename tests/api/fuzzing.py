"""Requests that a stranger's tool makes up from the description, and what is asked of each answer.

Nothing that one request writes is there for the next: each runs in a savepoint of the test's transaction.
"""

import contextlib
import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import hypothesis
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from grids.models import Body, Post, SheetFile, Unit
from grids.standing import forget_standings
from issues.districts import forget_rules
from issues.models import (
    Attachment,
    Callee,
    Decision,
    ImportBatch,
    Issue,
    OutsideTask,
    Schedule,
    Task,
    Whistle,
)
from issues.worktimes import forget_worktimes
from notices.models import Notice
from trail.api.examples import LINKED
from trail.api.fields import EXTENSIBLE
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
    Wish,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NOWHERE = "nowhere"
# A new issue, and what it links to.
ALONG = ["report_issue", *LINKED]
# A whistle from its report to its assessment.
WHISTLE = [
    *("report_issue", "sign_issue", "whistle_issue", "acknowledge_callee", "report_in_callee", "done_callee"),
    "rate_callee_callee",
]


def description() -> dict[str, Any]:
    """As a client reads it, but that no other words than today's may come."""
    with translation.override("en"):
        text = json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)
    return json.loads(text.replace(f'"{EXTENSIBLE}"', '"enum"'))


def with_what_is_there(described: dict[str, Any]) -> dict[str, Any]:
    """Ids and codes in addresses are mostly those of something: else all answers were 404."""
    there: dict[str, Callable[[], Iterable[Any]]] = {
        "issues": lambda: Issue.objects.values_list("code", flat=True),
        "units": lambda: Unit.objects.values_list("code", flat=True)[:6],
        "bodies": lambda: Body.objects.values_list("code", flat=True)[:4],
        **{
            name: lambda model=model: model.objects.order_by("pk").values_list("pk", flat=True)[:6]
            for name, model in (
                ("callees", Callee),
                ("tasks", Task),
                ("decisions", Decision),
                ("whistles", Whistle),
                ("attachments", Attachment),
                ("posts", Post),
                ("schedules", Schedule),
                ("outside-tasks", OutsideTask),
                ("sheets", SheetFile),
                ("files", ImportBatch),
                ("notices", Notice),
                ("activities", Activity),
                ("shifts", Shift),
                ("sign-ups", SignUp),
                ("series", Series),
                ("service-records", Service),
                ("corrections", Correction),
                ("goods", Good),
                ("redemptions", Redemption),
                ("stations", Station),
                ("wishes", Wish),
                ("organisations", Organisation),
                ("check-ins", CheckIn),
                ("offers", Offer),
                ("statements", Statement),
                ("pairings", Pairing),
            )
        },
    }
    for path, methods in described["paths"].items():
        before = path.split("/")
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] != "path":
                    continue
                kind = before[before.index(f"{{{parameter['name']}}}") - 1]
                if kind in there and (found := list(there[kind]())):
                    strange = NOWHERE if isinstance(found[0], str) else 2**63
                    parameter["schema"] = parameter["schema"] | {"enum": [*found, strange]}
    return described


def with_plain_reports(described: dict[str, Any]) -> dict[str, Any]:
    """Reports of what there is, where there is something: made up freely, hardly one would be taken in."""
    shapes = described["components"]["schemas"]
    for name in ("ReportRequest", "ReportWithPhotosRequest"):
        fields = shapes[name]["properties"]
        fields["place"]["enum"], fields["category"]["enum"] = ["22010300100100001"], ["litter", "noise"]
        shapes[name]["properties"] = {key: fields[key] for key in ("place", "category", "text", "spot")}
        shapes[name]["required"] = ["place", "category", "text"]
    return described


def with_plain_steps(described: dict[str, Any], *, called: str) -> dict[str, Any]:
    """Of the steps of a whistle what they cannot do without, and whom to call: a body by its code."""
    shapes = with_plain_reports(described)["components"]["schemas"]
    text = {"type": "string", "enum": ["演示：请到场", "x" * 50]}
    plain: dict[str, dict[str, Any]] = {
        "SignRequest": {},
        "WhistleRequest": {
            "kind": {"enum": ["quick", "tough"]},
            "bodies": {"type": "array", "items": {"enum": [called]}, "minItems": 1, "maxItems": 1},
            "text": text,
        },
        "AcknowledgeRequest": {},
        "ReportInRequest": {"mode": {"enum": ["on_spot"]}},
        "DoneRequest": {"text": text},
        "RateCalleeRequest": {"verdict": shapes["RateCalleeRequest"]["properties"]["verdict"]},
    }
    for name, fields in plain.items():
        shapes[name] |= {"properties": fields, "required": list(fields), "additionalProperties": False}
    shapes["ReportRequest"]["properties"]["category"]["enum"] = ["noise"]
    for path in described["paths"].values():
        for operation in path.values():
            if operation["operationId"] not in WHISTLE:
                continue
            # A form with photos says the same; conditions and systems of coordinates are tried by the others.
            operation["requestBody"]["content"].pop("multipart/form-data", None)
            operation["parameters"] = [one for one in operation.get("parameters", ()) if one["in"] == "path"]
    return described


def forget() -> None:
    """What the process remembers of rows that were undone."""
    for each in (forget_standings, forget_rules, forget_worktimes):
        each()


class Fuzzer:
    """Sends cases as somebody and keeps what is wrong with the answers: one line each, with the request."""

    def __init__(
        self, described: dict[str, Any], headers: dict[str, str], seed: int, *, mode: str = "all"
    ) -> None:
        config = schemathesis.Config.from_dict({"seed": seed, "generation": {"mode": mode}})
        self.schema = schemathesis.openapi.from_dict(described, config=config)
        self.schema.app = WSGIHandler()
        # Packed answers are told apart from wrong ones elsewhere.
        self.headers, self.seed = headers | {"Accept-Encoding": "identity"}, seed
        self.sent = 0
        self.answered: set[tuple[str, int]] = set()
        self.wrong: dict[tuple[str, str], str] = {}

    def operations(self) -> Iterator[Any]:
        for found in self.schema.get_all_operations():
            yield found.ok()

    def examples(self, operation: Any) -> None:
        """What the description itself gives as an example."""
        for strategy in operation.get_strategies_from_examples():
            self._draw(strategy, 1)

    def coverage(self, operation: Any, start: int, step: int) -> None:
        """Every boundary of every field, one at a time; of these each `step`-th from `start`."""
        modes, how = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], self.schema.config.generation
        cases = self.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=how)
        for case in list(cases)[start::step]:
            self.try_one(case)

    def fuzz(self, operation: Any, examples: int) -> None:
        """Anything that fits the description, and anything that does not."""
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            self._draw(operation.as_strategy(generation_mode=mode), examples)

    def _draw(self, strategy: Any, examples: int) -> None:
        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(strategy)
        def each(case: Any) -> None:
            self.try_one(case)

        # Some operations take nothing that could be wrong.
        with contextlib.suppress(Unsatisfiable):
            each()

    def along_the_links(
        self,
        examples: int,
        *,
        steps: int,
        among: list[str] = ALONG,
        voices: Mapping[str, dict[str, str]] | None = None,
    ) -> None:
        """Several requests, each with what the one before has answered; what a row of them did is undone at its end.
        `voices`: operation → the headers of somebody else who does it."""
        fuzzer, spoken = self, voices or {}

        class Row(self.schema.include(operation_id=among).as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                self.mark = transaction.savepoint()
                forget()

            def teardown(self) -> None:
                transaction.savepoint_rollback(self.mark)

            def get_call_kwargs(self, case: Any) -> dict[str, Any]:
                name = case.operation.definition.raw["operationId"]
                return {"headers": fuzzer.headers | spoken.get(name, {})}

            def validate_response(self, response: Any, case: Any, **_more: Any) -> None:
                fuzzer.look_at(case, response, [])

        chosen = hypothesis.settings(
            max_examples=examples,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(hypothesis.seed(self.seed)(Row), settings=chosen)

    def try_one(self, case: Any) -> None:
        """Send it, look at the answer, and undo what it did."""
        forget()
        with transaction.atomic(), crashes() as crashed:
            answer = case.call(headers=self.headers)
            transaction.set_rollback(True)
        self.look_at(case, answer, crashed)

    def look_at(self, case: Any, answer: Any, crashed: list[str]) -> None:
        self.sent += 1
        self.answered.add((case.operation.label, answer.status_code))
        try:
            case.validate_response(answer, checks=CHECKS, headers=self.headers)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self.keep(case, answer, failure, crashed)

    def keep(self, case: Any, answer: Any, failure: Any, crashed: list[str]) -> None:
        if "fields" in (case.query or {}) and "is a required property" in failure.message:
            return  # only some fields were asked for
        key = (case.operation.label, f"{failure.title} {answer.status_code}")
        request = f"{case.method} {case.formatted_path} {case.query} {case.media_type} {case.body!r}"[:700]
        self.wrong.setdefault(
            key, f"{failure.message[:500]}\n{request}\n{answer.content[:300]!r}\n{''.join(crashed)}"
        )


@contextlib.contextmanager
def connection_kept() -> Iterator[None]:
    """A request that ends takes its connection along, and with it the transaction of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@contextlib.contextmanager
def crashes() -> Iterator[list[str]]:
    """Where the code broke, in the order of time."""
    seen: list[str] = []

    def note(**_what: Any) -> None:
        seen.append(traceback.format_exc()[-1500:])

    got_request_exception.connect(note)
    try:
        yield seen
    finally:
        got_request_exception.disconnect(note)
