"""The timeline: everything for staff, and what is theirs for the resident."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from issues import ladder
from issues.actions import PERFORM
from issues.lifecycle import VERB
from issues.models import Deadline, Decision, Issue
from issues.page import issue_page
from issues.sentences import SENTENCES, badge, framed, sentence
from issues.sights import Sight, parts_in_sight, reads_inside, sight_of
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


def silence(act, issue, clock):
    """Nobody answers this clock until it has climbed once; the event."""
    while True:
        rung = Deadline.objects.open().filter(issue=issue, clock=clock).earliest("due_at")
        act.now = max(act.now, rung.due_at)
        act.sweep()
        if rung.rung in {"climb", "call_next"}:
            return Event.objects.about("issue", issue.pk).filter(verb="climb").get()


@pytest.mark.parametrize("kind", ["quick", "emergency"])
def test_a_whistle_that_nobody_hears_does_not_pass_the_issue_on(town, act, kind):
    """Somebody above is called as well; whoever has the issue still has it."""
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind=kind, bodies=[town.office])
    silence(act, issue, "acknowledge")
    issue.refresh_from_db()
    assert issue.owner == town.community
    with override("en"):
        read = timeline(issue, resident=True)
        assert read[-1].words == f"{town.office.name} has not answered, called for help: {town.street.name}"
        assert "Passed on" not in words_of(read)
        assert timeline(issue)[-1].words.endswith(f"passed to {town.street.name}")


def test_nor_does_a_question_that_nobody_decides(town, act):
    issue = act("ask_extension", act.handling(), "grid_worker")
    silent = silence(act, issue, "decide")
    issue.refresh_from_db()
    assert issue.owner == town.grid
    assert silent.seq not in {line.seq for line in timeline(issue, resident=True)}
    assert silent.seq in {line.seq for line in timeline(issue)}


def test_nor_a_sub_task_nor_a_check(town, act):
    issue = act.handling("road", "street_dispatcher")
    act("split", issue, "street_dispatcher", bodies=[town.office])
    silent = silence(act, issue, "take")
    assert silent.seq not in {line.seq for line in timeline(issue, resident=True)}
    fire = act("submit_result", act.handling("fire"), "grid_worker")
    assert fire.waits_for_check
    silent = silence(act, fire, "check")
    fire.refresh_from_db()
    assert (fire.owner, fire.check_unit) == (town.grid, town.street)
    assert silent.seq not in {line.seq for line in timeline(fire, resident=True)}


def test_what_climbs_itself_is_passed_on(town, act):
    issue = town.report()
    silence(act, issue, "sign")
    with override("en"):
        assert timeline(issue, resident=True)[-1].words == f"Passed on to {town.community.name}"


def test_an_outside_body_reads_no_internal_note(town):
    lines = timeline(handled(town), sight=Sight(False))
    assert "only for staff" not in words_of(lines) and "for everybody" in words_of(lines)


def test_from_outside_staff_are_places(town):
    with override("en"):
        lines = timeline(handled(town), sight=Sight(False))
    assert {line.who for line in lines} == {"", "第一网格"}
    words = words_of(lines)
    assert "You" not in words and "you" not in words
    assert "Reported, category" in words and "第一网格 contacted the resident" in words


def test_from_outside_there_is_no_escalation_but_ones_own(town, act):
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.property, town.office])
    act.later(days=30)
    while act.sweep() and act.later(hours=1):
        pass
    staff = timeline(issue)
    body = frozenset({("body", town.property.pk)})
    own = {one.pk for one in issue.callees.filter(body=town.property)}
    seen = timeline(issue, sight=Sight(False, None, body))
    rungs = {"remind", "call_deputy", "chase", "call_above", "board"}
    mine = {
        event.seq
        for event in Event.objects.about("issue", issue.pk)
        if event.verb in rungs and event.data.get("callee") in own
    }
    assert mine and mine == {line.seq for line in seen if line.verb in rungs}
    assert len(mine) < len([line for line in staff if line.verb in rungs])
    assert not any(line.verb in rungs for line in timeline(issue, sight=Sight(False)))


def test_from_outside_ones_own_steps_keep_their_names(town, act):
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    act("whistle", issue, "street_dispatcher", kind="quick", bodies=[town.property])
    callee = issue.callees.get()
    act("report_in", callee, "property_officer", mode="on_spot", text="演示:已到场")
    sight = sight_of(issue, town.people["property_officer"], act.now)
    with override("en"):
        lines = {line.verb: line for line in timeline(issue, sight=sight)}
    assert lines["report_in"].who == "安居物业 Body's officer property_officer"
    assert lines["sign"].who == "新发街道"
    assert lines["whistle"].who == "新发街道"


@pytest.mark.parametrize(
    ("name", "category", "handler", "above"),
    [
        ("spotter", "road", "street_dispatcher", "district_dispatcher"),
        ("part_time_grid_worker", "litter", "grid_worker", "street_dispatcher"),
    ],
)
def test_who_only_reports_at_a_place_reads_nothing_that_the_place_is_asked(
    town, act, name, category, handler, above
):
    """A spotter of the street, a part-time worker of the grid: what these are asked for is staff's."""
    issue = act.handling(category, handler, by=town.people[name])
    act("supervise", issue, above, text="演示:内部函件")
    act("chase", issue, above, text="演示:内部催促")
    act("ask_suspension", issue, handler, text="演示:内部缘由")
    page, user = issue_page(Issue.objects.get(pk=issue.pk), town.people[name], act.now), town.people[name].pk
    assert "演示:内部" not in words_of(page.lines) and page.decisions == []
    assert [line.words for line in page.lines] == [
        line.words for line in timeline(issue, sight=Sight(False, user))
    ]
    assert name in page.lines[0].who, "what they did themselves keeps their name"
    assert not parts_in_sight(Decision.objects, town.people[name], act.now).exists()
    assert "演示:内部函件" in words_of(timeline(issue))


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("grid_worker", True),
        ("community_secretary", True),
        ("supervisor", True),
        ("street_dispatcher", True),
        ("property_officer", False),
        ("spotter", False),
        ("building_head", False),
        ("office_officer", True),
    ],
)
def test_who_sees_it_from_inside(town, act, name, inside):
    issue = act.handling("road", "street_dispatcher", by=town.people["spotter"], place=town.building)
    act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.property, town.office])
    assert Issue.objects.visible_to(town.people[name], act.now).filter(pk=issue.pk).exists()
    assert reads_inside(issue, town.people[name], act.now) is inside


