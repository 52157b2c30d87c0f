"""Each person reads in their own language."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from accounts.middleware import LanguageOfUser
from accounts.models import User


class Nobody:
    is_authenticated = False
    language = "en"


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


def read(user: Any, *, path: str = "/", chosen: str = "") -> tuple[str, HttpResponse]:
    """(the language that a view sees, its response)."""
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(translation.get_language())
        return HttpResponse()

    request = RequestFactory().get(path)
    request.user = user
    if chosen:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
    response = LanguageOfUser(view)(request)
    return seen[0], response


@pytest.mark.parametrize(
    ("user", "chosen", "wanted"),
    [
        (User(language="en"), "", "en"),
        (User(language=""), "", "zh-hans"),
        (User(language="en"), "zh-hans", "zh-hans"),
        (Nobody(), "", "zh-hans"),
    ],
)
def test_language(user: Any, chosen: str, wanted: str) -> None:
    assert read(user, chosen=chosen)[0] == wanted


@pytest.mark.parametrize(("path", "wider"), [("/admin/", True), ("/", False), ("/administration/", False)])
def test_only_the_admin_gets_the_wider_policy(path: str, wider: bool) -> None:
    _language, response = read(Nobody(), path=path)
    assert hasattr(response, "_csp_update") is wider
