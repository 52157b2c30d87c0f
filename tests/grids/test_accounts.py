"""Accounts in the staff admin: opened one by one or from a list, helped, closed; every first password shown once."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from accounts.actions import issue_token, link_identity, open_account
from accounts.models import User
from grids.actions.posts import appoint
from grids.forms.accounts import ACCOUNT_FORMS, NEW_FORMS
from grids.models import Post
from trail.models import Event, IdempotencyKey

pytestmark = pytest.mark.django_db
LIST, ADD, MANY = "/admin/accounts/user/", "/admin/accounts/user/add/?open", "/admin/accounts/user/add/?many"
HEAD = "登录名,姓名,手机,语言,后台\n"


@pytest.fixture
def sign_in(town: Any, person: Any) -> Any:
    """sign_in("security_admin"): a client of somebody who holds this role at the district, or at `place`."""

    def enter(role: str, place: Any = None) -> Client:
        user = person(role)
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        appoint(user, role=role, unit=place or town.district, by=None, now=timezone.now())
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="grids.backends.PostBackend")
        return client

    return enter


@pytest.fixture
def manager(sign_in: Any) -> Client:
    return sign_in("security_admin")


@pytest.fixture
def user(town: Any) -> User:
    """Somebody at work in the manager's district."""
    made = open_account(
        "wang", display_name="王芳", by=None, now=timezone.now(), password="first-1234", phone="13800001234"
    )
    User.objects.filter(pk=made.pk).update(must_change_password=False)
    appoint(made, role="community_worker", unit=town.x, by=None, now=timezone.now())
    return fresh(made)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def page(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def do(client: Client, user: User, key: str, **data: Any) -> Any:
    return client.post(f"{LIST}{user.pk}/do/{key}/", {f"{key}-{name}": value for name, value in data.items()})


def send_new(client: Client, address: str, **data: Any) -> Any:
    key = address.rpartition("?")[2]
    return client.post(address, {f"{key}-{name}": value for name, value in data.items()})


def shown(answer: Any) -> list[Any]:
    """The slips of an answer, which say the password and are kept by nobody."""
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    slips = answer.context["slips"]
    for slip in slips:
        assert slip.password in answer.content.decode()
        kept = [
            *Event.objects.values_list("data", flat=True),
            *IdempotencyKey.objects.values_list("answer", flat=True),
        ]
        assert slip.password not in str(kept) and slip.password not in str(User.objects.values())
    return slips


# --- opening ----------------------------------------------------------------------------------------------


def test_one(manager: Client) -> None:
    assert ADD.partition("?")[0] in manager.get(LIST).content.decode()
    assert manager.get(ADD).status_code == 200
    answer = send_new(
        manager,
        ADD,
        username="li.na",
        display_name="李娜",
        phone="139 0000 0000",
        language="en",
        is_staff="on",
    )
    (slip,) = shown(answer)
    user = User.objects.get(username="li.na")
    assert (slip.display_name, slip.username) == ("李娜", "li.na")
    assert (user.phone, user.language, user.is_staff, user.must_change_password) == (
        "13900000000",
        "en",
        True,
        True,
    )
    assert authenticate(None, username="li.na", password=slip.password) == user
    event = Event.objects.about("user", user.pk).get()
    assert (event.verb, event.actor.username, event.data) == ("open_account", "security_admin", {})
    back = manager.get(answer.context["back"])
    assert back.status_code == 200 and slip.password not in back.content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "two words"}, "username"),
        ({"username": ""}, "username"),
        ({"display_name": ""}, "display_name"),
        ({"language": "fr"}, "language"),
        ({"phone": "call me"}, None),
        ({"username": "wang"}, None),
        ({"username": "ｗａｎｇ"}, None),
    ],
)
def test_nonsense_is_said_and_what_was_typed_stays(
    manager: Client, user: User, change: dict[str, str], field: str | None
) -> None:
    before = User.objects.count()
    answer = send_new(manager, ADD, **{"username": "li.na", "display_name": "李娜甲"} | change)
    assert answer.status_code == 422 and User.objects.count() == before
    form = answer.context["steps"][0]["form"]
    assert list(form.errors) == [field or "__all__"]
    if field != "display_name":
        assert "李娜甲" in answer.content.decode()


def test_many_from_a_file(manager: Client) -> None:
    text = HEAD + "".join(f"worker{number},工作人员{number},,,否\n" for number in range(3))
    for encoding in ("utf-8-sig", "gb18030"):
        file = SimpleUploadedFile("staff.csv", text.encode(encoding))
        answer = send_new(manager, MANY, file=file)
        if encoding == "utf-8-sig":
            slips = shown(answer)
    assert answer.status_code == 422, "the second time all the names are taken"
    assert "Line 2, username “worker0”: This sign-in name is taken." in answer.content.decode()
    assert [slip.username for slip in slips] == ["worker0", "worker1", "worker2"]
    assert len({slip.password for slip in slips}) == 3
    for slip in slips:
        assert authenticate(None, username=slip.username, password=slip.password).must_change_password


