"""What is given to each verb: usually something sensible, sometimes not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from grids.lineage import chain, key_of
from grids.models import Body, Post, Unit
from grids.roles import roles_that
from issues.actions.calling import level_of
from issues.districts import rules_of
from issues.inputs import Input
from issues.kinds import CAUSES, RESULTS
from issues.lifecycle import UNRESOLVED_STATES, VERB
from issues.models import Category, Issue, Part
from tests.builders import Town
from tests.issues.acting import USUAL

UNITS = ("district", "street", "community", "grid", "other_grid", "other_community", "far_grid")
BODIES = ("department", "utility", "centre", "office", "posted", "property", "owners", "far_office")
PLACES = ("building", "building", "building", "grid", "other_building", "community", "street", "district")
# Reported more often than the other categories.
OFTEN = ("litter", "noise")
# How often a verb is tried; those that are not named, 4.
WEIGHTS = {
    **dict.fromkeys(("stage_done", "join", "resume", "supply_info", "unmerge", "call_off"), 16),
    **dict.fromkeys(("assign_officer", "send_officer", "done", "judge", "screen", "return_to_hotline"), 12),
    "withdraw_letter": 12,
    **dict.fromkeys(("sign", "submit_result", "whistle", "grant", "refuse", "take_task", "finish_task"), 9),
    **dict.fromkeys(("acknowledge", "report_in", "split", "plan"), 8),
    **dict.fromkeys(("call_back", "verify", "object", "object_merge", "contest", "merge", "meet"), 8),
    **dict.fromkeys(("give_proposed", "ask_all_clear", "all_clear", "ask_more_time", "ask_task_time"), 8),
    **dict.fromkeys(("redo", "close", "rate", "rate_callee", "drop", "reopen"), 6),
    **dict.fromkeys(("ask_extension", "ask_suspension", "ask_info"), 6),
    **dict.fromkeys(("note", "phoned", "lift", "correct", "hand_up", "lead", "chase", "supervise"), 2),
    **dict.fromkeys(("chase_callee", "supervise_callee", "chase_task", "supervise_task"), 4),
    "add_info": 2,
    **dict.fromkeys(("reject", "withdraw", "answer", "recall"), 2),
}


def categories_of(town: Town) -> list[Category]:
    """All that the district has ever had, its own too, in use or not."""
    return list(Category.objects.of_district(town.district.pk).order_by("order", "key"))


def report_of(town: Town, rng: Random, now: datetime) -> dict[str, Any]:
    """What somebody reports, by keyword. What the district asks besides nobody could be asked, or some of it is answered
    with yes or no, or all."""
    category = rng.choice([*categories_of(town), *(town.categories[key] for key in OFTEN)])
    asked = rules_of(town.district.pk, now).questions_for(category.key, category.asked)
    answers = {one.key: rng.random() < 0.5 for one in asked if rng.random() < 0.8}
    return {
        "category": category,
        "place": town.units[rng.choice(PLACES)],
        "text": "演示:垃圾没有清运",
        "now": now,
        "answers": rng.choice([None, answers, answers]),
    }


def inputs_of(verb: str, subject: Issue | Part, town: Town, rng: Random, now: datetime) -> dict[str, Any]:
    """By keyword, as the verb's row asks for it."""
    issue = subject if isinstance(subject, Issue) else subject.issue
    if verb == "mark_complaint":
        return _subject(issue, town, rng)
    if verb in {"dispatch", "return"}:
        return USUAL.get(verb, {}) | _target(verb, issue, town, rng)
    given = dict(USUAL.get(verb, {}))
    for one in VERB[verb].inputs:
        if choose := CHOICES.get(one.key if one.key in CHOICES else one.type):
            given[one.key] = choose(one, subject, town, rng, now)
    if verb in {"whistle", "join", "split"}:
        given |= _called(verb, issue, town, rng, now)
    return {key: value for key, value in given.items() if value is not None}


def _target(verb: str, issue: Issue, town: Town, rng: Random) -> dict[str, Any]:
    if verb == "return" and rng.random() < 0.5:
        return {}
    found = rng.choice(_below(issue, town, rng) or _everybody(town))
    proposed = {"why": rng.choice(["other_unit", "unclear"])} if verb == "return" else {}
    return {str(found._meta.model_name): found} | proposed


def _subject(issue: Issue, town: Town, rng: Random) -> dict[str, Any]:
    """Mostly those in charge of the place; sometimes anybody, sometimes one person of them."""
    place = rng.choice([issue.grid, issue.community, issue.street, town.office, town.department])
    found = place if place and rng.random() < 0.9 else rng.choice(_everybody(town))
    posts = list(Post.objects.at_place(found).select_related("user").order_by("pk"))
    person = {"person": rng.choice(posts).user} if posts and rng.random() < 0.3 else {}
    return {str(found._meta.model_name): found} | person


def _everybody(town: Town) -> list[Unit | Body]:
    return [getattr(town, name) for name in (*UNITS, *BODIES)]


