"""Opening, changing and closing accounts, passwords and tokens, and who may; cleaning telephone numbers."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone
from knox.models import AuthToken

from accounts.actions import (
    NewAccount,
    change_account,
    change_password,
    close_account,
    erase_account,
    forget_sign_ins,
    issue_token,
    open_account,
    open_accounts,
    reopen_account,
    revoke_token,
    revoke_tokens,
    set_first_password,
    set_language,
)
from accounts.models import User
from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from tests.builders import NOW, Town, add_west
from tests.towns import put_town
from trail.models import Event
from trail.refusals import NotAllowed, Refused


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
        close_account(user, by=None, now=NOW)
        assert not User.objects.get().is_active
        assert list(Event.objects.about("user", user.pk).values_list("verb", flat=True)) == [
            "open_account",
            "close_account",
        ]

    def test_closed_accounts_cannot_sign_in(self) -> None:
        user = open_account("one", display_name="演示", by=None, now=NOW, password="a long one")
        assert authenticate(None, username="one", password="a long one") == user
        close_account(user, by=None, now=NOW)
        assert authenticate(None, username="one", password="a long one") is None

    def test_a_first_password_is_to_be_changed_and_none_is_none(self) -> None:
        assert open_account("one", display_name="一", by=None, now=NOW, password="k7mf").must_change_password
        without = open_account("two", display_name="二", by=None, now=NOW)
        assert not without.must_change_password and not without.has_usable_password()

    def test_many_at_once_or_none(self) -> None:
        new = [NewAccount("a", "甲", phone="138 0000 1234", must_change=True), NewAccount("b", "乙")]
        users = open_accounts(new, by=None, now=NOW)
        assert [(user.username, user.phone, user.must_change_password) for user in users] == [
            ("a", "13800001234", True),
            ("b", "", False),
        ]
        for name in ("b", "ｂ", " b "):  # one letter in two widths is one
            assert refusal(open_accounts, [NewAccount("c", "丙"), NewAccount(name, "丁")]) == "taken"
        assert refusal(open_accounts, [NewAccount("c", "丙"), NewAccount("c", "丁")]) == "taken"
        assert User.objects.count() == Event.objects.count() == 2

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"username": "two words"}, "username"),
            ({"username": ""}, "username"),
            ({"username": "x" * 61}, "username"),
            ({"display_name": "  "}, "display_name"),
            ({"display_name": "名" * 61}, "display_name"),
            ({"phone": "call me"}, "phone"),
            ({"language": "fr"}, "language"),
        ],
    )
    def test_nonsense_opens_nothing(self, change: dict[str, str], code: str) -> None:
        given = {"username": "one", "display_name": "演示"} | change
        with pytest.raises(Refused) as refused:
            open_account(given.pop("username"), by=None, now=NOW, **given)
        assert refused.value.code == code
        assert not User.objects.exists()

    def test_two_at_the_same_moment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second comes between the question and the answer."""
        monkeypatch.setattr(User.objects, "filter", lambda **_unused: User.objects.none())
        open_account("one", display_name="一", by=None, now=NOW)
        assert refusal(open_account, "one", display_name="二") == "taken"


