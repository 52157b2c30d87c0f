"""Who hears of which event."""

import pytest

from trail import outbox


def test_by_verb_and_by_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "HANDLERS", {})
    outbox.handler("a", "issue.sign", "issue.close")(print)
    outbox.handler("b", "issue.*")(print)
    assert outbox.handlers_of("issue", "sign") == ["a", "b"]
    assert outbox.handlers_of("issue", "note") == ["b"]
    assert outbox.handlers_of("unit", "sign") == []


def test_registering_again_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is imported twice must not be told twice."""
    monkeypatch.setattr(outbox, "HANDLERS", {})
    for hear in (print, repr):
        outbox.handler("a", "issue.sign")(hear)
    assert outbox.handlers_of("issue", "sign") == ["a"]
    assert outbox.HANDLERS["a"].hear is repr


def test_the_house_has_registered_its_own() -> None:
    assert "grids.follow" in outbox.handlers_of("unit", "move")
    assert any(key.startswith("issues.") for key in outbox.handlers_of("issue", "dispatch"))


def test_what_is_not_worth_hearing_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "HANDLERS", {})
    outbox.handler("a", "issue.*", worth=lambda verb, data: verb == "sign" and bool(data.get("late")))(print)
    assert outbox.handlers_of("issue", "sign", {"late": True}) == ["a"]
    assert outbox.handlers_of("issue", "sign", {"late": False}) == []
    assert outbox.handlers_of("issue", "note", {"late": True}) == []
