"""What every endpoint's description repeats."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from trail.api.sparse import FIELDS
from trail.idempotency import HEADER, REPLAYED
from trail.problem_types import PAGE

PROBLEM = "application/problem+json"
REASONS = {
    400: "The input is wrong: see `errors`.",
    401: "No token, or one that does not work (any more).",
    403: "Not yours to do; with the code `scope`: the token lacks the one that `scope` names.",
    404: "There is no such thing, or it is not yours to see.",
    409: "Not possible now: see `code` and `allowed`.",
    412: "It has changed since what If-Match names: of what has versions see `version`, `state` and `since`.",
    413: "Too large.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too many requests in this minute, or too many wrong passwords: see Retry-After.",
    503: "Very busy; nothing was saved. The same request may come again after Retry-After.",
}
LOCATION = {
    "Location": {"schema": {"type": "string"}, "description": "Where it stands now.", "required": True}
}
REPLAYED_HEADER = {
    REPLAYED: {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "Of a repeated request: this is the first one's answer.",
    }
}
LINKS = {
    "Link": {
        "schema": {"type": "string"},
        "description": "`first`, and `prev` and `next` where there are any (RFC 8288).",
    }
}
RETRY_AFTER = {
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait.", "required": True}
}
IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A key of your own (a UUID, say). Repeating the request with it gives the stored answer and "
    "writes nothing. Kept for seven days; refusals are not stored.",
)


# Of an answer that shows a secret (trail.idempotency.shown_once).
SHOWN_ALREADY = (
    "True where it is withheld: the request is repeated, and the answer to the first one has shown it."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag that the caller saw, or the version alone in quotes (`"7"`). If it has changed since: 412, '
    "and nothing is done.",
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="Strong; of something with a `version` it begins with that.",
)
KNOWN = "If-None-Match"
KNOWN_TAG = OpenApiParameter(
    KNOWN,
    str,
    OpenApiParameter.HEADER,
    description="The ETag of an earlier answer: if it is still the same, 304 without a body.",
)
# What every detail takes and gives.
SEEN = [FIELDS, KNOWN_TAG, ETAG]


class ProblemSerializer(serializers.Serializer):
    """An error as problem details (RFC 9457)."""

    type = serializers.CharField(
        help_text=f"Of a refusal with a `code`: `{PAGE}#code-` and the code, a page of this platform. about:blank where "
        "the status says it all."
    )
    title = serializers.CharField(help_text="What the type is called, in the reader's language.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What to do, in the reader's language.", allow_blank=True)
    code = serializers.CharField(required=False, help_text="Of a refusal: stable, for machines.")
    scope = serializers.CharField(required=False, help_text="The scope that the token lacks.")
    allowed = serializers.ListField(
        required=False,
        child=serializers.CharField(),
        help_text="Of a refusal: the verbs that are possible now.",
    )
    version = serializers.IntegerField(required=False, help_text="Of a 412, or 409 (stale): the version now.")
    state = serializers.CharField(required=False, help_text="Of a 412, or 409 (stale): the state now.")
    since = serializers.ListField(
        required=False,
        child=serializers.CharField(),
        help_text="Of a 412, or 409 (stale): what has happened since, as verbs of the timeline.",
    )
    errors = serializers.DictField(required=False, help_text="Of wrong input: messages by field.")


def answers(status: int, shape: Any, *codes: int, media: str = "application/json") -> dict[Any, Any]:
    """Responses: the shape when it goes well, problem details for the other statuses."""
    told: dict[Any, Any] = {(status, media): shape}
    return told | {(code, PROBLEM): OpenApiResponse(ProblemSerializer, REASONS[code]) for code in codes}


class Schema(AutoSchema):
    """What is the same for every address: wrong input where there is any, a token that lacks the scope, too many
    requests, and a busy database."""

    def get_operation(self, *args: Any, **options: Any) -> Any:
        """Described for all alike, so that no view has to say it."""
        operation = super().get_operation(*args, **options)
        if operation is None:
            return None
        scopes = getattr(self.view, "scopes", None)
        if scope := (scopes or {}).get(self.method):
            text = f"{operation.get('description', '')}\n\nNeeds a token with the scope `{scope}`."
            operation["description"] = text.strip()
        responses = operation["responses"]
        takes = "requestBody" in operation or any(
            one["in"] != "path" for one in operation.get("parameters", ())
        )
        for code in (*((400,) if takes else ()), *((403,) if scopes else ()), 429, 503):
            if str(code) not in responses:
                told = OpenApiResponse(ProblemSerializer, REASONS[code])
                responses[str(code)] = self._get_response_for_code(told, str(code), [PROBLEM])
        if any(one["name"] == KNOWN for one in operation.get("parameters", ())):
            responses["304"] = {"description": "Still as the caller has it; without a body."}
        for code in ("429", "503"):
            responses[code]["headers"] = RETRY_AFTER
        self._head(operation)
        operation["responses"] = dict(sorted(responses.items()))
        return operation

    def _head(self, operation: dict[str, Any]) -> None:
        """Headers of what went well: where the new thing stands, where a list goes on, that an answer comes again."""
        takes = {one["name"] for one in operation.get("parameters", ())}
        for code in operation["responses"].keys() & {"200", "201"}:
            told = LINKS if "cursor" in takes else {}
            if code == "201" and getattr(self.view, "has_addresses", True):
                told = LOCATION
            if told := told | (REPLAYED_HEADER if HEADER in takes else {}):
                operation["responses"][code].setdefault("headers", {}).update(told)


def without_marks(result: Any, **kwargs: Any) -> Any:
    """A post-processing hook: drops the generator's own notes from the schema."""
    if isinstance(result, dict):
        return {key: without_marks(value) for key, value in result.items() if key != "x-spec-enum-id"}
    return [without_marks(value) for value in result] if isinstance(result, list) else result