def _below(issue: Issue, town: Town, rng: Random) -> list[Unit | Body]:
    """Mostly the owner's own; sometimes anybody."""
    found = _everybody(town)
    if rng.random() < 0.1:
        return found
    return [one for one in found if key_of(issue.owner) in chain(one)[1:]]


def _callable(issue: Issue, kind: str, town: Town, rng: Random, now: datetime) -> list[Unit | Body]:
    """Mostly those whom the owner may whistle for with this kind; sometimes anybody."""
    found = _everybody(town)
    if rng.random() < 0.1:
        return found
    lawful = rules_of(issue.district_id, now).callable_by(level_of(issue.owner), kind)
    return [one for one in found if one.kind in lawful and one != issue.owner]


def _called(verb: str, issue: Issue, town: Town, rng: Random, now: datetime) -> dict[str, Any]:
    """Units and bodies for a whistle or a split, and the kind of the whistle."""
    kind = rng.choice(["quick", "tough", "tough", "emergency"]) if verb != "split" else ""
    among = _below(issue, town, rng) if verb == "split" else _callable(issue, kind, town, rng, now)
    most = 1 if kind == "quick" else 3
    chosen = rng.sample(among, min(len(among), rng.choice([1, 1, most]), most))
    named = {
        "units": [one for one in chosen if isinstance(one, Unit)],
        "bodies": [one for one in chosen if isinstance(one, Body)],
    }
    return named | ({"kind": kind, "remote": kind == "quick"} if verb == "whistle" else {})


def _day(one: Input, subject: Any, town: Town, rng: Random, now: datetime) -> Any:
    due = getattr(subject, "due_at", None) or now
    latest = max(due, now)
    return timezone.localdate(latest + timedelta(days=rng.choice([0, 1, 1, 2, 5, 20])))


def _met(one: Input, subject: Any, town: Town, rng: Random, now: datetime) -> Any:
    return timezone.localdate(now) - timedelta(days=rng.choice([0, 0, 0, 1]))


def _stages(one: Input, subject: Any, town: Town, rng: Random, now: datetime) -> str:
    days = sorted(rng.sample(range(1, 20), rng.choice([1, 2, 3])))
    return "\n".join(f"{timezone.localdate(now) + timedelta(days=day)} 演示:阶段" for day in days)


def _officer(one: Input, subject: Any, town: Town, rng: Random, now: datetime) -> Any:
    """Somebody who works there; seldom anybody."""
    place: Unit | Body = subject.owner if isinstance(subject, Issue) else subject.party
    posts = Post.objects.active(now).at_place(place).filter(role__in=roles_that("handle"))
    users = [post.user for post in posts.select_related("user").order_by("pk")]
    return rng.choice(users) if users and rng.random() < 0.9 else town.people["far_worker"]


def _main(one: Input, subject: Any, town: Town, rng: Random, now: datetime) -> Issue:
    others = list(Issue.objects.filter(state__in=UNRESOLVED_STATES).exclude(pk=subject.pk).order_by("pk"))
    return rng.choice(others) if others else subject


def _yes_or_no(likely: float) -> Callable[..., bool]:
    return lambda one, subject, town, rng, now: rng.random() < likely


def _choice(one: Input, subject: Any, town: Town, rng: Random, now: datetime) -> str:
    return rng.choice(one.choices).key


CHOICES: dict[str, Callable[..., Any]] = {
    "until": _day,
    "on": _met,
    "stages": _stages,
    "officer": _officer,
    "main": _main,
    "category": lambda one, subject, town, rng, now: rng.choice(
        [None] * (not one.required) + categories_of(town)
    ),
    "kind": lambda one, subject, town, rng, now: rng.choice(["", "", "help", "dispute"]),
    "place": lambda one, subject, town, rng, now: town.units[rng.choice(PLACES)],
    "cause": lambda one, subject, town, rng, now: rng.choice(CAUSES).key,
    "outcome": lambda one, subject, town, rng, now: rng.choice(
        ["solved"] * 4 + [word.key for word in RESULTS]
    ),
    "way": _choice,
    "mode": lambda one, subject, town, rng, now: (
        rng.choice(one.choices).key if subject.whistle.remote_ok else "on_spot"
    ),
    "validity": _choice,
    "verdict": _choice,
    "whom": _choice,
    "answered": _yes_or_no(0.7),
    "satisfied": _yes_or_no(0.6),
    "solved": _yes_or_no(0.4),
    "passed": _yes_or_no(0.6),
    "reached": _yes_or_no(0.7),
    "reasons": lambda one, subject, town, rng, now: rng.choice([[], [], ["rude"], ["still_there", "late"]]),
    "internal": _yes_or_no(0.5),
}
# Refusals for what was chosen, not for who or when: the rules offer the verb, not each of its objects.
CHOSEN_BADLY = {
    *("target", "not_below", "not_on_duty_list", "about_them", "closed_target"),
    *("no_callee", "not_callable", "called_already", "too_many_callees", "called_twice"),
    *("no_task", "twice", "too_many_tasks", "until", "on", "stages", "officer", "main", "nothing", "legal"),
    *("about", "about_person", "inactive_category", "closed_callee"),
    *("reasons", "danger_stays", "still_danger", "proposal"),
}
