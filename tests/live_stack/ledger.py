"""The reckoning after the fire: the clients' own log against the database, in SQL of its own.

Each function answers with what is wrong; nothing is wrong in an empty answer. The program's own word (its models,
its querysets, its health page) is never asked.
"""

import json
from collections import Counter
from collections.abc import Iterable

from tests.live import LiveStack
from tests.live_stack.clients import SIGNED, SILENT, Life, Write
from tests.live_stack.wire import CHANNEL

DONE = """
    SELECT i.code, e.verb, e.actor_id, count(*) FROM trail_event e
    JOIN issues_issue i ON i.id = e.subject_id
    WHERE e.subject_type = 'issue' AND e.actor_id = ANY(%s) AND e.verb = ANY(%s) GROUP BY 1, 2, 3
"""
REPORTED = "SELECT text, count(*), min(code) FROM issues_issue WHERE text = ANY(%s) GROUP BY 1"
ANSWERED = """
    SELECT scope, key, status, answer->>'text' FROM trail_idempotencykey WHERE scope = ANY(%s)
"""
ENDED = """
    SELECT i.code FROM issues_issue i WHERE i.code = ANY(%s) AND NOT (
        i.state = 'closed' AND i.outcome = 'solved' AND i.due_at IS NULL AND i.open_whistles = 0
        AND (SELECT count(*) FROM issues_rating r WHERE r.issue_id = i.id AND r.solved) = 1
        AND (SELECT count(*) FROM issues_callee c WHERE c.issue_id = i.id AND c.done_at IS NOT NULL) = 1
        AND NOT EXISTS (SELECT 1 FROM issues_deadline d
                        WHERE d.issue_id = i.id AND d.fired_at IS NULL AND d.cancelled_at IS NULL))
"""
HISTORY = """
    SELECT i.id, i.version, count(e.*), min(e.seq), max(e.seq)
    FROM issues_issue i LEFT JOIN trail_event e ON e.subject_type = 'issue' AND e.subject_id = i.id
    GROUP BY i.id, i.version HAVING NOT (i.version = count(e.*) AND min(e.seq) = 1 AND max(e.seq) = count(e.*))
"""
# A rung that fired and its event: the same issue, clock and part at the same moment.
PAIRS = """
    FROM issues_deadline d
    FULL JOIN (SELECT * FROM trail_event WHERE subject_type = 'issue' AND actor_id IS NULL AND verb = ANY(%(rungs)s)
               AND data ? 'clock') e
    ON e.subject_id = d.issue_id AND e.verb = d.rung AND e.data->>'clock' = d.clock
    AND e.occurred_at = d.fired_at AND (e.data->>'callee')::bigint IS NOT DISTINCT FROM d.callee_id
    AND (e.data->>'task')::bigint IS NOT DISTINCT FROM d.task_id
    AND (e.data->>'decision')::bigint IS NOT DISTINCT FROM d.decision_id
"""
UNPAIRED = f"""
    SELECT d.id, d.rung, d.clock, d.fired_at, e.id, e.verb, e.data {PAIRS}
    WHERE (d.id IS NULL OR e.id IS NULL) AND (d.id IS NULL OR d.fired_at IS NOT NULL) AND d.rung IS DISTINCT FROM 'expire'
"""
DOUBLED = (
    f"SELECT d.id, count(e.id) {PAIRS} WHERE d.fired_at IS NOT NULL GROUP BY d.id HAVING count(e.id) > 1"
)
EXPIRED = """
    SELECT d.id, d.clock, d.fired_at FROM issues_deadline d WHERE d.rung = 'expire' AND d.fired_at IS NOT NULL AND 1 <> (
        SELECT count(*) FROM trail_event e WHERE e.subject_type = 'issue' AND e.subject_id = d.issue_id
        AND e.occurred_at = d.fired_at AND e.actor_id IS NULL AND e.verb IN ('close', 'wait_for_check', 'go_on'))
"""
MISSED = """
    SELECT id, rung, due_at FROM issues_deadline
    WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at <= now() - interval '1 second'
"""
# An action fires what is due before it stops a clock: what was cancelled was not due yet.
PASSED_OVER = "SELECT id, rung, due_at, cancelled_at FROM issues_deadline WHERE cancelled_at > due_at"
EARLY = "SELECT id, rung, due_at, fired_at FROM issues_deadline WHERE fired_at < due_at"
STOPPED = """
    SELECT i.id, i.state, count(d.*) FROM issues_issue i LEFT JOIN issues_deadline d
    ON d.issue_id = i.id AND d.fired_at IS NULL AND d.cancelled_at IS NULL
    WHERE i.closed_at IS NULL GROUP BY 1, 2 HAVING count(d.*) = 0
"""
WAY = """
    SELECT e.verb, (e.data->>'above')::bigint FROM trail_event e JOIN issues_issue i ON i.id = e.subject_id
    WHERE e.subject_type = 'issue' AND i.code = %s AND e.seq > %s ORDER BY e.seq
"""
OWNER = "SELECT owner_unit_id, state FROM issues_issue WHERE code = %s"
SIGNED_AT = """
    SELECT e.seq FROM trail_event e JOIN issues_issue i ON i.id = e.subject_id
    WHERE e.subject_type = 'issue' AND i.code = %s AND e.verb = 'sign'
"""
# What somebody hears of whatever else is the case.
TOLD = (
    "climb",
    "call_deputy",
    "chase",
    "hand_up",
    "whistle",
    "acknowledge",
    "report_in",
    "done",
    "submit_result",
)
NOT_TOLD = """
    SELECT e.id, e.verb, channel FROM trail_event e CROSS JOIN unnest(%s) AS channel
    WHERE e.subject_type = 'issue' AND e.verb = ANY(%s) AND e.recorded_at < to_timestamp(%s) AND NOT EXISTS
        (SELECT 1 FROM notices_notice n WHERE n.event_id = e.id AND n.channel = channel)
"""
TOLD_TWICE = "SELECT event_id, recipient_id, channel FROM notices_notice GROUP BY 1, 2, 3 HAVING count(*) > 1"
GIVEN_UP = """
    SELECT 'delivery', d.id FROM trail_delivery d JOIN trail_event e ON e.id = d.event_id
    WHERE d.done_at IS NULL AND e.recorded_at < to_timestamp(%(until)s)
    UNION ALL SELECT n.channel, n.id FROM notices_notice n JOIN trail_event e ON e.id = n.event_id
    WHERE n.state <> 'sent' AND e.recorded_at < to_timestamp(%(until)s)
"""
SENT = """
    SELECT n.id, e.recorded_at < to_timestamp(%s), n.event_id, n.recipient_id, n.key
    FROM notices_notice n JOIN trail_event e ON e.id = n.event_id WHERE n.channel = %s
"""
BETWEEN = """
    SELECT count(*) FROM trail_event WHERE subject_type = 'issue' AND verb = ANY(%s) AND (actor_id IS NULL) = %s
    AND recorded_at BETWEEN to_timestamp(%s) AND to_timestamp(%s)
"""
# From the moment at which it was due to that at which its event was written.
LATE = f"""
    SELECT extract(epoch FROM e.recorded_at - d.due_at)::float {PAIRS}
    WHERE d.due_at BETWEEN to_timestamp(%(since)s) AND to_timestamp(%(until)s) AND d.fired_at IS NOT NULL
    AND e.id IS NOT NULL
"""
RUNGS = ["remind", "call_deputy", "call_next", "climb", "chase", "call_above", "board"]
VERBS = [
    *("report", "sign", "contact", "hand_up", "whistle", "acknowledge", "report_in", "done"),
    *("submit_result", "rate"),
]


