"""One's own password and tokens, and the first password that opens one page only."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.actions import issue_token, open_account, set_first_password
from accounts.models import User
from trail.models import Event

pytestmark = pytest.mark.django_db
PASSWORD, TOKENS, LOGIN = "/accounts/password/", "/accounts/tokens/", "/accounts/login/"
FIRST, OWN = "k7mf-3xqp-9thr", "a horse in the ninth grid"
ISSUES = "/api/v1/issues/"


@pytest.fixture
def user() -> User:
    return open_account("wang", display_name="王芳", by=None, now=timezone.now(), password=FIRST)


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def sign_in(client: Client, password: str, **more: str) -> Any:
    return client.post(LOGIN, {"username": "wang", "password": password} | more)


def change(client: Client, old: str, new: str, again: str | None = None, **more: str) -> Any:
    words = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(PASSWORD, words | more)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


class TestFirstPassword:
    @pytest.mark.parametrize(
        "address",
        [
            "/",
            "/report/",
            "/notices/",
            "/i/some-code/",
            "/admin/",
            "/admin/accounts/user/",
            "/accounts/tokens/",
            "/f/",
        ],
    )
    def test_no_page_but_one(self, client: Client, user: User, address: str) -> None:
        sign_in(client, FIRST)
        answer = client.get(address)
        assert answer.status_code == 302 and answer.url.startswith(PASSWORD), address
        assert client.post(address).url == PASSWORD

    def test_programs_with_a_session_learn_why(self, client: Client, user: User) -> None:
        sign_in(client, FIRST)
        answer = client.get(ISSUES)
        assert answer.status_code == 403 and answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "first_password"

    def test_one_can_leave_and_read_it_in_ones_language(self, client: Client, user: User) -> None:
        sign_in(client, FIRST)
        assert client.post("/i18n/setlang/", {"language": "zh-hans", "next": PASSWORD}).url == PASSWORD
        assert "设置自己的密码" in client.get(PASSWORD).content.decode()
        client.post("/accounts/logout/")
        assert client.get("/f/").status_code == 200

    def test_then_on_to_where_one_wanted_to_go(self, client: Client, user: User) -> None:
        answer = client.get(sign_in(client, FIRST, next="/notices/?before=7").url)
        page = client.get(answer.url)
        assert page.status_code == 200 and page.context["next"] == "/notices/?before=7"
        assert "no-store" in page.headers["Cache-Control"]
        done = change(client, FIRST, OWN, next=page.context["next"])
        assert done.url == "/notices/?before=7"
        assert client.get(done.url).status_code == 200
        assert not fresh(user).must_change_password
        assert Event.objects.about("user", user.pk).last().verb == "change_password"
        assert sign_in(Client(), OWN).status_code == 302
        assert sign_in(Client(), FIRST).status_code == 200

    @pytest.mark.parametrize(
        "wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
    )
    def test_never_away_from_here(self, client: Client, user: User, wanted: str) -> None:
        sign_in(client, FIRST)
        assert change(client, FIRST, OWN, next=wanted).url == "/"

    @pytest.mark.parametrize(
        ("old", "new", "again"),
        [
            ("wrong", OWN, None),
            (FIRST, OWN, "something else"),
            (FIRST, FIRST, None),
            (FIRST, "short", None),
            (FIRST, "1234567890", None),
            (FIRST, "password12", None),
            (FIRST, "", None),
            ("", OWN, None),
        ],
    )
    def test_what_is_no_password_of_ones_own(
        self, client: Client, user: User, old: str, new: str, again: str | None
    ) -> None:
        sign_in(client, FIRST)
        answer = change(client, old, new, again)
        assert answer.status_code == 422 and answer.context["form"].errors
        assert fresh(user).must_change_password and fresh(user).check_password(FIRST)
        assert client.get("/").url.startswith(PASSWORD)

    def test_a_new_one_ends_what_was_signed_in(self, client: Client, user: User) -> None:
        sign_in(client, FIRST)
        change(client, FIRST, OWN)
        assert client.get(TOKENS).status_code == 200
        set_first_password(user, password=FIRST, by=None, now=timezone.now())
        assert client.get(TOKENS).url.startswith(LOGIN)


class TestPrograms:
    def test_no_token_for_a_first_password(self, user: User) -> None:
        words = {"username": "wang", "password": FIRST}
        answer = APIClient().post("/api/v1/auth/login/", words)
        assert answer.status_code == 403 and answer.json()["code"] == "first_password"
        assert not AuthToken.objects.exists()

    def test_a_token_waits_until_its_owner_has_chosen(self, client: Client, user: User) -> None:
        """One of before, when a new first password is set for somebody who forgot theirs."""
        api = APIClient()
        token = issue_token(user, by=None, now=timezone.now())
        api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        answer = api.get(ISSUES)
        assert answer.status_code == 403 and answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "first_password"
        sign_in(client, FIRST)
        change(client, FIRST, OWN)
        assert api.get(ISSUES).status_code == 200


class TestOwnPassword:
    @pytest.fixture(autouse=True)
    def signed_in(self, client: Client, user: User) -> None:
        sign_in(client, FIRST)
        change(client, FIRST, OWN)

    def test_a_page_for_everybody(self, client: Client) -> None:
        assert PASSWORD in client.get("/").content.decode()
        assert change(client, OWN, "another horse entirely").url == "/"
        assert client.get("/").status_code == 200, "one stays signed in here"

    def test_djangos_own_page_leads_here(self, client: Client, user: User) -> None:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        for method in (client.get, client.post):
            assert method("/admin/password_change/").url == PASSWORD
        assert reverse("accounts:password") in client.get("/admin/").content.decode()

    def test_nobody_else(self) -> None:
        for address in (PASSWORD, TOKENS):
            assert Client().get(address).url.startswith(LOGIN)


class TestTokens:
    @pytest.fixture(autouse=True)
    def signed_in(self, client: Client, user: User) -> None:
        User.objects.update(must_change_password=False)
        client.force_login(user)

    def form(self, client: Client) -> dict[str, Any]:
        key = client.get(TOKENS).context["form"]["idempotency_key"].value()
        return {"idempotency_key": key, "days": 90, "name": "演示脚本", "scopes": ["read", "report"]}

    def test_shown_once(self, client: Client, user: User) -> None:
        data = self.form(client)
        answer = client.post(TOKENS, data)
        (token,) = AuthToken.objects.filter(user=user)
        secret = answer.context["made"]
        assert secret.startswith(token.token_key) and secret in answer.content.decode()
        assert "no-store" in answer.headers["Cache-Control"]
        assert token.expiry - timezone.now() > timedelta(days=89, hours=23)
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
        assert api.get(ISSUES).status_code == 200 and api.get("/api/v1/events/").status_code == 403
        page = client.get(TOKENS).content.decode()
        assert "演示脚本" in page and "read, report" in page and "last used" in page
        again = client.post(TOKENS, data, follow=True)
        assert secret not in again.content.decode() and "shown already" in again.content.decode()
        other = client.post(TOKENS, data | {"days": 30}, follow=True)  # a page from before, sent again
        assert other.status_code == 200 and AuthToken.objects.count() == 1
        assert secret not in client.get(TOKENS).content.decode()

    @pytest.mark.parametrize("scopes", [[], ["root"], ["read", ""]])
    def test_only_for_what_there_is(self, client: Client, scopes: list[str]) -> None:
        answer = client.post(TOKENS, self.form(client) | {"scopes": scopes})
        assert answer.status_code == 422 and not AuthToken.objects.exists()

    def test_one_for_tokens_is_not_made_unasked(self, client: Client) -> None:
        offered = client.get(TOKENS).context["form"]["scopes"]
        assert set(dict(offered.field.choices)) - set(offered.value()) == {"tokens"}

    @pytest.mark.parametrize("days", ["", "0", "36500", "x", "90.5"])
    def test_only_as_long_as_is_offered(self, client: Client, days: str) -> None:
        answer = client.post(TOKENS, self.form(client) | {"days": days})
        assert answer.status_code == 422 and answer.context["form"].errors
        assert not AuthToken.objects.exists()

    def test_revoke(self, client: Client, user: User) -> None:
        issue_token(user, by=None, now=timezone.now())
        ((token, key),) = client.get(TOKENS).context["tokens"]
        for _tap in range(2):
            answer = client.post(f"{TOKENS}{token.token_key}/revoke/", {"idempotency_key": key})
            assert answer.status_code == 302 and answer.url == TOKENS
        assert not AuthToken.objects.exists()
        assert Event.objects.about("user", user.pk).last().verb == "revoke_token"

    def test_a_foreign_one_is_unknown(self, client: Client) -> None:
        other = User.objects.create_user("other", display_name="别人")
        issue_token(other, by=None, now=timezone.now())
        (token,) = AuthToken.objects.all()
        foreign = client.post(f"{TOKENS}{token.token_key}/revoke/")
        absent = client.post(f"{TOKENS}nothing/revoke/")
        assert foreign.status_code == absent.status_code == 404
        assert token.token_key[:8] not in client.get(TOKENS).content.decode()
        assert AuthToken.objects.exists()

    def test_revoking_is_no_link(self, client: Client) -> None:
        assert client.get(f"{TOKENS}x/revoke/").status_code == 405
