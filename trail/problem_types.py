"""What each code of a refusal is called: one row per code, from which the type of its problem document (RFC 9457), its
title and its place on the page of problems are made. Other apps add theirs in their own problem_titles.py.

A code that a floor below has is not named again; one that has no row yet is told as about:blank.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Part of what we promise: the address stays, and leads to a page of this platform.
PAGE = "/api/docs/problems/"
BLANK = "about:blank"
TITLES: "dict[str, StrOrPromise]" = {
    "refused": _("Refused by a rule"),
    "not_allowed": _("The post does not allow this here"),
    "not_yours": _("This is for somebody else to do"),
    "stale": _("Changed since you looked"),
    "key_reused": _("Idempotency-Key used for something else"),
    "busy": _("Very busy right now"),
    "throttled": _("Too many requests"),
    "scope": _("The token lacks a scope"),
    "too_large": _("The body is too large"),
    "name": _("Wrong or missing name"),
    "job_state": _("Only failed work is tried again"),
    "sealed": _("The day is sealed already"),
    "counter": _("The database counts anew"),
}


def call_problems(titles: "Mapping[str, StrOrPromise]") -> None:
    """Name codes. Raises ValueError for one that has a title already: it would be two types under one address."""
    if doubled := TITLES.keys() & titles.keys():
        raise ValueError(f"named twice: {', '.join(sorted(doubled))}")
    TITLES.update(titles)


def type_of(code: str) -> str:
    """Where this type is explained, as a URI reference; about:blank for what only its status says."""
    return f"{PAGE}#code-{code}" if code in TITLES else BLANK
