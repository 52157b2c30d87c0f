"""Single sign-on in a real browser, against real processes: there by the button, and back signed in."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.provider import CLIENT, SECRET, Provider
from tests.live import LiveStack

pytestmark = [pytest.mark.live, pytest.mark.browser]
OPEN = """
from django.utils import timezone
from accounts.actions import open_account
open_account("wang", display_name="王芳", by=None, now=timezone.now(), password="k7mf-3xqp-9thr")
result = True
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.stop()


def test_there_and_back(provider: Provider, stack_factory: Callable[..., LiveStack], page: Page) -> None:
    names = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    stack = stack_factory(env=names)
    button = page.get_by_role("link", name="统一身份登录")
    page.goto(f"{stack.base_url}/notices/")
    button.click()
    expect(page.get_by_text("本平台没有可供您登录的账号“wang”")).to_be_visible()
    stack.python(OPEN)
    button.click()
    page.wait_for_url(f"{stack.base_url}/notices/")
    page.goto(f"{stack.base_url}/accounts/tokens/")  # a first password would lead elsewhere
    expect(page.get_by_role("heading", level=1)).to_have_text("接口令牌")
