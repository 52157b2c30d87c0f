"""Fields of answers that more than one app shows."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

Labels = Callable[[], Mapping[str, Any]]
# As `enum`, but of today: the extension of that name in Zalando's RESTful API guidelines, rule 112.
EXTENSIBLE = "x-extensible-enum"


class MomentField(serializers.DateTimeField):
    """A moment that is sent. One at the very ends of the calendar, which no other zone has, is wrong input."""

    def enforce_timezone(self, value: Any) -> Any:
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")


class WordField(serializers.Field):
    """One word of a table as {"key", "label"}: the key never changes, the label is in the reader's language.

    `words` gives key → label when it is asked. An empty value is null: say `allow_null` where there may be one.
    """

    def __init__(self, words: Labels, **options: Any) -> None:
        self.words = words
        super().__init__(read_only=True, **options)

    def to_representation(self, value: str) -> dict[str, str] | None:
        return word(self.words, value)


def word(words: Labels, value: str) -> dict[str, str] | None:
    """How one word of a table is shown."""
    if not value:
        return None
    return _shown(words, get_language()).get(value) or {"key": value, "label": value}


@lru_cache(maxsize=200)
def _shown(words: Labels, language: str) -> dict[str, dict[str, str]]:
    """Tables do not change while the process lives, and translating costs more than the rest of a row."""
    return {key: {"key": key, "label": str(label)} for key, label in words().items()}


class WordFieldSchema(OpenApiSerializerFieldExtension):
    """How the schema describes a WordField."""

    target_class = WordField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        words = self.target.words()
        return {
            "type": "object",
            **({"nullable": True} if self.target.allow_null else {}),
            "required": ["key", "label"],
            "properties": {
                # No `enum`: words may be added (deprecation policy), and a client made from it would break on a new one.
                "key": {
                    "type": "string",
                    EXTENSIBLE: list(words),
                    "description": "Never changes. Others may be added: show what you do not know by its label.",
                },
                "label": {"type": "string", "description": "In the reader's language (Accept-Language)."},
            },
        }
