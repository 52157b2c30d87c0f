"""The timeline: everything for staff, and what is theirs for the resident."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from issues import ladder
from issues.actions import PERFORM
from issues.lifecycle import VERB
from issues.sentences import SENTENCES, badge, sentence
from issues.timeline import Names, parameters, timeline
from tests.builders import CONTACT
from trail.models import Event


def handled(town):
    """Reported, contacted, noted internally, handed up."""
    issue = town.report(contact=CONTACT)
    worker = {"by": town.people["grid_worker"]}
    PERFORM["contact"](issue, now=town.now, way="phone", text="inside words", **worker)
    later = town.now + timedelta(minutes=5)
    PERFORM["note"](issue, now=later, text="only for staff", internal=True, **worker)
    PERFORM["note"](issue, now=later, text="for everybody", **worker)
    PERFORM["hand_up"](issue, now=later, text="too big for us", **worker)
    issue.refresh_from_db()
    return issue


def words_of(lines):
    return " ".join([*(line.words for line in lines), *(note.text for line in lines for note in line.notes)])


def test_staff_read_who_did_what(town):
    with override("en"):
        lines = timeline(handled(town))
    assert [line.verb for line in lines] == ["report", "dispatch", "contact", "note", "note", "hand_up"]
    assert "only for staff" in words_of(lines) and "inside words" in words_of(lines)
    assert lines[2].who == "第一网格 Full-time grid worker grid_worker"
    assert lines[5].words == "Handed up from 第一网格 to 天光社区"


def test_the_resident_reads_no_internal_note_and_no_person(town):
    with override("en"):
        lines = timeline(handled(town), resident=True)
    assert "only for staff" not in words_of(lines) and "inside words" not in words_of(lines)
    assert "for everybody" in words_of(lines)
    assert all("grid_worker" not in line.who for line in lines)
    assert lines[0].words == "You reported it"


def test_an_outside_body_reads_no_internal_note(town):
    lines = timeline(handled(town), internal=False)
    assert "only for staff" not in words_of(lines) and "for everybody" in words_of(lines)


def test_a_moved_promise_says_so(town):
    issue = handled(town)
    lines = {line.verb: line for line in timeline(issue, resident=True)}
    assert lines["hand_up"].promised == issue.promised_at
    assert lines["contact"].promised is None


def test_it_costs_the_same_however_long_it_is(town, django_assert_num_queries):
    short, long = town.report(), handled(town)
    timeline(long)
    with django_assert_num_queries(queries(short)):
        timeline(long)


def queries(issue) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        timeline(issue)
    return len(captured)


# --- sentences ---
RECORDED = {"report", "alarm", *VERB, *(rung.key for rung in ladder.RUNGS if rung.key != "expire")}


def test_every_event_has_a_sentence():
    assert set(SENTENCES) >= RECORDED


@pytest.mark.parametrize("verb", sorted(SENTENCES))
def test_a_sentence_mentions_only_what_there_is(verb):
    known = parameters(Event(verb=verb, data={}), Names())
    for template in (SENTENCES[verb].staff, SENTENCES[verb].resident):
        if template is not None:
            assert str(template) % known
    assert badge(verb) in {"primary", "secondary", "info", "success", "warning", "danger", "muted"}


def test_an_event_from_a_later_version_is_shown_by_its_key():
    assert sentence("teleport", {}, resident=False) == "teleport"
    assert sentence("teleport", {}, resident=True) is None
    assert badge("teleport") == "secondary"
