"""What was solved in a community lately, for everybody, as an Atom feed: category, grid and days, nothing of persons."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.secrets import keyed_hash
from grids.models import Unit
from issues.kinds import ONLY_COMMUNITY
from issues.models import Issue

MOST = 50
SINCE = timedelta(days=90)
MOST_AGE = 900


class SolvedFeed(Feed):
    """Of one community. Complaints about somebody, disputes and what is not offered to residents never stand here."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, code: str) -> Unit:
        found = Unit.objects.open().filter(code=code, kind="community").defer("boundary").first()
        if found is None:
            raise Http404
        return found

    def title(self, unit: Unit) -> str:
        return _("Solved in %(place)s") % {"place": unit.name}

    subtitle = title

    def link(self, unit: Unit) -> str:
        return reverse("issues:place", args=[unit.code])

    def feed_guid(self, unit: Unit) -> str:
        return f"urn:gezhi:solved:{unit.code}"

    def items(self, unit: Unit) -> Iterable[Issue]:
        ended = Issue.objects.for_everybody().filter(community=unit, state="closed", outcome="solved")
        found = ended.filter(resolved_at__gte=timezone.now() - SINCE).order_by("-resolved_at", "-pk")
        shown = found.select_related("category__parent", "grid").defer("grid__boundary")
        return shown[:MOST]

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


def _grid_of(issue: Any) -> str:
    """The grid by name, where that does not say who it was."""
    category = issue.category
    personal = ONLY_COMMUNITY & {category.key, category.parent.key if category.parent else ""}
    return "" if personal or issue.grid is None else issue.grid.name


def _day_of(moment: datetime) -> datetime:
    """To the day: the minute would say who was there."""
    return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
