"""What a stack's directory remembers, who may read it, and what its processes get to know."""

import json

import pytest

from demo.stack import Refusal, Stack, move_credentials, write_private
from demo.welcome import ROLES, welcome


@pytest.fixture
def stack(tmp_path):
    made = Stack(tmp_path / "demo")
    made.open()
    return made


def mode(path):
    return path.stat().st_mode & 0o777


def environment(stack):
    return stack.environment(database_url="d", redis_url="r", base_url="b", embedded=True)


def test_secrets_are_random_private_and_kept(stack):
    state = stack.directory / "state.json"
    assert mode(state) == 0o600
    assert mode(stack.directory) == 0o711
    assert mode(stack.directory / "logs") == mode(stack.directory / "media") == 0o700
    words = list(stack.state["secrets"].values())
    assert len(set(words)) == len(words) == 6
    stack._lock.close()
    again = Stack(stack.directory)
    again.open()
    assert again.state == stack.state


def test_a_second_start_is_refused_and_told_where(stack):
    stack.announce("http://127.0.0.1:8000")
    with pytest.raises(Refusal, match=r"running already: http://127\.0\.0\.1:8000"):
        Stack(stack.directory).open()


def test_an_interrupted_first_start_does_not_bar_the_next(tmp_path):
    (tmp_path / "lock").touch()
    Stack(tmp_path).open()
    assert (tmp_path / "state.json").exists()


def test_reset_keeps_the_identity_only(stack, tmp_path):
    elsewhere = tmp_path / "home"
    (elsewhere / "postgres").mkdir(parents=True)
    stack.state["home"] = str(elsewhere)
    write_private(stack.credentials, {"users": {}})
    (stack.directory / "media" / "photo.jpg").touch()
    before = stack.state["instance"], stack.state["secrets"]
    stack.clear()
    assert (stack.state["instance"], stack.state["secrets"]) == before
    assert not elsewhere.exists()
    assert {path.name for path in stack.directory.rglob("*")} == {
        "state.json",
        "lock",
        "logs",
        "media",
        "static",
    }


def test_services_do_not_learn_the_owners_address(stack, monkeypatch):
    monkeypatch.setenv("OWNER_DATABASE_URL", "postgresql://owner:secret@db/gezhi")
    env = environment(stack)
    assert "OWNER_DATABASE_URL" not in env
    assert env["GEZHI_ENV"] == "demo" and env["EMBEDDED_SERVERS"] == "1" and env["DEBUG"] == "0"


def test_sign_ins_follow_to_another_port(tmp_path):
    path = tmp_path / "credentials.json"
    write_private(
        path, {"base_url": "http://127.0.0.1:8000", "resident_url": "http://127.0.0.1:8000/r/x", "users": {}}
    )
    move_credentials(path, "http://127.0.0.1:8001")
    assert json.loads(path.read_text())["resident_url"] == "http://127.0.0.1:8001/r/x"
    assert mode(path) == 0o600
    move_credentials(tmp_path / "none.json", "http://127.0.0.1:8001")


def test_welcome_names_every_sign_in(tmp_path):
    path = tmp_path / "credentials.json"
    users = {role: {"username": f"u-{role}", "password": f"p-{role}"} for role in [*ROLES, "a_new_role"]}
    write_private(path, {"users": users, "resident_url": "http://127.0.0.1:1/r/token"})
    text = welcome("http://127.0.0.1:1", path)
    for role in users:
        assert f"u-{role}" in text and f"p-{role}" in text
    assert "http://127.0.0.1:1/r/token" in text
    assert "Now try this:" in text and "现在试试" in text
    assert "http://127.0.0.1:1" in welcome("http://127.0.0.1:1", tmp_path / "none.json")


def test_roles_that_are_greeted_exist():
    from demo.seed.volunteers import LEADER
    from grids.roles import ROLES as known

    keys = {getattr(role, "key", role) for role in (known.values() if isinstance(known, dict) else known)}
    assert set(ROLES) <= keys | {LEADER}
