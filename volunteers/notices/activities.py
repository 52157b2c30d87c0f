"""Who hears of activities: whoever moves up, whose sign-up somebody else made or ended, all when it or their shift does not
take place or is otherwise than it was, the organisers when hours wait, whoever has the issue that it helped to solve."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from issues.models import Issue
from notices.actions import notify
from notices.words import word
from trail import words
from trail.outbox import handler
from volunteers.actions.sign_ups import drop_sign_ups
from volunteers.models import Activity, Shift, SignUp, Volunteer
from volunteers.notices.organisers import others_who_run
from volunteers.querysets import RUNS

if TYPE_CHECKING:
    from trail.models import Event

ABOUT_PLACE = _("%(unit)s, %(on)s")
words.HANDLERS["volunteers.activities"] = _("Notices on volunteer activities")
words.HANDLERS["volunteers.left"] = _("Sign-ups of volunteers who have left")
word(
    "volunteers.moved_up",
    _("A place has become free: you take part on %(on)s, %(unit)s. Cancel it if you cannot come."),
    *("unit", "on"),
    about=ABOUT_PLACE,
    urgency="action",
)
word("volunteers.signed_up", _("You are signed up for %(on)s, %(unit)s"), "unit", "on", about=ABOUT_PLACE)
word(
    "volunteers.listed",
    _("You are on the waiting list for %(on)s, %(unit)s"),
    "unit",
    "on",
    about=ABOUT_PLACE,
)
word(
    "volunteers.signed_off",
    _("Your sign-up for %(on)s, %(unit)s, was cancelled by those who run it"),
    *("unit", "on"),
    about=ABOUT_PLACE,
)
word(
    "volunteers.called_off",
    _("The volunteer activity on %(on)s, %(unit)s, does not take place"),
    *("unit", "on"),
    about=ABOUT_PLACE,
    urgency="action",
)
word(
    "volunteers.moved",
    _("The volunteer activity on %(on)s, %(unit)s, meets at another place; look where"),
    *("unit", "on"),
    about=ABOUT_PLACE,
    urgency="action",
)
word(
    "volunteers.changed",
    _("What is said of the volunteer activity on %(on)s, %(unit)s, has changed; look at its page"),
    *("unit", "on"),
    about=ABOUT_PLACE,
)
word(
    "volunteers.retimed",
    _("The shift of %(was)s, %(unit)s, is now on %(on)s; cancel your sign-up if you cannot come"),
    *("unit", "on", "was"),
    about=ABOUT_PLACE,
    urgency="action",
)
word(
    "volunteers.clashes",
    _(
        "The shift of %(was)s, %(unit)s, is now on %(on)s, when you are elsewhere; your sign-up for it has ended"
    ),
    *("unit", "on", "was"),
    about=ABOUT_PLACE,
)
word(
    "volunteers.shift_off",
    _("The shift of %(on)s, %(unit)s, does not take place; other shifts of the activity stay"),
    *("unit", "on"),
    about=ABOUT_PLACE,
    urgency="action",
)
word(
    "volunteers.to_hand_in",
    _("The volunteer activity of %(on)s, %(unit)s, is over; say who came and hand in the hours"),
    *("unit", "on"),
    about=ABOUT_PLACE,
    urgency="action",
)
word(
    "volunteers.to_confirm",
    _("Hours of %(count)s volunteers wait to be confirmed: %(on)s, %(unit)s"),
    *("unit", "on", "count"),
    about=ABOUT_PLACE,
    urgency="action",
)
word(
    "volunteers.reported",
    _("%(people)s volunteers have helped with this issue, %(minutes)s minutes in all"),
    *("people", "minutes", "number"),
    about="%(number)s",
)

# Verb → (word, who hears it). Of those who sign up only who did not do it themself.
OF_ONE = {
    "move_up": {"in": "volunteers.moved_up"},
    "sign_up": {"in": "volunteers.signed_up", "waiting": "volunteers.listed"},
    "cancel_sign_up": {"cancelled": "volunteers.signed_off"},
}
# Of changes what those with a claim to what lies ahead hear, the first that fits.
OF_CHANGES = {
    "place": "volunteers.moved",
    "title": "volunteers.changed",
    "what": "volunteers.changed",
    "free_cancel_hours": "volunteers.changed",
}
OF_SHIFTS = ("cancel_shift", "cancel_rest")
# Where what a notice asks for is done; of all others the activity's own page.
PAGE_OF = {"volunteers.to_hand_in": "volunteers:run", "volunteers.to_confirm": "volunteers:run_hours"}
TOPICS = (*OF_ONE, *OF_SHIFTS, "cancel", "change", "end", "propose", "report")


def is_news(verb: str, data: Any) -> bool:
    """Of other places in a shift those hear alone who move up, and of one more shift nobody."""
    return verb != "change" or "was" in data or bool(data.get("changed"))


@handler("volunteers.activities", *(f"activity.{verb}" for verb in TOPICS), worth=is_news)
def tell(event: "Event", now: datetime) -> None:
    """Nobody is told of their own deed."""
    found = Activity.objects.select_related("unit", "team__leader").defer("unit__boundary")
    activity = found.get(pk=event.subject_id)
    if event.verb in OF_ONE:
        _tell_one(event, activity, now)
    elif event.verb == "report":
        _tell_issue(event, activity, now)
    elif event.verb in OF_SHIFTS or "was" in event.data:
        _tell_of_shift(event, activity, now)
    elif event.verb == "change":
        _tell_of_change(event, activity, now)
    else:
        people, key, more = _many(event, activity, now)
        _say(event, people, key, {**_facts(activity.starts_at, activity), **more}, activity, now)


@handler("volunteers.left", "volunteer.leave", "volunteer.erase")
def give_up_what_is_to_come(event: "Event", now: datetime) -> None:
    """Whoever has left frees the places for those who wait."""
    volunteer = Volunteer.objects.filter(pk=event.subject_id).exclude(state="active").first()
    if volunteer:
        drop_sign_ups(volunteer, now=now)


def _many(event: "Event", activity: Activity, now: datetime) -> tuple[list[int], str, dict[str, Any]]:
    """Whom this concerns, in which words, and what these name besides."""
    sign_ups = SignUp.objects.filter(activity=activity)
    if event.verb == "cancel":
        dropped = sign_ups.filter(state="cancelled", ended_at=event.occurred_at)
        return _users(dropped), "volunteers.called_off", {}
    leader = activity.team.leader if activity.team else None
    if event.verb == "end" and leader and leader.user_id:
        return [leader.user_id], "volunteers.to_hand_in", {}
    if event.verb == "end":
        organisers = addressees_of_many([activity.unit], RUNS, now)[key_of(activity.unit)]
        return [one.user_id for one in organisers], "volunteers.to_hand_in", {}
    (people,) = others_who_run([(activity.unit, event.actor_id)], now).values()
    return people, "volunteers.to_confirm", {"count": event.data["count"]}


def _tell_of_shift(event: "Event", activity: Activity, now: datetime) -> None:
    """Those who had a claim to a shift that was called off, or have one to a shift that was moved."""
    shift = Shift.objects.filter(pk=event.data["shift"]).first()
    if shift is None:
        return
    sign_ups, facts = SignUp.objects.filter(shift=shift), _facts(shift.starts_at, activity)
    if event.verb in OF_SHIFTS:
        dropped = sign_ups.filter(state="cancelled", ended_at=event.occurred_at)
        _say(event, _users(dropped), "volunteers.shift_off", facts, activity, now)
        return
    _say(event, _users(sign_ups.live()), "volunteers.retimed", facts | {"was": _was(event)}, activity, now)


def _tell_of_change(event: "Event", activity: Activity, now: datetime) -> None:
    """Those who have signed up for what lies ahead; what is over concerns nobody any more."""
    key = next(OF_CHANGES[name] for name in OF_CHANGES if name in event.data["changed"])
    ahead = activity.shifts.ahead(event.occurred_at).order_by("starts_at", "pk")
    people = _users(SignUp.objects.live().filter(shift__in=ahead.order_by().values("pk")))
    if people and (first := ahead.first()):
        _say(event, people, key, _facts(first.starts_at, activity), activity, now)


def _tell_one(event: "Event", activity: Activity, now: datetime) -> None:
    sign_up = SignUp.objects.select_related("shift", "volunteer").get(pk=event.data["sign_up"])
    key = OF_ONE[event.verb].get(event.data["as"])
    if key and sign_up.volunteer.user_id and sign_up.volunteer.state == "active":
        facts = _facts(sign_up.shift.starts_at, activity)
        if "was" in event.data:
            key, facts["was"] = "volunteers.clashes", _was(event)
        _say(event, [sign_up.volunteer.user_id], key, facts, activity, now)


def _tell_issue(event: "Event", activity: Activity, now: datetime) -> None:
    """Whoever has it now, unless the result stands in its timeline already."""
    found = Issue.objects.select_related("owner_unit", "owner_body").defer("owner_unit__boundary")
    issue = found.get(pk=event.data["issue"])
    owner = issue.owner_unit or issue.owner_body
    if event.data["noted"] or owner is None:
        return
    people = addressees_of_many([owner], "handle", now)[key_of(owner)]
    params = {"people": event.data["people"], "minutes": event.data["minutes"], "number": issue.number}
    link = reverse("issues:issue", args=[issue.code])
    told = [one.user_id for one in people if one.user_id != event.actor_id]
    notify(event, told, "volunteers.reported", params, link, now=now)


def _users(sign_ups: Any) -> list[int]:
    return list(sign_ups.exclude(volunteer__user=None).values_list("volunteer__user", flat=True))


def _facts(at: datetime, activity: Activity) -> dict[str, Any]:
    """Where and when, without the words of whoever wrote the title."""
    return {"unit": activity.unit.name, "on": _moment(at)}


def _was(event: "Event") -> str:
    """When a shift that was moved began before."""
    return _moment(datetime.fromisoformat(event.data["was"]))


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _say(
    event: "Event", people: Iterable[int], key: str, params: dict[str, Any], activity: Activity, now: datetime
) -> None:
    link = reverse(PAGE_OF.get(key, "volunteers:activity"), args=[activity.pk])
    notify(event, [pk for pk in people if pk != event.actor_id], key, params, link, now=now)
