"""The walk over the table of states and verbs: every row, every state, every tie; and that the actions go by it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import translation

from accounts.models import User
from tests.builders import Town
from tests.volunteers.hours_builders import (
    a_shift,
    after,
    draft,
    first_shift,
    join,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from trail import words
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from volunteers.actions import activities, attendance, hours, series, settling, shifts, sign_ups
from volunteers.activities import (
    LIVE,
    SIGN_UP_STATES,
    STATE,
    STATES,
    VERB,
    VERBS,
    filled,
    offered,
    refusal,
)
from volunteers.models import Activity, Service, SignUp, Volunteer

TIES = ("organiser", "leader", "volunteer")
# What the actions record besides the verbs that people have.
OTHERS = {"add", "report", "move_up"}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.key)
def test_a_row_names_states_ties_and_words(verb: Any) -> None:
    assert verb.from_states | verb.run_from <= set(STATE) and verb.who <= set(TIES) and verb.who
    assert verb.to is None or verb.to in STATE
    with translation.override("en"):
        assert str(verb.label)
    assert verb.key in words.SUBJECTS["activity"].verbs


def test_the_trail_has_words_for_all_that_happens() -> None:
    assert set(words.SUBJECTS["activity"].verbs) == set(VERB) | OTHERS
    assert {"propose", "confirm", "refuse", "ask_correction", "correct"} < set(
        words.SUBJECTS["service"].verbs
    )


def test_every_state_is_reached_and_has_a_badge() -> None:
    reached = {"draft"} | {verb.to for verb in VERBS if verb.to} | {filled("open", 0)}
    assert reached == set(STATE)
    assert all(state.badge for state in (*STATES, *SIGN_UP_STATES))
    assert set(LIVE) < {state.key for state in SIGN_UP_STATES}


@pytest.mark.parametrize(("verb", "state"), list(product(VERB, STATE)))
def test_who_may_what_from_which_state(verb: str, state: str) -> None:
    row = VERB[verb]
    for ties in ([], *([tie] for tie in TIES), list(TIES)):
        no = refusal(verb, state, ties)
        froms = row.from_states | (row.run_from if {"organiser", "leader"} & set(ties) else set())
        allowed = bool(row.who & set(ties)) and state in froms
        assert (no is None) == allowed == (verb in offered(state, ties))
        if no is not None:
            assert isinstance(no, NotAllowed) == (not row.who & set(ties))
            assert no.allowed == offered(state, ties) and str(no)


@pytest.mark.parametrize("state", list(STATE))
def test_only_open_and_full_go_by_the_places(state: str) -> None:
    for free in (0, 1, 7):
        expected = ("open" if free else "full") if state in {"open", "full"} else state
        assert filled(state, free) == expected


def test_what_has_ended_offers_nothing_but_to_repeat_what_took_place() -> None:
    assert (offered("settled", TIES), offered("cancelled", TIES)) == (("repeat",), ())
    assert not offered("settled", ["volunteer"])


def test_once_it_is_done_the_list_is_for_those_who_run_it() -> None:
    for verb in ("sign_up", "cancel_sign_up"):
        assert verb in offered("done", ["leader"]) and verb not in offered("done", ["volunteer"])


# --- the actions go by the table ----------------------------------------------------------------------------
Do = Callable[["Stage", User, datetime], Any]


class Stage:
    """An activity put into a state, with one who is in, and people tied to it in each way."""

    def __init__(self, town: Town, state: str) -> None:
        self.town = town
        leader = some_volunteer(town, "leader", home=town.far_community)
        member = some_volunteer(town, "member", home=town.far_community)
        self.activity = opened(town, a_shift(town, places=5), team=some_team(town, leader))
        self.sign_up = join(town, self.activity, member)
        self.late = some_volunteer(town, "late", home=town.far_community)
        self.people = {
            "organiser": town.people["community_worker"],
            "leader": leader.user,
            "volunteer": member.user,
            "nobody": some_volunteer(town, "stranger").user,
        }
        opened_at = None if state == "draft" else town.now
        settled_at = town.now if state == "settled" else None
        Activity.objects.filter(pk=self.activity.pk).update(
            state=state, opened_at=opened_at, settled_at=settled_at
        )
        self.activity.refresh_from_db()

    @property
    def shift(self) -> Any:
        return first_shift(self.activity)

    def put_back(self, state: str) -> None:
        """As it was, for the next one who tries."""
        Activity.objects.filter(pk=self.activity.pk).update(state=state)
        SignUp.objects.filter(pk=self.sign_up.pk).update(state="in", ended_at=None)
        self.activity.shifts.update(taken=SignUp.objects.filter(activity=self.activity, state="in").count())


def _sign_up(stage: Stage, by: User, now: datetime) -> Any:
    who = stage.late if by != stage.people["volunteer"] else Volunteer.objects.get(user=by)
    return sign_ups.sign_up(stage.shift, volunteer=who, by=by, now=now)


DO: dict[str, Do] = {
    "change": lambda s, by, now: activities.change_activity(s.activity, by=by, now=now, place="演示:东门"),
    "open": lambda s, by, now: activities.open_activity(s.activity, by=by, now=now),
    "cancel": lambda s, by, now: activities.cancel_activity(s.activity, reason="演示:大雪", by=by, now=now),
    "cancel_shift": lambda s, by, now: shifts.cancel_shift(s.shift, reason="演示:大雪", by=by, now=now),
    "cancel_rest": lambda s, by, now: shifts.cancel_rest(s.activity, reason="演示:大雪", by=by, now=now),
    "repeat": lambda s, by, now: series.repeat_activity(
        s.activity, rhythm="weekly", until=date(2026, 6, 1), by=by, now=now
    ),
    "begin": lambda s, by, now: activities.begin_activity(s.activity, by=by, now=now),
    "sign_up": _sign_up,
    "cancel_sign_up": lambda s, by, now: sign_ups.cancel_sign_up(s.sign_up, by=by, now=now),
    "check_in": lambda s, by, now: attendance.check_in(s.sign_up, by=by, now=now),
    "check_out": lambda s, by, now: attendance.check_out(s.sign_up, by=by, now=now),
    "undo_check": lambda s, by, now: attendance.undo_check(s.sign_up, by=by, now=now),
    "no_show": lambda s, by, now: attendance.mark_no_show(s.sign_up, by=by, now=now),
    "end": lambda s, by, now: activities.end_activity(s.activity, by=by, now=now),
    "propose": lambda s, by, now: hours.propose_hours(s.activity, by=by, now=now),
    "confirm": lambda s, by, now: hours.confirm_hours(s.activity, by=by, now=now),
    "settle": lambda s, by, now: settling.settle_activity(s.activity, by=by, now=now),
}


def test_every_verb_has_its_action() -> None:
    assert set(DO) == set(VERB)


@pytest.mark.parametrize("state", list(STATE))
def test_the_actions_refuse_what_the_table_refuses(town: Town, state: str) -> None:
    """And leave no trace; where the table lets it pass, whatever is said then is not about state or person."""
    stage = Stage(town, state)
    for verb, do in DO.items():
        for tie, by in stage.people.items():
            before = Event.objects.count()
            code = ""
            try:
                do(stage, by, town.now)
            except Refused as refused:
                code = refused.code
                assert Event.objects.count() == before, (verb, tie)
            stopped = refusal(verb, state, {tie})
            if stopped is not None and not (verb == "sign_up" and tie in {"nobody", "volunteer"}):
                assert code == stopped.code, (verb, tie)
            elif stopped is None:
                assert code not in {"state", "not_yours"}, (verb, tie)
            stage.put_back(state)


def test_a_whole_life(town: Town) -> None:
    """From the draft to the settlement, by the leader and the community worker."""
    leader, one, other = (some_volunteer(town, name) for name in ("leader", "one", "other"))
    worker, now = town.people["community_worker"], town.now
    made = draft(town, by=leader.user, team=some_team(town, leader))
    activities.open_activity(made, by=leader.user, now=now)
    first, _second = join(town, made, one), join(town, made, other)
    made.refresh_from_db()
    assert made.state == "full"
    start = first_shift(made).starts_at
    attendance.check_in(first, by=leader.user, now=start)
    made.refresh_from_db()
    assert made.state == "under_way"
    activities.end_activity(made, by=leader.user, now=after(town))
    with pytest.raises(Refused) as caught:
        settling.settle_activity(made, by=worker, now=after(town))
    assert caught.value.code == "unaccounted"
    assert attendance.mark_absent(made, by=leader.user, now=after(town)) == 1
    with pytest.raises(Refused) as caught:
        settling.settle_activity(made, by=worker, now=after(town))
    assert caught.value.code == "not_handed_in"
    hours.propose_hours(made, by=leader.user, now=after(town))
    with pytest.raises(Refused) as caught:
        settling.settle_activity(made, by=worker, now=after(town))
    assert caught.value.code == "to_confirm"
    hours.confirm_hours(made, by=worker, now=after(town))
    done = settling.settle_activity(
        made, by=worker, now=after(town) + timedelta(hours=1), result="演示:路通了"
    )
    assert (done.state, done.result, done.settled_by) == ("settled", "演示:路通了", worker)
    assert Service.objects.filter(volunteer=one).minutes() == 120
    assert SignUp.objects.filter(activity=made).figures() == {"in": 1, "no_show": 1}
    check_hours_invariants()