class Ledger:
    """The log of the clients beside what the database says."""

    def __init__(
        self, stack: LiveStack, lives: Iterable[Life], people: dict[str, int], units: dict[str, int]
    ):
        self.stack, self.lives, self.people, self.units = stack, list(lives), people, units

    @property
    def writes(self) -> list[Write]:
        return [write for life in self.lives for write in life.writes]

    # --- what the clients were promised ---

    def lost_or_doubled_reports(self) -> list:
        """Acknowledged: there, once, under the code that was answered. Refused: not there. Else at most once."""
        texts = [life.text for life in self.lives]
        found = {text: (count, code) for text, count, code in self.stack.query(REPORTED, (texts,))}
        return [
            (life.text, found.get(life.text), first.answers)
            for life in self.lives
            if not _as_promised(first := life.writes[0], found.get(life.text, (0, ""))[0])
            or (first.acknowledged and found[life.text][1] != first.issue)
        ]

    def lost_or_doubled_steps(self) -> list:
        """The same for the event of each verb, by this person, on this issue."""
        rows = self.stack.query(DONE, (list(self.people.values()), VERBS))
        found = Counter({(code, verb, actor): count for code, verb, actor, count in rows})
        settled = [write for write in self.writes if write.issue]
        wrong = [
            (write, count)
            for write in settled
            if not _as_promised(write, count := found[write.issue, write.verb, self.people[write.person]])
        ]
        known = {(write.issue, write.verb, self.people[write.person]) for write in settled}
        unheard = {life.text for life in self.lives if not life.code}
        strangers = [one for one in found if one not in known]
        return wrong + (strangers if len(strangers) > len(unheard) else [])

    def answers_that_changed(self) -> list:
        """One key, one answer, byte for byte, however often it was asked for; given anew at most once."""
        return [
            write
            for write in self.writes
            if len({one.text for one in _good(write)}) > 1
            or sum(not one.replayed for one in _good(write)) > 1
        ]

    def answers_not_kept(self) -> list:
        """What was answered stands under its key; under the key of a refusal stands nothing."""
        scopes = {f"user:{pk}": name for name, pk in self.people.items()}
        rows = self.stack.query(ANSWERED, (list(scopes),))
        kept = {(scopes[scope], key): (status, text) for scope, key, status, text in rows}
        return [
            write
            for write in self.writes
            if write.final is not None
            and kept.get((write.person, write.key))
            != ((write.final.status, write.final.text) if write.acknowledged else None)
        ]

    def not_ended(self) -> list:
        """Rated as solved: closed, with that rating, nothing open."""
        return self.stack.query(ENDED, ([life.code for life in self.lives if life.did("rate")],))

    def gaps_in_history(self) -> list:
        return self.stack.query(HISTORY)

    # --- escalation ---

    def missed(self) -> list:
        """Due and not fired; due and stopped by an action that should have let it fire; stopped for good."""
        return self.stack.query(MISSED) + self.stack.query(PASSED_OVER) + self.stack.query(STOPPED)

    def early(self) -> list:
        return self.stack.query(EARLY)

    def doubled(self) -> list:
        """Every rung that fired is one event, and every such event one rung."""
        rungs = {"rungs": RUNGS}
        return (
            self.stack.query(UNPAIRED, rungs) + self.stack.query(DOUBLED, rungs) + self.stack.query(EXPIRED)
        )

    def climbed_wrongly(self) -> list:
        """The silent climb each level once, after a call to the deputy unless there is danger; then the board."""
        wrong = []
        for life in self.lives:
            if life.kind == SIGNED and life.did("sign"):
                wrong += self._signed_wrongly(life)
            elif life.kind in {SILENT, SIGNED} and life.did("report"):
                wrong += self._silent_wrongly(life)
        return wrong

    def _silent_wrongly(self, life: Life) -> list:
        way = self.stack.query(WAY, (life.code, 0))
        levels = [self.units[name] for name in ("community", "street", "district")]
        climbs = [above for verb, above in way if verb == "climb"]
        calls = [verb for verb, _above in way if verb in {"call_deputy", "climb"}]
        expected = ["climb"] * 3 if life.danger else ["call_deputy", "climb"] * 3
        fine = climbs == levels and calls[: len(expected)] == expected
        return (
            []
            if fine and self.stack.query(OWNER, (life.code,)) == [(levels[-1], "assigned")]
            else [(life, way)]
        )

    def _signed_wrongly(self, life: Life) -> list:
        ((signed,),) = self.stack.query(SIGNED_AT, (life.code,))
        verbs = {verb for verb, _above in self.stack.query(WAY, (life.code, signed))}
        stays = self.stack.query(OWNER, (life.code,)) == [(self.units["grid"], "handling")]
        return [] if stays and "chase" in verbs and "climb" not in verbs else [(life, verbs)]

    # --- messages ---

    def not_told(self, until: float) -> list:
        """Of what happened until then: nobody heard of it on some channel; somebody heard twice; somebody was given up."""
        return (
            self.stack.query(NOT_TOLD, (["inbox", CHANNEL], list(TOLD), until))
            + self.stack.query(TOLD_TWICE)
            + self.stack.query(GIVEN_UP, {"until": until})
        )

    def not_received(self, heard: dict[int, list[str]], until: float) -> list:
        """Every message of what happened until then came out at the other end; and whatever came, under its own key and
        nobody else's, always the same. What happened later may be under way."""
        rows = self.stack.query(SENT, (until, CHANNEL))
        sent = {pk: tuple(rest) for pk, _is_due, *rest in rows}
        due = {pk for pk, is_due, *_rest in rows if is_due}
        came = {key: {_words(body) for body in bodies} for key, bodies in heard.items()}
        return [
            (key, sent.get(key), came.get(key)) for key in {*due, *came} if came.get(key) != {sent.get(key)}
        ]

    # --- figures ---

    def writes_between(self, since: float, until: float) -> int:
        return self.stack.query(BETWEEN, (VERBS, False, since, until))[0][0]

    def escalations_between(self, since: float, until: float) -> int:
        return self.stack.query(BETWEEN, (RUNGS, True, since, until))[0][0]

    def lateness(self, since: float, until: float) -> list[float]:
        """Seconds, in order, of the rungs that came due in this time."""
        span = {"rungs": RUNGS, "since": since, "until": until}
        return sorted(seconds for (seconds,) in self.stack.query(LATE, span))


def _good(write: Write) -> list:
    return [one for one in write.answers if 200 <= one.status < 300]


def _as_promised(write: Write, count: int) -> bool:
    if write.final is None:
        return count <= 1
    return count == (1 if write.acknowledged else 0)


def _words(body: str) -> tuple:
    said = json.loads(body)
    return said["event"], said["recipient"], said["key"]