def test_many_as_pasted(manager: Client) -> None:
    answer = send_new(manager, MANY, rows="姓名\t登录名\n李娜\tli.na\n")
    assert [slip.username for slip in shown(answer)] == ["li.na"]


def test_one_bad_line_and_nothing_is_opened(manager: Client, user: User) -> None:
    before = User.objects.count()
    text = HEAD + "good,好,,,\nbad name,坏,,,\nwang,王二,,,\ngood,同,x,,\n"
    answer = send_new(manager, MANY, file=SimpleUploadedFile("staff.csv", text.encode()))
    assert answer.status_code == 422 and User.objects.count() == before
    told = answer.content.decode()
    for words in ("Line 3, username “bad name”", "Line 5, phone “x”", "Nothing was opened."):
        assert words in told
    # The browser forgets the file; its lines come back to be corrected.
    again = answer.context["steps"][1]["form"]["rows"].value()
    assert again == text
    answer = send_new(manager, MANY, rows=again.replace("bad name", "bad").replace("同,x", "同,"))
    told = answer.content.decode()
    assert "Line 5, username “good”" in told and User.objects.count() == before
    answer = send_new(manager, MANY, rows=HEAD + "good,好,,,\nwang,王二,,,\n")
    assert "Line 3, username “wang”" in answer.content.decode() and User.objects.count() == before


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"rows": "  \n "},
        {"file": SimpleUploadedFile("staff.xlsx", b"PK\x03\x04\xff\xff\xff\xff")},
        {"file": SimpleUploadedFile("staff.csv", b"a" * 200_001)},
        {"rows": "a" * 200_001},
    ],
    ids=["nothing", "blank", "no text", "a large file", "a long text"],
)
def test_what_is_no_list(manager: Client, data: dict[str, Any]) -> None:
    answer = send_new(manager, MANY, **data)
    assert answer.status_code == 422 and answer.context["steps"][1]["open"]
    assert len(answer.context["steps"][1]["form"].non_field_errors()) == 1


# --- one account ------------------------------------------------------------------------------------------


def test_the_page(manager: Client, user: User, town: Any) -> None:
    issue_token(user, by=None, now=timezone.now())
    (token,) = AuthToken.objects.all()
    text = manager.get(page(user)).content.decode()
    for words in ("wang", "138****1234", town.x.name, "Community worker", token.token_key[:8]):
        assert words in text, words
    assert "13800001234" not in text and token.digest not in text
    assert page(user) in manager.get(f"{LIST}?q=wang").content.decode()


def test_somebody_forgot_the_password(manager: Client, user: User) -> None:
    assert do(manager, user, "password").status_code == 422, "asked whether one is sure"
    (slip,) = shown(do(manager, user, "password", sure="on"))
    assert fresh(user).must_change_password and fresh(user).check_password(slip.password)
    assert "a first one" in manager.get(page(user)).content.decode()


def test_facts(manager: Client, user: User) -> None:
    answer = do(manager, user, "change", display_name="王芳芳", phone="", language="en", is_staff="on")
    assert answer.url == page(user)
    changed = fresh(user)
    assert (changed.display_name, changed.phone, changed.language, changed.is_staff) == (
        "王芳芳",
        "13800001234",
        "en",
        True,
    )
    do(manager, user, "change", display_name="王芳芳", phone="139 0000 0000")
    assert fresh(user).phone == "13900000000" and not fresh(user).is_staff
    do(manager, user, "change", display_name="王芳芳", phone="", forget_phone="on")
    assert fresh(user).phone == ""
    assert "forget_phone" not in manager.get(page(user)).content.decode()
    assert do(manager, user, "change", display_name="", phone="").status_code == 422


def test_close_and_reopen(manager: Client, user: User) -> None:
    client = Client()
    client.force_login(user, backend="grids.backends.PostBackend")
    issue_token(user, by=None, now=timezone.now())
    assert do(manager, user, "close").status_code == 422
    assert do(manager, user, "close", sure="on").url == page(user)
    assert not fresh(user).is_active and not AuthToken.objects.exists()
    assert client.get("/").url.startswith("/accounts/login/")
    for key in ("close", "password"):
        assert do(manager, user, key, sure="on").status_code == 404, "not offered for a closed account"
    (slip,) = shown(do(manager, user, "reopen"))
    assert authenticate(None, username="wang", password=slip.password) == user
    assert client.get("/").url.startswith("/accounts/login/"), "what was signed in before stays out"


def test_somebody_who_cannot_go_yet(manager: Client, user: User, town: Any) -> None:
    """The last who stands behind the district (grids.actions.posts)."""
    appoint(user, role="district_dispatcher", unit=town.district, by=None, now=timezone.now())
    answer = do(manager, user, "close", sure="on")
    assert answer.status_code == 422 and "Someone must stand behind everything" in answer.content.decode()
    assert fresh(user).is_active