def test_one_who_is_staff_elsewhere_sees_this_one_as_what_they_are_here(town, act):
    """A grid worker of another grid who is also the property firm's officer."""
    town.appoint("other_worker", "body_officer", town.property)
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    act("whistle", issue, "street_dispatcher", kind="quick", bodies=[town.property])
    at_home = town.report(place=town.other_grid)
    assert not reads_inside(issue, town.people["other_worker"], act.now)
    assert reads_inside(at_home, town.people["other_worker"], act.now)


def test_a_deputy_who_was_called_sees_it_as_the_post_does(town, act):
    issue = town.report(now=act.now)
    deputy = town.people["grid_worker_deputy"]
    assert not reads_inside(issue, deputy, act.now)
    act.later(days=3)
    act.sweep()
    assert Issue.objects.visible_to(deputy, act.now).filter(pk=issue.pk).exists()
    assert reads_inside(issue, deputy, act.now)


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "请您联系：演示热线"), ("en", "Please turn to: 演示热线")]
)
def test_where_to_turn_is_said_in_the_readers_language(town, language, words):
    issue = town.report("noise", now=town.now)
    with override("en" if language == "zh-hans" else "zh-hans"):
        PERFORM["reject"](
            issue,
            by=town.people["community_worker"],
            now=town.now,
            channel=" 演示热线 ",
            text="演示:不属本平台",
        )
    with override(language):
        line = timeline(issue, resident=True)[-1]
    assert [note.text for note in line.notes] == ["演示:不属本平台", words]
    assert "演示热线" not in str(Event.objects.about("issue", issue.pk).last().data)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "案号：演示字第1号。下次反馈日期：2026年4月1日。"),
        ("en", "Case number: 演示字第1号. Next feedback on April 1, 2026."),
    ],
)
def test_a_case_is_named_in_the_readers_language(town, act, language, words):
    given = {"outcome": "legal", "case_number": "演示字第1号", "feedback_on": date(2026, 4, 1)}
    issue = act("submit_result", act.handling(), "grid_worker", **given)
    with override(language):
        line = next(one for one in timeline(issue, resident=True) if one.verb == "submit_result")
    assert [note.text for note in line.notes] == ["演示:已清运", words]


def test_words_of_a_frame_that_is_unknown_stand_alone():
    assert framed("from_the_future", "演示", {}) == "演示"


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
    for template in (SENTENCES[verb].staff, SENTENCES[verb].resident, SENTENCES[verb].outside):
        if template is not None:
            assert str(template) % known
    assert badge(verb) in {"primary", "secondary", "info", "success", "warning", "danger", "muted"}


def test_an_event_from_a_later_version_is_shown_by_its_key():
    assert sentence("teleport", {}) == "teleport"
    assert sentence("teleport", {}, reader="resident") is None
    assert sentence("teleport", {}, reader="outside") is None
    assert badge("teleport") == "secondary"


def test_a_corrected_category_can_be_read(town):
    """Its event calls the old category's key what others call an old moment."""
    issue = town.report()
    PERFORM["correct"](
        issue, by=town.people["grid_worker"], now=town.now, category=town.categories["noise"], text="演示"
    )
    with override("en"):
        assert timeline(issue)[-1].words == "Corrected: noise. By its rule it belongs to 天光社区"
