"""What was solved in a community lately, for everybody, as a page and as an Atom feed: category, grid and days.

Nothing of persons, and no words: what staff wrote is addressed to the reporter, and nobody has read it for everybody.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.syndication.views import Feed
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.secrets import decrypt, encrypt, keyed_hash
from calendars.midnight import midnight
from grids.models import Unit
from issues.kinds import ONLY_COMMUNITY
from issues.models import Issue

MOST = 50
SINCE = timedelta(days=90)
MOST_AGE = 900
PER_PAGE = 20
# What a page's mark begins with once it is opened: other things are encrypted with the same keys.
PURPOSE = "solved:"
LONGEST_MARK = 300


@dataclass(frozen=True)
class Solved:
    """One line of the page: of what sort, in which grid ("" where that says who it was), from when to when."""

    category: str
    grid: str
    reported_at: datetime
    ended_at: datetime


def solved_in(unit: Unit, now: datetime) -> Any:
    """What everybody is told of, newest first. Complaints about somebody, disputes and what is not offered to residents
    are never among it."""
    ended = Issue.objects.for_everybody().filter(community=unit, state="closed", outcome="solved")
    found = ended.filter(resolved_at__gte=now - SINCE).order_by("-resolved_at", "-pk")
    return found.select_related("category__parent", "grid").defer("grid__boundary")


def _community(code: str) -> Unit:
    found = Unit.objects.open().filter(code=code, kind="community").defer("boundary").first()
    if found is None:
        raise Http404
    return found


class SolvedAtom(Atom1Feed):
    """One that is empty was changed last when its community came about: now would be another answer every second."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else self.feed["begun"]


class SolvedFeed(Feed):
    """Of one community."""

    feed_type = SolvedAtom

    def get_object(self, request: HttpRequest, code: str) -> Unit:
        return _community(code)

    def title(self, unit: Unit) -> str:
        return _("Solved in %(place)s") % {"place": unit.name}

    subtitle = title

    def author_name(self, unit: Unit) -> str:
        return unit.name

    def feed_extra_kwargs(self, unit: Unit) -> dict[str, Any]:
        return {"begun": _day_of(unit.created_at)}

    def link(self, unit: Unit) -> str:
        return reverse("issues:solved_page", args=[unit.code])

    def feed_guid(self, unit: Unit) -> str:
        return f"urn:gezhi:solved:{unit.code}"

    def items(self, unit: Unit) -> Iterable[Issue]:
        return solved_in(unit, timezone.now())[:MOST]

    def item_title(self, issue: Any) -> str:
        parts = [issue.category.label, _grid_of(issue)]
        return " · ".join(part for part in parts if part)

    def item_description(self, issue: Any) -> str:
        reported, ended = (
            f"{timezone.localtime(at):%Y-%m-%d}" for at in (issue.reported_at, issue.resolved_at)
        )
        return _("Reported on %(reported)s, solved on %(ended)s.") % {"reported": reported, "ended": ended}

    def item_link(self, issue: Any) -> str:
        return reverse("issues:resident")

    def item_guid(self, issue: Any) -> str:
        """Names it without saying which one it is: with its code one could follow it."""
        return f"urn:gezhi:solved:{keyed_hash(str(issue.pk), purpose='solved')[:32]}"

    def item_pubdate(self, issue: Any) -> datetime:
        return _day_of(issue.resolved_at)

    item_updateddate = item_pubdate


@require_safe
def feed(request: HttpRequest, code: str) -> HttpResponse:
    """The feed; readers that have it already get a 304."""
    answer = SolvedFeed()(request, code)
    answer["ETag"] = f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
    patch_cache_control(answer, public=True, max_age=MOST_AGE)
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """The same for reading, page by page: `before` is the mark of the last line of the page before."""
    unit = _community(code)
    rows = solved_in(unit, timezone.now())
    if "before" in request.GET:
        rows = rows.filter(_before(request.GET["before"]))
    found = list(rows[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    context = {
        "unit": unit,
        "rows": [
            Solved(one.category.label, _grid_of(one), one.reported_at, one.resolved_at) for one in shown
        ],
        "more": _mark(shown[-1]) if len(found) > PER_PAGE else "",
        "first": "before" not in request.GET,
        "days": SINCE.days,
    }
    return render(request, "issues/solved.html", context)


def _mark(issue: Any) -> str:
    """Where the next page begins. Encrypted: number and minute would say which one it is, and who was there."""
    return encrypt(f"{PURPOSE}{issue.resolved_at.isoformat()} {issue.pk}").rstrip("=")


def _before(mark: str) -> Q:
    """What comes behind that line; a mark that we did not make leads nowhere."""
    try:
        if not mark.isascii() or len(mark) > LONGEST_MARK:
            raise ValueError(mark)
        told = decrypt(mark + "=" * (-len(mark) % 4))
        at, pk = told.removeprefix(PURPOSE).split(" ")
        if not told.startswith(PURPOSE):
            raise ValueError(mark)
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise Http404 from error
    return Q(resolved_at__lt=moment) | Q(resolved_at=moment, pk__lt=int(pk))


def _grid_of(issue: Any) -> str:
    """The grid by name, where that does not say who it was."""
    category = issue.category
    personal = ONLY_COMMUNITY & {category.key, category.parent.key if category.parent else ""}
    return "" if personal or issue.grid is None else issue.grid.name


def _day_of(moment: datetime) -> datetime:
    """To the day: the minute would say who was there."""
    return midnight(moment)
