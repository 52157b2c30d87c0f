"""What volunteers do about an issue, on its page: the activities that it led to with what came of them, and the way to
ask for one. It stands there whatever becomes of the issue, also where the result could not be noted in its timeline."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from issues.models import Issue
from issues.sections import DESK, PHONE, Link, Row, Section
from volunteers import asking
from volunteers.actions.homes import COLUMNS
from volunteers.actions.running import placed, runs_there
from volunteers.activities import STATE
from volunteers.models import Activity, Team
from volunteers.templatetags.volunteering import duration, period

# So many stand there, the latest first.
MOST = 20
SHOWN = ("title", "state", "starts_at", "ends_at", "result", "district", "street", "community", "grid")


def about_issue(issue: Issue, user: Any, now: datetime, face: str) -> Section | None:
    """The section for this reader. One query; one more on the phone for whoever does not run volunteering there, as
    long as one may ask: they may still lead a team."""
    found = Activity.objects.visible_to(user, now).filter(issue=issue.pk).with_result()
    found = found.only(*SHOWN).order_by("-starts_at", "-pk")[:MOST]
    rows = [_row(one, user, now, face) for one in found]
    links = [Link(_("Ask volunteers"), _form(issue, face))] if _may_ask(issue, user, now, face) else []
    return Section("volunteers", _("Volunteers"), rows, links) if rows or links else None


def runs_for(issue: Issue, user: Any, now: datetime) -> bool:
    """Does the person run volunteering where it would be done: at the issue's community, or what it has above that?"""
    return runs_there(user, {name: getattr(issue, name) for name in COLUMNS}, now)


def led_for(issue: Issue, user: Any) -> Any:
    """The teams of the issue's community that the person leads; with one of these they ask, too."""
    return Team.objects.open().led_by(user).filter(community=issue.community_id)


def _may_ask(issue: Issue, user: Any, now: datetime, face: str) -> bool:
    """As the action judges it. At a desk only those who run volunteering have a form for it."""
    if asking.refusal(issue):
        return False
    return runs_for(issue, user, now) or (face == PHONE and led_for(issue, user).exists())


def _form(issue: Issue, face: str) -> str:
    if face == DESK:
        return f"{reverse('admin:volunteers_activity_add')}?{urlencode({'issue': issue.number})}"
    return reverse("volunteers:ask", args=[issue.code])


def _row(one: Any, user: Any, now: datetime, face: str) -> Row:
    state, facts = STATE[one.state], [period(one)]
    if one.state == "settled":
        facts.append(_helped(one.people, one.minutes))
    if one.result:
        facts.append(one.result)
    return Row(one.title, _address(one, user, now, face), state.label, state.badge, facts)


def _helped(people: int, minutes: int) -> str:
    words = ngettext(
        "%(count)d volunteer has helped, %(time)s in all",
        "%(count)d volunteers have helped, %(time)s in all",
        people,
    )
    return words % {"count": people, "time": duration(minutes)}


def _address(one: Activity, user: Any, now: datetime, face: str) -> str:
    """At a desk the page of those who run it; else the one that everybody may read."""
    if face == DESK and runs_there(user, placed(one), now):
        return reverse("admin:volunteers_activity_change", args=[one.pk])
    return reverse("volunteers:activity", args=[one.pk])
