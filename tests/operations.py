"""What the schema of the API says can be asked, for tests that walk all of it: a new address is walked by itself."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import resolve
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

# The same view under a second address.
DOUBLES = re.compile(r"/issues/\{code\}/(callees|tasks|decisions)/")
# What a field is called → a value of it that is somebody's own in tests/builders.py; the rest is made up by its type.
OWN: dict[str, Any] = {
    "place": "22010300100100001",
    "category": "litter",
    "text": "演示:垃圾没有清运",
    "reason": "演示:试行",
    "unit": "220103001",
    "community": "220103001001",
    "home": "220103001001",
    "units": ["220103001001"],
    "bodies": ["office-1"],
    "kind": "quick",
    "lon": 125.3,
    "lat": 43.9,
    "officer": "grid_worker",
    "person": "grid_worker",
    "first": "2026-03-01",
    "last": "2026-03-09",
    "until": "2026-03-20",
    "starts_at": "2026-03-20T02:00:00Z",
    "ends_at": "2026-03-20T09:00:00Z",
    "address": "http://127.0.0.1:9/",
    "account": "system_admin",
    "parent": "220103001",
    "to": "220103001",
    "into": "220103001001002",
    "value": {},
}


@dataclass(frozen=True)
class Operation:
    """One method of one address. `fields`: name → schema of what its JSON body may hold."""

    method: str
    address: str
    queries: Mapping[str, Any]
    fields: Mapping[str, Any]
    required: tuple[str, ...]
    media: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.address}"

    @property
    def writes(self) -> bool:
        return self.method != "get"

    @property
    def route(self) -> str:
        """As the table of addresses writes it: api/v1/issues/<str:code>/."""
        shown = re.sub(r"\{(id|message)\}", "1", self.address)
        return resolve(re.sub(r"\{\w+\}", "x", shown)).route

    def body(self) -> dict[str, Any]:
        """Something that fits its schema, with no more than what may not be missing."""
        return {name: example(self.fields[name], name) for name in self.required}

    def places(self) -> Iterator[tuple[tuple[Any, ...], Mapping[str, Any]]]:
        """(path, schema) of every field of the body, those within its rows too."""
        yield from _places(self.fields, ())

    def with_value(self, path: tuple[Any, ...], value: Any) -> dict[str, Any]:
        """Its body with this value there."""
        body = self.body()
        inside: Any = body
        for name, after in itertools.pairwise(path):
            if isinstance(name, str) and name not in inside:
                inside[name] = [{}] if after == 0 else {}
            inside = inside[name]
        inside[path[-1]] = value
        return body


def _places(fields: Mapping[str, Any], above: tuple[Any, ...]) -> Iterator[Any]:
    for name, shape in fields.items():
        yield (*above, name), shape
        rows = shape.get("items", {}).get("properties")
        if rows or shape.get("properties"):
            yield from _places(rows or shape["properties"], (*above, name, 0) if rows else (*above, name))


def example(shape: Mapping[str, Any], name: str = "") -> Any:
    """A value that fits; somebody's own where the name says what it is."""
    if name in OWN and _fits(OWN[name], shape):
        return OWN[name]
    if "enum" in shape:
        return shape["enum"][0]
    kind = shape.get("type", "object")
    if kind == "string":
        made = {"date": "2026-03-12", "date-time": "2026-03-10T02:00:00Z", "time": "09:00"}
        return made.get(shape.get("format", ""), "演示一")
    if kind == "object":
        parts = shape.get("properties", {})
        return {name: example(parts[name], name) for name in shape.get("required", ()) if name in parts}
    if kind == "array":
        return [example(shape.get("items", {}))]
    return {"integer": shape.get("minimum", 1), "number": shape.get("minimum", 1.0), "boolean": True}[kind]


def _fits(value: Any, shape: Mapping[str, Any]) -> bool:
    kinds: dict[str, Any] = {"string": str, "array": list, "object": dict, "number": float}
    return isinstance(value, kinds.get(shape.get("type", ""), ())) and value in shape.get("enum", [value])


@cache
def schema() -> dict[str, Any]:
    """As a client reads it, in English."""
    with translation.override("en"):
        return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


@cache
def operations() -> tuple[Operation, ...]:
    """All of them, each view once."""
    return tuple(_operations())


@cache
def operation_at(method: str, route: str) -> Operation:
    """Of this address, as the table of addresses writes it; where it is a second one, of the first."""
    first = re.sub(r"issues/<str:code>/(?=callees/|tasks/|decisions/)", "", route)
    return next(one for one in operations() if (one.method, one.route) == (method, first))


def _operations() -> Iterator[Operation]:
    for address, methods in schema()["paths"].items():
        if DOUBLES.search(address):
            continue
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            shape = _whole(content.get("application/json", {}).get("schema", {}))
            queries = {
                one["name"]: one["schema"] for one in told.get("parameters", ()) if one["in"] == "query"
            }
            yield Operation(
                method,
                address,
                queries,
                shape.get("properties", {}),
                tuple(shape.get("required", ())),
                tuple(content),
            )


def _whole(shape: Any) -> Any:
    """With what it refers to in its place."""
    if isinstance(shape, list):
        return [_whole(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    if "$ref" in shape:
        return _whole(schema()["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
    if "allOf" in shape:
        return _whole(shape["allOf"][0]) | {name: value for name, value in shape.items() if name != "allOf"}
    if "oneOf" in shape:
        enums = [one.get("enum", []) for one in map(_whole, shape["oneOf"])]
        return {"type": "string", "enum": [value for enum in enums for value in enum if value is not None]}
    return {name: _whole(value) for name, value in shape.items()}
