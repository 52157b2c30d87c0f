"""Opening and closing accounts, and cleaning telephone numbers."""

import pytest

from accounts.actions import clean_phone, close_account, open_account, set_language
from accounts.models import User
from accounts.secrets import keyed_hash
from tests.builders import NOW
from trail.models import Event
from trail.refusals import Refused


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("13800001234", "13800001234"),
        ("138 0000 1234", "13800001234"),
        ("138-0000-1234", "13800001234"),
        ("+86 138 0000 1234", "13800001234"),
        ("8613800001234", "13800001234"),
        (" 0431-8888888 ", "04318888888"),
        ("+44 20 7946 0000", "442079460000"),
        ("12345678", "12345678"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_clean_phone(given: str, clean: str) -> None:
    assert clean_phone(given) == clean
    assert clean_phone(clean) == clean


@pytest.mark.parametrize(
    "given", ["call me", "123", "1380000123x", "1" * 40, "+", "138\n00001234", "１３８００００１２３４"]
)
def test_no_phone(given: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_phone(given)
    assert refused.value.code == "phone"
    assert given.strip() not in str(refused.value)


@pytest.mark.django_db
class TestAccounts:
    def test_open(self) -> None:
        user = open_account(
            "worker",
            display_name="演示",
            by=None,
            now=NOW,
            password="a long one",
            phone="138 0000 1234",
            language="en",
        )
        user.refresh_from_db()
        assert user.check_password("a long one")
        assert (user.phone, user.phone_hash) == ("13800001234", keyed_hash("13800001234", purpose="phone"))
        event = Event.objects.about("user", user.pk).get()
        assert (event.verb, event.data) == ("open_account", {})

    def test_language(self) -> None:
        user = User.objects.create_user("one", display_name="演示")
        set_language(user, language="en", by=user, now=NOW)
        assert User.objects.get().language == "en"

    def test_close_keeps_the_person_in_the_trail(self) -> None:
        user = open_account("one", display_name="演示", by=None, now=NOW)
        close_account(user, by=user, now=NOW)
        assert not User.objects.get().is_active
        assert list(Event.objects.about("user", user.pk).values_list("verb", flat=True)) == [
            "open_account",
            "close_account",
        ]

    def test_closed_accounts_cannot_sign_in(self) -> None:
        from django.contrib.auth import authenticate

        user = open_account("one", display_name="演示", by=None, now=NOW, password="a long one")
        assert authenticate(None, username="one", password="a long one") == user
        close_account(user, by=user, now=NOW)
        assert authenticate(None, username="one", password="a long one") is None
