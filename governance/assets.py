"""Addresses of our own files for settings that want a callable."""

from typing import Any

from django.templatetags.static import static


def staff_js(request: Any = None) -> str:
    return static("js/gezhi.js")


def staff_keys_js(request: Any = None) -> str:
    return static("js/staff.js")


def icon(request: Any = None) -> str:
    return static("img/sail.svg")


def staff_css(request: Any = None) -> str:
    return static("css/staff.css")
