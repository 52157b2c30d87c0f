"""Single sign-on against a provider that these tests start."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from joserfc.jwk import RSAKey

from accounts.actions import (
    close_account,
    link_identity,
    open_account,
    open_service,
    reopen_account,
    set_first_password,
    unlink_identity,
)
from accounts.models import Identity, User
from tests.accounts.provider import CLIENT, SECRET, Provider
from tests.starting import run_python
from trail.models import Event
from trail.refusals import NotAllowed

pytestmark = pytest.mark.django_db
LOGIN, START, BACK = "/accounts/login/", "/accounts/sso/", "/accounts/sso/back/"
FIRST = "k7mf-3xqp-9thr"
BACKEND = "accounts.backends.ProviderBackend"


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def provider(one_provider: Provider, settings: Any) -> Iterator[Provider]:
    """On, as the settings say it when they are read."""
    before = dict(vars(one_provider))
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
        one_provider.issuer,
        CLIENT,
        SECRET,
    )
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, BACKEND]
    cache.clear()
    yield one_provider
    for name, value in before.items():
        setattr(one_provider, name, value)
    cache.clear()


@pytest.fixture
def user() -> User:
    return open_account("wang", display_name="王芳", by=None, now=timezone.now())


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def lead(client: Client, provider: Provider, **query: str) -> str:
    """Up to the address with which the provider sends the browser back."""
    answer = client.get(START, query)
    assert answer.status_code == 302 and answer.url.startswith(provider.issuer), answer.url
    back = urlparse(provider.authorize(answer.url))
    return f"{back.path}?{back.query}"


def come(client: Client, provider: Provider, **query: str) -> Any:
    return client.get(lead(client, provider, **query))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def told(client: Client, answer: Any) -> str:
    """What the sign-in page says to whoever was not let in."""
    assert answer.status_code == 302 and answer.url.startswith(LOGIN) and not is_in(client)
    return client.get(answer.url).content.decode()


def verbs(user: User) -> list[str]:
    return list(Event.objects.about("user", user.pk).values_list("verb", flat=True))


class TestOff:
    def test_no_button_and_no_address(self, client: Client) -> None:
        for page in (LOGIN, "/admin/login/"):
            assert START not in client.get(page).content.decode()
        assert client.get(START).status_code == client.get(BACK).status_code == 404

    def test_its_sessions_end_with_it(
        self, client: Client, provider: Provider, user: User, settings: Any
    ) -> None:
        come(client, provider)
        assert client.get("/accounts/tokens/").status_code == 200
        settings.AUTHENTICATION_BACKENDS = settings.AUTHENTICATION_BACKENDS[:-1]
        assert client.get("/accounts/tokens/").url.startswith(LOGIN)

    def test_nothing_of_the_extra_is_loaded(self) -> None:
        script = (
            "import sys, django; django.setup(); from django.urls import resolve; resolve('/accounts/sso/');"
            "sys.exit(bool({'authlib', 'joserfc'} & set(sys.modules)))"
        )
        env = {"GEZHI_ENV": "test", "DJANGO_SETTINGS_MODULE": "governance.settings"}
        answer = run_python("-c", script, env=env)
        assert answer.returncode == 0, answer.stderr or "loaded"


class TestTheWayIn:
    def test_the_first_time_links_and_later_ones_do_not(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        page = client.get(LOGIN, {"next": "/notices/?before=7"}).content.decode()
        assert f'href="{START}?next=%2Fnotices%2F%3Fbefore%3D7"' in page
        answer = come(client, provider, next="/notices/?before=7")
        assert answer.url == "/notices/?before=7" and client.get(answer.url).status_code == 200
        user.refresh_from_db()
        assert user.last_login and verbs(user)[-1] == "link_identity"
        again = Client()
        assert come(again, provider).url == "/" and is_in(again)
        assert verbs(user).count("link_identity") == 1 and Identity.objects.count() == 1
        assert client.get(START, {"next": "/notices/"}).url == "/notices/"

    def test_the_admins_own_sign_in_page_leads_there_too(self, client: Client, provider: Provider) -> None:
        assert f'href="{START}?next=%2Fadmin%2F"' in client.get("/admin/login/?next=/admin/").content.decode()

    def test_who_is_linked_is_known_by_the_subject(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        come(Client(), provider)
        provider.person = {"sub": "s-1", "preferred_username": "renamed"}
        come(client, provider)
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_a_claim_that_only_userinfo_has(
        self, client: Client, provider: Provider, user: User, settings: Any
    ) -> None:
        settings.OIDC_CLAIM = "staff_number"
        provider.in_userinfo = {"sub": "s-1", "staff_number": "wang"}
        come(client, provider)
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_userinfo_of_somebody_else_counts_for_nothing(
        self, client: Client, provider: Provider, user: User, settings: Any
    ) -> None:
        settings.OIDC_CLAIM = "staff_number"
        provider.in_userinfo = {"sub": "s-2", "staff_number": "wang"}
        assert "Ask your security administrator" in told(client, come(client, provider))

    def test_a_first_password_ends_and_ones_own_does_not(self, provider: Provider) -> None:
        now = timezone.now()
        first = open_account("wang", display_name="王芳", by=None, now=now, password=FIRST)
        client = Client()
        come(client, provider)
        first.refresh_from_db()
        assert client.get("/accounts/tokens/").status_code == 200
        assert not first.has_usable_password() and not first.must_change_password
        own = open_account("li", display_name="李敏", by=None, now=now)
        own.set_password(FIRST)
        own.save()
        assert link_identity(provider.issuer, "s-9", name="li", now=now).check_password(FIRST)

    def test_a_visitors_session_is_short_and_a_persons_is_not(
        self, client: Client, provider: Provider, user: User, settings: Any
    ) -> None:
        back = lead(client, provider)
        assert client.session.get_expiry_age() == 3600
        client.get(back)
        assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE

    def test_signing_out_is_of_this_platform_alone(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        come(client, provider)
        assert client.post("/accounts/logout/").url == LOGIN and not is_in(client)


class TestWhoMayNot:
    def test_nobody_of_this_name(self, client: Client, provider: Provider) -> None:
        assert "“wang”" in (page := told(client, come(client, provider))), page
        assert "Ask your security administrator to open" in page
        chinese = Client(headers={"accept-language": "zh-hans"})
        assert "安全管理员" in told(chinese, come(chinese, provider))
        assert not User.objects.exists() and not Identity.objects.exists()

    @pytest.mark.parametrize("name", [None, "", "WANG", 7, ["wang"], "wang\x00", "x" * 5000])
    def test_a_claim_that_is_no_sign_in_name_here(
        self, client: Client, provider: Provider, user: User, name: Any
    ) -> None:
        provider.person = {"sub": "s-1", "preferred_username": name}
        provider.in_userinfo = {"sub": "s-1"}
        assert "Ask your security administrator" in told(client, come(client, provider))

    def test_a_closed_account_before_and_after_it_was_linked(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        come(client, provider)
        close_account(user, by=None, now=timezone.now())
        assert client.get("/accounts/tokens/").url.startswith(LOGIN)
        client.logout()
        assert "This account is closed" in told(client, come(client, provider))
        # Who comes back is linked anew: nothing of before opens anything.
        reopen_account(user, password=FIRST, by=None, now=timezone.now())
        assert not Identity.objects.exists()

    def test_no_account_of_a_system_and_none_of_whoever_sets_up(
        self, client: Client, provider: Provider
    ) -> None:
        open_service("wang", display_name="热线系统", by=None, now=timezone.now())
        User.objects.create_superuser("root", "a horse in the ninth grid", display_name="根")
        for name in ("wang", "root"):
            provider.person = {"sub": f"s-{name}", "preferred_username": name}
            assert "There is no account" in told(client, come(client, provider))
        assert not Identity.objects.exists()

    def test_a_link_outlives_no_promotion(self, client: Client, provider: Provider, user: User) -> None:
        come(client, provider)
        User.objects.filter(pk=user.pk).update(is_superuser=True)
        assert client.get("/accounts/tokens/").url.startswith(LOGIN)
        client.logout()
        assert "There is no account" in told(client, come(client, provider))

    def test_another_person_who_has_got_the_name(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        come(Client(), provider)
        provider.person = {"sub": "s-2", "preferred_username": "wang"}
        assert "end that link" in told(client, come(client, provider))
        unlink_identity(user, by=None, now=timezone.now())
        come(client, provider)
        assert client.session["_auth_user_id"] == str(user.pk)
        assert verbs(user)[-3:] == ["link_identity", "unlink_identity", "link_identity"]

    def test_only_who_manages_accounts_ends_a_link(self, user: User) -> None:
        other = open_account("li", display_name="李敏", by=None, now=timezone.now())
        with pytest.raises(NotAllowed):
            unlink_identity(user, by=other, now=timezone.now())

    def test_a_first_password_set_later_still_opens_one_page_only(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        come(Client(), provider)
        set_first_password(user, password=FIRST, by=None, now=timezone.now())
        come(client, provider)
        assert client.get("/accounts/tokens/").url.startswith("/accounts/password/")


class TestWhatProvesNothing:
    @pytest.mark.parametrize(
        "more",
        [
            {"aud": "another"},
            {"aud": [CLIENT, "another"]},
            {"aud": None},
            {"azp": "another"},
            {"iss": "https://elsewhere.example"},
            {"exp": 1},
            {"exp": None},
            {"iat": None},
            {"nonce": "of another time"},
            {"nonce": None},
            {"sub": None},
            {"sub": ""},
            {"sub": 7},
        ],
        ids=str,
    )
    def test_a_token_that_is_not_for_this(
        self, client: Client, provider: Provider, user: User, more: dict[str, Any]
    ) -> None:
        provider.more = more
        assert "Single sign-on did not work" in told(client, come(client, provider))
        assert not Identity.objects.exists()

    def test_a_signature_of_another_key(self, client: Client, provider: Provider, user: User) -> None:
        provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
        assert "did not work" in told(client, come(client, provider))

    @pytest.mark.parametrize(
        "header", [{"alg": "none"}, {"alg": "HS256"}, {"alg": "HS256", "kid": "1"}], ids=str
    )
    def test_no_signature_or_one_that_anybody_could_make(
        self, client: Client, provider: Provider, user: User, header: dict[str, str]
    ) -> None:
        """The provider's own list names both, and the public key is known to everybody."""
        provider.header = header
        assert "did not work" in told(client, come(client, provider))

    def test_an_answer_counts_once(self, client: Client, provider: Provider, user: User) -> None:
        back = lead(client, provider)
        client.get(back)
        client.logout()
        assert "did not work" in told(client, client.get(back))

    def test_an_answer_counts_in_its_own_browser_alone(
        self, client: Client, provider: Provider, user: User
    ) -> None:
        back = lead(Client(), provider)
        asked = len(provider.asked)
        assert "did not work" in told(client, client.get(back))
        assert "/token" not in provider.asked[asked:]

    @pytest.mark.parametrize("query", [{}, {"error": "access_denied"}, {"code": "x", "state": "y"}], ids=str)
    def test_an_answer_to_nothing(self, client: Client, provider: Provider, query: dict[str, str]) -> None:
        assert "did not work" in told(client, client.get(BACK, query))

    @pytest.mark.parametrize(
        "described",
        [{"issuer": "https://elsewhere.example"}, {"issuer": None}, {"authorization_endpoint": None}],
    )
    def test_a_provider_that_calls_itself_otherwise(
        self, client: Client, provider: Provider, described: dict[str, Any]
    ) -> None:
        provider.described = described
        assert "did not work" in told(client, client.get(START))

    def test_a_provider_that_is_away(self, client: Client, provider: Provider, settings: Any) -> None:
        settings.OIDC_ISSUER = "http://127.0.0.1:9"
        answer = client.get(START, {"next": "/notices/"})
        assert parse_qs(urlparse(answer.url).query) == {"next": ["/notices/"]}
        assert "did not work" in told(client, answer)


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_never_away_from_here(client: Client, provider: Provider, user: User, wanted: str) -> None:
    assert come(client, provider, next=wanted).url == "/"
    assert client.get(START, {"next": wanted}).url == "/"