def test_the_link_to_the_identity_provider_is_shown_and_ended(manager: Client, user: User) -> None:
    assert do(manager, user, "unlink", sure="on").status_code == 404, "there is none"
    link_identity("https://sso.example.org", "s-1", name="wang", now=timezone.now())
    assert "https://sso.example.org" in manager.get(page(user)).content.decode()
    assert do(manager, user, "unlink", sure="on").url == page(user)
    assert not user.identities.exists()
    last = Event.objects.about("user", user.pk).last()
    assert (last.verb, last.actor_id) == ("unlink_identity", User.objects.get(username="security_admin").pk)


def test_tokens_are_revoked(manager: Client, user: User) -> None:
    assert do(manager, user, "revoke", sure="on").status_code == 404, "there is none"
    issue_token(user, by=None, now=timezone.now())
    assert do(manager, user, "revoke", sure="on").url == page(user)
    assert not AuthToken.objects.exists()


# --- who may ----------------------------------------------------------------------------------------------


def test_ones_own_account(manager: Client, person: Any) -> None:
    own = person("security_admin")
    keys = {step["form"].key for step in manager.get(page(own)).context["steps"]}
    assert keys == {"change"}
    for key in ("password", "close"):
        assert do(manager, own, key, sure="on").status_code == 404


@pytest.mark.parametrize("role", ["system_admin", "audit_admin", "district_dispatcher", "supervisor"])
def test_nobody_else_gets_to_accounts(sign_in: Any, user: User, role: str) -> None:
    client = sign_in(role)
    assert client.get(LIST).status_code == 403
    assert client.get(ADD).status_code == 403
    assert send_new(client, ADD, username="li.na", display_name="李娜").status_code == 403
    assert send_new(client, MANY, rows=HEAD + "li.na,李娜,,,\n").status_code == 403
    assert client.get(page(user)).status_code == 404
    for form in ACCOUNT_FORMS:
        assert do(client, user, form.key, sure="on").status_code == 404, form.key
    assert not User.objects.filter(username="li.na").exists()


def test_a_superuser_is_no_security_administrators(manager: Client) -> None:
    root = User.objects.create_superuser("root", display_name="超级")
    for form in ACCOUNT_FORMS:
        assert do(manager, root, form.key, sure="on").status_code == 404, form.key


@pytest.mark.parametrize("number", ["0", "x", "²", "9" * 30, "999999999"])
def test_unknown_numbers(manager: Client, number: str) -> None:
    assert manager.get(f"{LIST}{number}/change/").status_code == 404
    assert manager.post(f"{LIST}{number}/do/close/").status_code == 404


def test_every_form_is_offered_somewhere() -> None:
    keys = [form.key for form in (*NEW_FORMS, *ACCOUNT_FORMS)]
    assert sorted(keys) == ["change", "close", "many", "open", "password", "reopen", "revoke", "unlink"]


# --- the command line -------------------------------------------------------------------------------------


def run(*words: str, capsys: Any) -> str:
    call_command("open_account", *words)
    return capsys.readouterr().out


def test_the_first_people(town: Any, capsys: Any) -> None:
    told = run(
        "an.quan",
        "--display-name",
        "安全员",
        "--role",
        "security_admin",
        "--at",
        town.district.code,
        capsys=capsys,
    )
    password = told.split()[-1].rpartition("：")[2]
    user = authenticate(None, username="an.quan", password=password)
    assert user and user.must_change_password and user.is_staff
    post = Post.objects.get(user=user)
    assert (post.role, post.unit) == ("security_admin", town.district)
    assert user.has_perm("can.manage_accounts")
    assert Event.objects.about("user", user.pk).get().actor is None


def test_at_a_body_or_without_a_post(town: Any, capsys: Any) -> None:
    run("a", "--display-name", "甲", "--role", "body_head", "--at", town.office.code, capsys=capsys)
    assert Post.objects.get().body == town.office
    run("b", "--display-name", "乙", "--phone-pages-only", "--phone", "138 0000 1234", capsys=capsys)
    assert not User.objects.get(username="b").is_staff


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "security_admin"),
        ("--at", "990101"),
        ("--role", "security_admin", "--at", "no-such-code"),
        ("--role", "security_admin", "--at", "990101001"),
        ("--role", "grid_chief", "--at", "D-CG"),
        ("--phone", "call me"),
        ("--language", "fr"),
    ],
)
def test_account_and_post_or_neither(town: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("open_account", "a", "--display-name", "甲", *words)
    assert not User.objects.exists() and not Post.objects.exists()


def test_a_name_is_given_once(town: Any, capsys: Any) -> None:
    run("a", "--display-name", "甲", capsys=capsys)
    with pytest.raises(CommandError, match="a"):
        call_command("open_account", "a", "--display-name", "乙")
    assert User.objects.get().display_name == "甲"
