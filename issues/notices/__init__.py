"""Who hears of what happens to an issue: the table, and the handlers that go by it.

The words stand in words.py, what "owner", "above" or "board" means in audiences.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse

from grids.addressing import Addressee, Key, addressees_of_many, duty_addressees
from grids.lineage import key_of
from grids.models import Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from issues import ladder
from issues.notices import calendars, following, groups, outside, schedules  # noqa: F401  (register their handlers)
from issues.notices.audiences import AUDIENCES, Told
from issues.notices.hearing import Hearing, Party, facts_of, hearings, iso
from issues.notices.reporters import to_reporters
from issues.notices.words import PASSED_ON, Facts, with_letter
from notices.actions import Telling, notify, notify_all
from notices.batches import hears_many
from notices.models import Notice
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

# Party, capability, from the roster, of the roster only this rank.
Ask = tuple[Key, str, bool, int | None]

# Verb or rung → who is told. One person hears of an event once: who stands first is told in those words.
HEARD: dict[str, tuple[str, ...]] = {
    "report": ("owner",),
    "dispatch": ("to",),
    "give_proposed": ("to",),
    "screen": ("to",),
    "hand_up": ("to",),
    "return": ("to",),
    "recall": ("left_by",),
    "take_back": ("relieved",),
    "lift": ("arbiters", "left_by", "callees", "new_lead", "tasks", "freed"),
    "return_to_hotline": ("registrar",),
    "correct": ("owner",),
    "mark_complaint": ("to", "callees", "tasks"),
    "sign": ("left_by",),
    "contact": ("left_by",),
    "hotline_update": ("updated", "tasks"),
    "hotline_again": ("redo", "review", "returned", "freed"),
    "verify": ("failed", "review", "registrar"),
    "send_back": ("owner", "freed"),
    "supply_info": ("owner",),
    "add_info": ("owner",),
    "reopen": ("owner",),
    "go_on": ("owner",),
    "ask_info": ("registrar",),
    "withdraw": ("owner", "callees", "tasks"),
    "object": ("owner",),
    "merge": ("registrar",),
    "unmerge": ("to", "registrar"),
    "object_merge": ("to",),
    "release": ("to", "registrar"),
    "gain": ("owner",),
    "resolve_with": ("registrar",),
    "follow_again": ("registrar",),
    "reject_with": ("registrar",),
    "split": ("tasks",),
    "finish_task": ("owner",),
    "give_back": ("owner",),
    "call_off": ("tasks",),
    "supervise": ("asked",),
    "chase_callee": ("hurried",),
    "supervise_callee": ("asked", "caller"),
    "chase_task": ("hurried",),
    "supervise_task": ("asked", "giver"),
    "ask_extension": ("asked",),
    "ask_suspension": ("asked",),
    "ask_all_clear": ("asked",),
    "all_clear": ("spared", "relieved", "owner", "calmed"),
    "grant": ("spared", "relieved", "reviewed", "asker", "ruled", "new_lead", "calmed"),
    "refuse": ("asker",),
    "answer_letter": ("asker",),
    "withdraw_letter": ("asked",),
    "resume": ("owner",),
    "lead": ("owner",),
    "redo": ("owner",),
    "rate": ("owner", "freed"),
    "call_back": ("owner", "freed"),
    "alarm": ("units",),
    "alert_again": ("owner",),
    "whistle": ("callees", "asked"),
    "join": ("callees", "asked"),
    "call_off_whistle": ("callees",),
    "meet": ("caller", "met"),
    "plan": ("caller", "moved"),
    "stage_done": ("caller",),
    "decline": ("declined", "instead", "new_lead"),
    "contest": ("asked", "caller"),
    "release_callee": ("callees", "new_lead"),
    "ask_more_time": ("asked",),
    "ask_task_time": ("asked",),
    "rate_callee": ("callees",),
    "judge": ("caller",),
    "assign_officer": ("officer",),
    "send_officer": ("officer",),
    "phoned": ("owner",),
    "note": ("caller",),
    "propose_reply": ("asked",),
    "acknowledge": ("caller",),
    "report_in": ("caller",),
    "done": ("caller",),
    "submit_result": ("registrar", "checker"),
    "answer": ("registrar",),
    "reject": ("registrar",),
    "close": ("registrar",),
} | {rung.key: rung.audience for rung in ladder.RUNGS if rung.audience}


# Who has to act at once.
LOUD_IN_DANGER = {"owner", "callees", "deputy", "instead", "alone"}


def is_news(verb: str, data: Facts) -> bool:
    """Does anybody hear of this? Whoever waits for the answer to a letter hears of every end."""
    return bool(data.get("letters")) or _is_news(verb, data)


def _is_news(verb: str, data: Facts) -> bool:
    """Whom an alarm calls need not be told of the dispatch as well."""
    if verb == "report":
        return data.get("state") == "reported"
    if verb == "verify":
        return data.get("state") != "resolved" or bool(data.get("review"))
    if verb in {"dispatch", "screen"}:
        return data.get("rule") != "danger"
    if verb == "alert_again":
        return bool(data.get("worse"))
    if verb == "hotline_update":
        # Of one that has ended nobody has to do anything.
        return set(data["changed"]) != {"details"} and data.get("state") not in {"closed", "rejected"}
    # In danger a level above may be the first to answer: then whoever had it hears.
    if verb in {"sign", "contact"}:
        return "from" in data
    if verb == "note":
        return data.get("what") == "first_report"
    if verb in {"rate", "call_back"}:
        return data.get("solved") is False
    # Of what follows another the main issue says it to whoever has that; of an order's deadline nothing else does.
    if verb == "chase":
        return data.get("state") != "merged" or "clock" in data
    # Else the window has simply passed, or nobody is there to rate it.
    return verb != "close" or bool(data.get("reviewed"))


@hears_many("issues.notices")
def tell_all(events: Sequence["Event"], now: datetime) -> None:
    """Tell everybody whom the table names, with posts as they are now; nobody is told of their own deed."""
    heard = hearings([event for event in events if is_news(event.verb, event.data)], now)
    told = [
        (hearing, one)
        for hearing in heard
        for audience in _audiences_of(hearing)
        for one in AUDIENCES[audience](hearing)
    ]
    answering = _answering(told, now)
    news = (one for one in heard if _is_news(one.event.verb, one.event.data))
    people = [_telling(hearing, one, answering) for hearing, one in told]
    notify_all([*people, *to_reporters(news)], now=now)


def _audiences_of(hearing: Hearing) -> Iterable[str]:
    """Of an end whoever sent a letter first: what it says to others they read anyway."""
    verb, data = hearing.event.verb, hearing.event.data
    usual = (hearing.audiences or HEARD[verb]) if _is_news(verb, data) else ()
    return ("senders", *usual) if hearing.letters else usual


@handler("issues.notices", *(f"issue.{verb}" for verb in HEARD), worth=is_news)
def tell(event: "Event", now: datetime) -> None:
    """`tell_all` of one."""
    tell_all([event], now)


@handler("issues.vacancies", "unit.vacant_root")
def tell_of_vacancy(event: "Event", now: datetime) -> None:
    """Hourly while it lasts: the district's system administrators, unless they have one unread."""
    unit = Unit.objects.get(pk=event.subject_id)
    posts = Post.objects.active(now).at_place(unit).filter(HELD_BY_A_PERSON, role="system_admin")
    told = Notice.objects.unread().filter(key="issues.vacant_root", event__subject_id=unit.pk)
    people = posts.exclude(user__in=told.values("recipient")).values_list("user_id", flat=True)
    # There is the form that appoints somebody.
    link = reverse("admin:grids_unit_change", args=[unit.pk])
    notify(event, people, "issues.vacant_root", {"unit": unit.name}, link, now=now)