@pytest.mark.django_db
class TestChanges:
    @pytest.fixture
    def user(self) -> User:
        return open_account(
            "one", display_name="演示", by=None, now=NOW, password="a long one", phone="13800001234"
        )

    def test_facts(self, user: User) -> None:
        change_account(
            user, display_name="演示二", phone=None, language="en", is_staff=True, by=None, now=NOW
        )
        user.refresh_from_db()
        assert (user.display_name, user.phone, user.language, user.is_staff) == (
            "演示二",
            "13800001234",
            "en",
            True,
        )
        event = last_event(user)
        assert event.data == {"fields": ["display_name", "is_staff", "language"]}

    def test_the_number_moves_with_its_hash_and_into_no_event(self, user: User) -> None:
        change_account(
            user, display_name="演示", phone="139 0000 0000", language="", is_staff=False, by=None, now=NOW
        )
        user.refresh_from_db()
        assert (user.phone, user.phone_hash) == ("13900000000", keyed_hash("13900000000", purpose="phone"))
        assert last_event(user).data == {"fields": ["phone"]}
        change_account(user, display_name="演示", phone="", language="", is_staff=False, by=None, now=NOW)
        user.refresh_from_db()
        assert (user.phone, user.phone_hash) == ("", "")

    def test_nothing_new_is_no_event(self, user: User) -> None:
        change_account(user, display_name="演示", phone=None, language="", is_staff=False, by=None, now=NOW)
        assert last_event(user).verb == "open_account"

    def test_a_forgotten_password(self, user: User) -> None:
        change_password(user, password="one of my own", now=NOW)
        set_first_password(user, password="k7mf-3xqp", by=None, now=NOW)
        user.refresh_from_db()
        assert user.must_change_password
        assert not user.check_password("one of my own") and user.check_password("k7mf-3xqp")
        assert last_event(user).verb == "set_first_password" and last_event(user).data == {}

    def test_a_new_password_ends_the_pause_for_wrong_ones(self, user: User) -> None:
        for name in ("one", "two"):
            AccessAttempt.objects.create(username=name, ip_address="1.2.3.4", failures_since_start=10)
        set_first_password(user, password="k7mf-3xqp", by=None, now=NOW)
        assert [row.username for row in AccessAttempt.objects.all()] == ["two"]

    def test_what_was_erased_is_nobodys_any_more(self, user: User) -> None:
        AccessAttempt.objects.create(username=user.username, ip_address="1.2.3.4", failures_since_start=1)
        erase_account(user, by=None, now=NOW)
        user.refresh_from_db()
        assert not AccessAttempt.objects.exists() and not user.is_active
        facts = {"display_name": "演示", "phone": None, "language": "", "is_staff": False}
        assert refusal(reopen_account, user, password="k7mf-3xqp") == "erased"
        assert refusal(change_account, user, **facts) == "erased"
        with pytest.raises(Refused) as refused:
            open_account("erased-7", display_name="演示", by=None, now=NOW)
        assert refused.value.code == "taken"

    def test_failed_sign_ins_are_forgotten(self, user: User) -> None:
        AccessAttempt.objects.create(username="one", ip_address="1.2.3.4", failures_since_start=1)
        assert forget_sign_ins(before=timezone.now() - timedelta(minutes=1)) == 0
        assert forget_sign_ins(before=timezone.now() + timedelta(minutes=1)) == 1
        assert not AccessAttempt.objects.exists()

    def test_ones_own_password(self, user: User) -> None:
        with pytest.raises(Refused) as refused:
            change_password(user, password="a long one", now=NOW)
        assert refused.value.code == "same"
        change_password(user, password="one of my own", now=NOW)
        user.refresh_from_db()
        assert user.check_password("one of my own") and not user.must_change_password
        assert (last_event(user).verb, last_event(user).actor_id) == ("change_password", user.pk)

    def test_close_and_reopen(self, user: User) -> None:
        change_password(user, password="one of my own", now=NOW)
        issue_token(user, by=None, now=NOW)
        close_account(user, by=None, now=NOW)
        assert last_event(user).data == {"tokens": 1}
        close_account(user, by=None, now=NOW)
        assert refusal(set_first_password, user, password="k7mf-3xqp") == "closed"
        reopen_account(user, password="k7mf-3xqp", by=None, now=NOW)
        user.refresh_from_db()
        assert user.is_active and user.must_change_password
        assert not user.check_password("one of my own"), "nothing of before opens anything"
        assert not AuthToken.objects.exists()
        assert refusal(reopen_account, user, password="k7mf-3xqp") == "open"
        verbs = list(Event.objects.about("user", user.pk).values_list("verb", flat=True))
        assert verbs[-2:] == ["close_account", "reopen_account"]

    def test_tokens(self, user: User) -> None:
        for _number in range(3):
            issue_token(user, by=user, now=NOW)
        revoke_token(AuthToken.objects.first(), by=user, now=NOW)
        assert AuthToken.objects.count() == 2
        assert revoke_tokens(user, by=None, now=NOW) == 2
        assert last_event(user).data == {"count": 2}
        assert revoke_tokens(user, by=None, now=NOW) == 0
        assert last_event(user).data == {"count": 2}


@pytest.mark.django_db
class TestWho:
    """Whoever manages accounts, of those in their district."""

    @pytest.fixture
    def town(self, db: None) -> Town:
        return put_town()

    @pytest.fixture
    def manager(self, town: Town) -> User:
        return town.people["security_admin"]

    @pytest.fixture
    def user(self) -> User:
        return open_account("one", display_name="演示", by=None, now=NOW, password="a long one")

    @pytest.mark.parametrize(
        "what", ["open", "change", "password", "close", "reopen", "revoke_all", "revoke"]
    )
    def test_nobody_else(self, town: Town, manager: User, user: User, what: str) -> None:
        add_west(town)
        issue_token(user, by=None, now=NOW)
        other = User.objects.create_user("other", display_name="别人")
        root = User.objects.create_superuser("root", display_name="超级")
        issue_token(root, by=None, now=NOW)
        facts = {"phone": None, "language": "", "is_staff": True}
        acts: dict[str, Any] = {
            "open": lambda target, by: open_account("new", display_name="新", by=by, now=NOW),
            "change": lambda target, by: change_account(target, display_name="x", by=by, now=NOW, **facts),
            "password": lambda target, by: set_first_password(target, password="k7", by=by, now=NOW),
            "close": lambda target, by: close_account(target, by=by, now=NOW),
            "reopen": lambda target, by: reopen_account(target, password="k7", by=by, now=NOW),
            "revoke_all": lambda target, by: revoke_tokens(target, by=by, now=NOW),
            "revoke": lambda target, by: revoke_token(AuthToken.objects.get(user=target), by=by, now=NOW),
        }
        if what == "reopen":
            User.objects.exclude(pk=manager.pk).update(is_active=False)
        theirs = town.people["west_audit_admin"]
        issue_token(theirs, by=None, now=NOW)
        before = Event.objects.count()
        with pytest.raises(NotAllowed):
            acts[what](user, other)
        for stranger in (root, theirs) if what != "open" else ():
            with pytest.raises(NotAllowed):
                acts[what](stranger, manager)
        assert Event.objects.count() == before
        acts[what](user, manager)
        assert Event.objects.order_by("-id").first().actor_id == manager.pk

    def test_ones_own_account_is_somebody_elses_to_close(self, manager: User) -> None:
        for act, more in ((close_account, {}), (set_first_password, {"password": "k7"})):
            with pytest.raises(Refused) as refused:
                act(manager, by=manager, now=NOW, **more)
            assert refused.value.code == "own"

    def test_nobody_makes_a_token_for_somebody_else(self, manager: User, user: User) -> None:
        with pytest.raises(NotAllowed):
            issue_token(user, by=manager, now=NOW)
        assert not AuthToken.objects.exists()


def refusal(act: Any, *args: Any, **more: Any) -> str:
    """The code with which the platform itself is refused."""
    with pytest.raises(Refused) as refused, transaction.atomic():
        act(*args, by=None, now=NOW, **more)
    return refused.value.code


def last_event(user: User) -> Event:
    return Event.objects.about("user", user.pk).last()
