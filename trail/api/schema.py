"""What every endpoint's description repeats."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from trail.idempotency import HEADER

PROBLEM = "application/problem+json"
REASONS = {
    400: "The input is wrong: see `errors`.",
    401: "Not signed in.",
    403: "Not yours to do.",
    404: "There is no such thing, or it is not yours to see.",
    409: "Not possible now: see `code` and `allowed`.",
    413: "Too large.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too many failed attempts: see Retry-After.",
}
IDEMPOTENCY = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A key of your own (a UUID, say). Repeating the request with it gives the stored answer and "
    "writes nothing. Kept for seven days; refusals are not stored.",
)


class ProblemSerializer(serializers.Serializer):
    """An error as problem details (RFC 9457)."""

    type = serializers.CharField(help_text="Always about:blank.")
    title = serializers.CharField(help_text="What went wrong, in the reader's language.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What to do, in the reader's language.", allow_blank=True)
    code = serializers.CharField(required=False, help_text="Of a refusal: stable, for machines.")
    allowed = serializers.ListField(
        required=False,
        child=serializers.CharField(),
        help_text="Of a refusal: the verbs that are possible now.",
    )
    errors = serializers.DictField(required=False, help_text="Of wrong input: messages by field.")


def answers(status: int, shape: Any, *codes: int, media: str = "application/json") -> dict[Any, Any]:
    """Responses: the shape when it goes well, problem details for the other statuses."""
    told: dict[Any, Any] = {(status, media): shape}
    return told | {(code, PROBLEM): OpenApiResponse(ProblemSerializer, REASONS[code]) for code in codes}


def without_marks(result: Any, **kwargs: Any) -> Any:
    """A post-processing hook: drops the generator's own notes from the schema."""
    if isinstance(result, dict):
        return {key: without_marks(value) for key, value in result.items() if key != "x-spec-enum-id"}
    return [without_marks(value) for value in result] if isinstance(result, list) else result