def _ask(hearing: Hearing, one: Told) -> Ask | None:
    """Whom to look for, if this telling names a party; in danger it is who is on the roster."""
    if one.party is None:
        return None
    capability = one.capability or hearing.asked_for(one.party)
    return key_of(one.party), capability, hearing.danger and one.roster, one.rank


def _answering(told: Iterable[tuple[Hearing, Told]], now: datetime) -> dict[Ask | None, list[Addressee]]:
    """Who answers for each party: one query per capability, and a few per party that is in danger."""
    asked = {ask: one.party for hearing, one in told if one.party and (ask := _ask(hearing, one))}
    found: dict[Ask | None, list[Addressee]] = {}
    calm: dict[str, list[Party]] = {}
    for ask, party in asked.items():
        _key, capability, roster, rank = ask
        if roster:
            found[ask] = duty_addressees(party, now, capability, rank=rank)
        else:
            calm.setdefault(capability, []).append(party)
    for capability, parties in calm.items():
        for key, people in addressees_of_many(parties, capability, now).items():
            found |= {ask: people for ask in asked if ask[:3] == (key, capability, False)}
    return found


def _telling(hearing: Hearing, one: Told, answering: Mapping[Ask | None, list[Addressee]]) -> Telling:
    event = hearing.event
    people = [*one.people, *(person.user_id for person in answering.get(_ask(hearing, one), ()))]
    params, key = {**facts_of(hearing), **one.more}, one.key or f"{event.verb}.{one.variant}"
    if hearing.letter and key in PASSED_ON:
        # One person hears of an event once: what waits with the matter is said in the same breath.
        key = with_letter(key)
        params |= {"letter": hearing.letter.number, "answer_by": iso(hearing.letter.due_at)}
    return Telling(
        event,
        [pk for pk in people if pk != event.actor_id and pk not in hearing.kept_from | one.but],
        f"issues.{key}",
        {name: value for name, value in params.items() if value is not None},
        reverse("issues:issue", args=[hearing.issue.code]),
        urgency="danger" if hearing.danger and one.variant in LOUD_IN_DANGER else "",
    )
