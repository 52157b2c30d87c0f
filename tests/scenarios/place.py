"""A small real corner of one of the five districts, and the ways in which a scenario goes on there.

The units down to the community are those of the list that is shipped (grids/data), brought in by the same import
as in production; grids, buildings and people are fictional. Whatever happens to a matter happens through an action
(issues.actions.PERFORM), the REST API or a page; what is read is read in Chinese.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from re import sub
from typing import Any

import pytest
from django.db.models import Min
from django.test import Client
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import User
from calendars.actions import load_calendar
from calendars.querysets import DEFAULT_NAME
from calendars.rows import packaged_rows
from grids.actions.bodies import add_body
from grids.actions.importer import DIVISIONS, import_units
from grids.actions.policies import set_policy
from grids.actions.posts import appoint, set_shift
from grids.models import Body, Post, Unit
from grids.sheets import decode, read_sheet
from grids.standing import forget_standings
from issues.actions import PERFORM, report_issue
from issues.actions.categories import load_categories
from issues.actions.categories import packaged_rows as packaged_categories
from issues.actions.escalate import sweep_once
from issues.districts import forget_rules
from issues.models import Callee, Category, Deadline, Decision, Issue, Part
from issues.models.clock import OF_ISSUE
from issues.timeline import timeline
from issues.views.follow import follow_link
from issues.worktimes import forget_worktimes
from notices.actions import fan_out_once
from notices.models import Notice
from tests.faces import send
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import Refused

CHINESE = {"accept-language": "zh-hans"}
YEAR = 2026
# (number, kind as a sheet writes it, name)
Grid = tuple[int, str, str]


def at(text: str) -> datetime:
    """ "03-10 14:30" in Shanghai, of the year of the scenarios."""
    found = parse_datetime(f"{YEAR}-{text}+08:00")
    assert found is not None
    return found


LONG_AGO = at("01-05 10:00")


@dataclass
class Place:
    """`place["北大街社区"]` is a unit or body by its name; people are known by theirs."""

    now: datetime
    monkeypatch: pytest.MonkeyPatch
    named: dict[str, Unit | Body] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    told_up_to: int = 0

    def __post_init__(self) -> None:
        self.monkeypatch.setattr("django.utils.timezone.now", lambda: self.now)

    def __getitem__(self, name: str) -> Any:
        return self.named[name]

    # --- who is there ---

    def body(self, name: str, kind: str, home: str) -> Body:
        """A department, squad, firm … of a unit."""
        code = f"{kind}-{len(self.named)}"
        self.named[name] = add_body(self[home], kind=kind, code=code, name=name, by=None, now=LONG_AGO)
        return self[name]

    def post(self, person: str, role: str, where: str) -> Post:
        """Put somebody in a post of a unit or body."""
        party = self[where]
        self.posts[person] = appoint(
            self.person(person),
            role=role,
            by=None,
            now=LONG_AGO,
            **{party._meta.model_name: party},
        )
        return self.posts[person]

    def person(self, name: str) -> User:
        if name not in self.people:
            self.people[name] = User.objects.create_user(name, display_name=name)
        return self.people[name]

    def on_duty(self, person: str, rank: int, since: str, until: str) -> None:
        """On the roster (值班表) of the place of the post, as number `rank`."""
        set_shift(
            self.posts[person], starts_at=at(since), ends_at=at(until), rank=rank, by=None, now=LONG_AGO
        )

    # --- what happens ---

    def report(self, category: str, where: str, text: str, **more: Any) -> Issue:
        """Somebody reports; a resident without sign-in, unless `by` names a person."""
        by = self.people[more.pop("by")] if "by" in more else None
        found = Category.objects.get(key=category)
        return report_issue(place=self[where], category=found, text=text, by=by, now=self.now, **more)

    def do(self, person: str | None, verb: str, subject: Issue | Part, **inputs: Any) -> Issue:
        """Somebody does it (`None`: the reporter, by the follow link); answers the issue as it is then."""
        by = self.people[person] if person else None
        PERFORM[verb](subject, by=by, now=self.now, **inputs)
        check_invariants(self.now)
        return fresh(subject)

    def decide(self, policy: str, where: str, value: dict[str, Any], why: str) -> None:
        """The district (or street) sets a rule of its own, from now on."""
        set_policy(self[where], policy, value, by=None, now=self.now, reason=why)

    def refused(self, person: str, verb: str, subject: Issue | Part, **inputs: Any) -> str:
        """It is refused, and leaves no trace; the code that says why."""
        before = Event.objects.count()
        with pytest.raises(Refused) as caught:
            PERFORM[verb](subject, by=self.people[person], now=self.now, **inputs)
        assert Event.objects.count() == before
        return caught.value.code

    def on_phone(self, person: str, verb: str, issue: Issue, **answers: Any) -> Issue:
        """Somebody does it on their phone, in the form that the issue's page gives them for it."""
        client = self.browser(person)
        page = client.get(reverse("issues:issue", args=[issue.code]))
        answer = send(client, page, verb, **answers)
        assert answer.status_code == 302, read(answer)
        check_invariants(self.now)
        return fresh(issue)

    def by_program(self, person: str, verb: str, path: str, **body: Any) -> dict[str, Any]:
        """A program does it in somebody's name; answers the issue as the API tells it."""
        answer = self.api(person).post(f"/api/v1/{path}/{verb}/", body, format="json")
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def go_to(self, text: str) -> datetime:
        """Time passes until then, and whoever watches the clocks looks at each as it is due."""
        until = at(text)
        while due := Deadline.objects.open().filter(due_at__lte=until).aggregate(next=Min("due_at"))["next"]:
            self.now = max(self.now, due)
            assert sweep_once(now=self.now), "what is due fires"
        self.now = until
        check_invariants(self.now)
        return self.now

    # --- what is seen ---

    def callee(self, issue: Issue, name: str) -> Callee:
        """Whoever of this name was called, newest."""
        party = self[name]
        return Callee.objects.filter(issue=issue, **{party._meta.model_name: party}).latest("pk")

    def asked(self, issue: Issue, kind: str) -> Decision:
        """The decision of this kind that is open."""
        return Decision.objects.waiting().get(issue=issue, kind=kind)

    def told(self) -> dict[str, list[str]]:
        """Name → what they read in their inbox since this was asked last."""
        while fan_out_once(now=self.now):
            pass
        found: dict[str, list[str]] = {}
        new = Notice.objects.filter(pk__gt=self.told_up_to, channel="inbox").select_related("recipient")
        for row in new.order_by("pk"):
            found.setdefault(str(row.recipient), []).append(row.words)
            self.told_up_to = row.pk
        return found

    def page_of(self, issue: Issue) -> str:
        """What the reporter reads under the follow link."""
        return read(Client(headers=CHINESE).get(follow_link(issue)))

    def list_of(self, person: str, key: str, **query: str) -> list[dict[str, str]]:
        """The rows of one of the lists (清单) or of the board, as somebody reads them: column → cell."""
        response = self.browser(person).get(reverse(f"desk:list_{key}"), query)
        assert response.status_code == 200, read(response)
        columns = [str(column.label) for column in response.context["table"].columns]
        return [dict(zip(columns, row.cells, strict=True)) for row, _cells in response.context["rows"]]

    def browser(self, person: str) -> Client:
        user = self.people[person]
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        client = Client(headers=CHINESE)
        client.force_login(self.people[person], backend="grids.backends.PostBackend")
        return client

    def api(self, person: str) -> APIClient:
        """A program that calls in somebody's name."""
        _row, token = AuthToken.objects.create(self.people[person])
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE="zh-hans")
        return client


