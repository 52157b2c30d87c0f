"""What the phone pages are told of the inbox: how much in it is unread."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notices.models import Notice


def unread(request: HttpRequest) -> dict[str, Any]:
    """`unread`, for the number on the inbox. One query, of the pages that show it; none of the others."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"unread": 0}
    return {"unread": SimpleLazyObject(lambda: Notice.objects.unread_count(user))}
