"""What every page is told: the size of text that this person, or this browser, has asked for."""

from typing import Any

from django.http import HttpRequest

from accounts.reading import COOKIE, others, size_of


def text_size(request: HttpRequest) -> dict[str, Any]:
    """`text_size` is "" for the standard one; `text_sizes` are those that the switch offers."""
    user = getattr(request, "user", None)
    account = user.text_size if user is not None and user.is_authenticated else ""
    size = size_of(account, request.COOKIES.get(COOKIE, ""))
    return {"text_size": size, "text_sizes": others(size)}
