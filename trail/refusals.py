"""The one way in which an action says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Refused(Exception):
    """A rule forbids it. Faces turn it into 403/409 or a form error and name what is allowed instead.

    `code` is stable and for machines, `reason` is a translatable sentence that says what to do,
    `allowed` names the verbs that would be accepted now.
    """

    def __init__(self, reason: StrOrPromise, *, code: str = "refused", allowed: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.allowed = allowed

    def __str__(self) -> str:
        return str(self.reason)


class NotAllowed(Refused):
    """This person may not do it at all (403)."""


class Stale(Refused):
    """The thing has changed since the caller looked (409): look again."""