def corner(
    monkeypatch: pytest.MonkeyPatch,
    *codes: str,
    grids: Sequence[Grid],
    buildings: Sequence[str],
    now: str,
) -> Place:
    """The units with these codes of the shipped list; in the last one these grids, in the first grid these
    buildings. The clock stands at `now`."""
    load_calendar(DEFAULT_NAME, packaged_rows(), by=None, now=LONG_AGO)
    load_categories(packaged_categories(), by=None, now=LONG_AGO)
    for forget in (forget_worktimes, forget_rules, forget_standings):
        forget()
    import_units(read_sheet(_sheet(codes, grids, buildings)), by=None, now=LONG_AGO)
    units: dict[str, Unit | Body] = {unit.name: unit for unit in Unit.objects.all()}
    return Place(at(now), monkeypatch, named=units)


def _sheet(codes: Sequence[str], grids: Sequence[Grid], buildings: Sequence[str]) -> str:
    """The lines of the shipped list that are wanted, and ours below them."""
    header, *lines = decode(DIVISIONS.read_bytes()).splitlines()
    community = codes[-1]
    ours = [f"{community}{number:03},{kind},{name},{community}," for number, kind, name in grids]
    home = f"{community}{grids[0][0]:03}"
    ours += [f"{community}{n:05},building,{name},{home}," for n, name in enumerate(buildings, start=1)]
    return "\n".join([header, *(line for line in lines if line.partition(",")[0] in codes), *ours])


def fresh(subject: Issue | Part) -> Issue:
    """The issue that it is, or is part of, as it is now."""
    return Issue.objects.get(pk=subject.pk if isinstance(subject, Issue) else subject.issue_id)


def labels(unit: Unit) -> list[tuple[str, str]]:
    """What the levels above this unit are called here, with its own: (level, Party body), from the top."""
    line = [unit]
    while line[0].parent:
        line.insert(0, line[0].parent)
    return [(one.label(), one.party_label()) for one in line]


def clocks(subject: Issue | Part) -> dict[str, datetime]:
    """Running clocks and when each ends: of the issue itself, or of this part of it."""
    running = Deadline.objects.open()
    if isinstance(subject, Issue):
        running = running.filter(OF_ISSUE, issue=subject)
    else:
        running = running.filter(**{subject._meta.model_name: subject})
    return dict(running.values_list("clock", "limit_at"))


def staff_reads(issue: Issue) -> list[str]:
    """The timeline in the words of the staff."""
    return [line.words for line in timeline(issue)]


def reporter_reads(issue: Issue) -> list[str]:
    """The timeline in the words of the reporter."""
    return [line.words for line in timeline(issue, resident=True)]


def read(response: Any) -> str:
    """The text of a page."""
    assert response.status_code == 200, response.content.decode()[:2000]
    return sub(r"\s+", " ", unescape(sub(r"<[^>]+>", " ", response.content.decode())))
