"""A document of GeoReport v2 in both of its formats. The JSON follows from the XML by the Spark convention: a list
stays a list whatever its length, and the name of the root is left out. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

# What an entry of each list is called in XML.
ENTRIES = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "notes": "note",
    "service_request_updates": "request_update",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
# XML 1.0 has no way to write these, not even escaped.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Document:
    """`content` is a mapping or, where `root` names a list, the list; values are plain."""

    root: str
    content: Any


def to_xml(document: Document) -> bytes:
    """UTF-8, with its declaration."""
    root = ElementTree.Element(document.root)
    _fill(root, document.root, document.content)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _fill(element: ElementTree.Element, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _fill(ElementTree.SubElement(element, key), key, inner)
    elif isinstance(value, list):
        for inner in value:
            _fill(ElementTree.SubElement(element, ENTRIES[name]), ENTRIES[name], inner)
    elif value is not None:
        element.text = _written(value)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return UNWRITABLE.sub("\ufffd", str(value))
