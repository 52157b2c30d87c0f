"""The rules of who sees and who may touch an issue once more, slowly and in plain words, to compare with."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

from grids.models import Leave, Post, Unit
from grids.roles import ROLES
from issues.models import Callee, Concern, Decision, Issue, Part, Task

Place = tuple[str, int]
LEVELS = ("district_id", "street_id", "community_id", "grid_id", "building_id")


class Staff:
    """Who stands where at one moment: every post held or deputised for, read anew."""

    def __init__(self, now: datetime) -> None:
        self.now, today = now, timezone.localdate(now)
        self.units = {unit.pk: unit for unit in Unit.objects.defer("boundary")}
        away = {one.post_id for one in Leave.objects.filter(starts_at__lte=now, ends_at__gt=now)}
        self.held: dict[int, list[Post]] = {}
        self.deputised: dict[int, list[Post]] = {}
        for post in Post.objects.select_related("unit", "body").defer("unit__boundary").order_by("pk"):
            if post.starts_on <= today and (post.ends_on is None or today < post.ends_on):
                self.held.setdefault(post.user_id, []).append(post)
                if post.deputy_id:
                    self.deputised.setdefault(post.deputy_id, []).append(post)
                if post.deputy_id and post.pk in away:
                    self.held.setdefault(post.deputy_id, []).append(post)

    def sees(self, user: Any, issue: Issue, concerns: Iterable[Concern]) -> bool:
        """May this person read this issue?"""
        posts = self.held.get(user.pk, [])
        if issue.about_user_id == user.pk:
            return False
        registered = issue.registered_by_id == user.pk
        if registered and issue.source != "hotline":
            return True
        if any(self._is_about(issue, post) for post in [*posts, *self.deputised.get(user.pk, [])]):
            return False
        return (
            registered
            or any(self._overlooks(post, issue) for post in posts)
            or any(self._concerned(user, posts, one) for one in concerns if one.issue_id == issue.pk)
        )

    def _is_about(self, issue: Issue, post: Post) -> bool:
        """Does the complaint name where they stand or deputise, or what stands above that below the district?"""
        above = {pk for name, pk in post.place.lineage().items() if name != "district_id"}
        return (issue.about_unit_id in above and issue.about_unit_id is not None) or (
            issue.about_body_id is not None and issue.about_body_id == post.body_id
        )

    def _overlooks(self, post: Post, issue: Issue) -> bool:
        """Did it happen where this post looks?"""
        reads = ROLES[post.role].can & {"read_below", "own_building"}
        return bool(reads) and _looks_at(post) in {getattr(issue, level) for level in LEVELS} - {None}

    def _concerned(self, user: Any, posts: list[Post], concern: Concern) -> bool:
        if concern.user_id:
            return concern.user_id == user.pk
        if concern.body_id:
            return any(post.body_id == concern.body_id for post in posts)
        return any(
            _looks_at(post) == concern.unit_id and "read_below" in ROLES[post.role].can for post in posts
        )

    def with_a_part(self, issue: Issue, part: Part | None) -> set[int]:
        """Ids of those who stand (as deputy too) where it is now, was, or is asked for, or above one of these;
        and of whoever reported it themselves."""
        places = {place for party in parties(issue, part) for place in self._upwards(party)}
        found = {issue.registered_by_id} - {None}
        for posts in (self.held, self.deputised):
            found |= {user for user, theirs in posts.items() if any(_place(one) in places for one in theirs)}
        return found

    def _upwards(self, party: Any) -> Iterator[Place]:
        yield party._meta.model_name, party.pk
        above = party.parent_id if party._meta.model_name == "unit" else party.unit_id
        while above:
            yield "unit", above
            above = self.units[above].parent_id


def _looks_at(post: Post) -> int | None:
    """The unit of the post; of who dispatches at a centre the one that the centre belongs to."""
    at_centre = post.body is not None and post.body.kind == "centre" and "dispatch" in ROLES[post.role].can
    return post.body.unit_id if at_centre else post.unit_id


def _place(post: Post) -> Place:
    return ("unit", post.unit_id) if post.unit_id else ("body", post.body_id)


def parties(issue: Issue, part: Part | None) -> list[Any]:
    """Everybody whose business it is at this moment."""
    found: list[Any] = [
        *(issue.owner_unit, issue.owner_body, issue.keeper_unit, issue.keeper_body),
        *(issue.sender_unit, issue.sender_body, issue.check_unit),
    ]
    callees = [part] if isinstance(part, Callee) else list(Callee.objects.waiting().filter(issue=issue))
    tasks = [] if isinstance(part, Task) else list(Task.objects.waiting().filter(issue=issue))
    others: list[Any] = [part, *tasks] if part and not isinstance(part, Callee) else [*tasks]
    for one in [*callees, *others]:
        found += [one.unit, one.body, one.raised_to]
    if isinstance(part, Callee):
        found.append(part.whistle.caller)
    if isinstance(part, Decision):
        found += [part.asking_unit, part.asking_body]
    return [party for party in found if party is not None]
