"""Where an example begins: a matter that has come some way already, so that what is rare comes up often."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from grids.actions.policies import set_policy
from grids.actions.posts import set_shift
from issues.actions import PERFORM
from issues.models import Callee, Decision, HotlineOrder, Issue, Part, Task
from issues.policies import matters
from tests.builders import CONTACT, Town
from tests.issues.acting import USUAL
from tests.issues.any_order.surroundings import ITEM


class Opening:
    """`do("sign", issue, "grid_worker")`, at the town's own time."""

    def __init__(self, town: Town) -> None:
        self.town, self.now = town, town.now

    def do(self, verb: str, subject: Issue | Part, who: str | None, **inputs: Any) -> Any:
        by = self.town.people[who] if who else None
        return PERFORM[verb](subject, by=by, now=self.now, **(USUAL.get(verb, {}) | inputs))

    def decide(self, key: str, value: dict[str, Any]) -> None:
        set_policy(self.town.district, key, value, by=None, now=self.now, reason="演示:试行")

    def handling(self, category: str, who: str) -> Issue:
        return self.do("sign", self.town.report(category), who)


def reported(start: Opening) -> None:
    start.town.report("litter")
    start.town.report("other")


def two_alike(start: Opening) -> None:
    start.handling("noise", "community_worker")
    start.handling("noise", "community_secretary")


def tough(start: Opening) -> None:
    issue = start.handling("road", "street_leader")
    called = {"kind": "tough", "bodies": [start.town.department, start.town.office]}
    start.do("whistle", issue, "street_leader", **called)
    for callee in Callee.objects.filter(issue=issue).order_by("pk"):
        who = "body_officer" if callee.body == start.town.department else "office_officer"
        start.do("acknowledge", callee, who)


def planned(start: Opening) -> None:
    tough(start)
    start.do("plan", Callee.objects.filter(is_lead=True).latest("pk"), "body_officer")


def merged(start: Opening) -> None:
    two_alike(start)
    main, other = Issue.objects.order_by("pk")[:2]
    start.do("merge", other, "community_worker", main=main)


def from_the_hotline(start: Opening) -> None:
    deadline, by = start.now + timedelta(days=5), start.town.people["district_dispatcher"]
    issue = start.town.report("other", source="hotline", by=by, on_behalf=True, deadline=deadline)
    HotlineOrder.objects.create(issue=issue, district=start.town.district, number="D0", deadline_at=deadline)


def reviewed(start: Opening) -> None:
    issue = start.handling("noise", "community_worker")
    start.do(
        "whistle", issue, "community_worker", kind="tough", bodies=[start.town.office, start.town.posted]
    )


def arrived(start: Opening) -> None:
    """One who was called is there, and only has to say that it is done."""
    issue = start.handling("noise", "community_worker")
    start.do("whistle", issue, "community_worker", kind="quick", bodies=[start.town.office])
    start.do("report_in", Callee.objects.get(issue=issue), "office_officer")


def by_roster(start: Opening) -> None:
    """An emergency, and two on duty at the office."""
    for rank, who in enumerate(("office_officer", "office_head"), start=1):
        post, until = start.town.posts[who], start.now + timedelta(days=60)
        set_shift(post, starts_at=start.now, ends_at=until, by=None, now=start.now, rank=rank)
    issue = start.handling("noise", "community_worker")
    start.do("whistle", issue, "community_worker", kind="emergency", bodies=[start.town.office])


def shared(start: Opening) -> None:
    issue = start.handling("road", "street_leader")
    start.do("split", issue, "street_leader", units=[start.town.community], bodies=[start.town.office])


def in_parts(start: Opening) -> None:
    """Two sub-tasks: one is being worked on, one has just come."""
    shared(start)
    start.do("take_task", Task.objects.get(body=start.town.office), "office_officer")


def suspended(start: Opening) -> None:
    issue = start.handling("noise", "community_worker")
    asked = start.do("ask_suspension", issue, "community_worker", cause="season", until=date(2026, 4, 7))
    start.do("grant", asked, "street_leader")


def asked_for(start: Opening) -> None:
    issue = start.handling("noise", "community_worker")
    start.do("ask_extension", issue, "community_worker", until=date(2026, 3, 16))
    start.do("ask_info", issue, "community_worker")


def supervised(start: Opening) -> None:
    """By letter, of a result that the reporter may still rate."""
    issue = start.handling("noise", "community_worker")
    start.do("submit_result", issue, "community_worker")
    start.do("supervise", issue, "supervisor", until=date(2026, 3, 20))


def parts_supervised(start: Opening) -> None:
    """A letter to one who was called, and one to whoever has a sub-task."""
    arrived(start)
    start.do("supervise_callee", Callee.objects.latest("pk"), "supervisor", until=date(2026, 3, 16))
    in_parts(start)
    start.do("supervise_task", Task.objects.latest("pk"), "supervisor", until=date(2026, 3, 13))


def at_a_body(start: Opening) -> None:
    issue = start.town.report("permit")
    start.do("dispatch", issue, "district_dispatcher", body=start.town.department)
    start.do("sign", issue, "body_officer")
    start.do("submit_result", issue, "body_officer")
    assert Decision.objects.waiting().filter(issue=issue, kind="reply").exists()


def to_be_checked(start: Opening) -> None:
    start.do("submit_result", start.handling("fire", "grid_worker"), "grid_worker")


def disputed(start: Opening) -> None:
    issue = start.handling("noise", "community_worker")
    start.do("submit_result", issue, "community_worker")
    start.do("rate", issue, None, answered=True, solved=False, satisfied=False)


def to_be_called_back(start: Opening) -> None:
    issue = start.town.report("noise", contact=CONTACT)
    start.do("sign", issue, "community_worker")
    start.do("submit_result", issue, "community_worker")


def ended(start: Opening) -> None:
    issue = start.handling("noise", "community_worker")
    start.do("submit_result", issue, "community_worker")
    start.do("rate", issue, None, answered=True, solved=True, satisfied=True)


def rejected(start: Opening) -> None:
    start.do("reject", start.town.report("other"), "community_worker")


def sent_down(start: Opening) -> None:
    issue = start.handling("road", "street_leader")
    start.do("dispatch", issue, "street_leader", unit=start.town.community)


def kept_from_grids(start: Opening) -> None:
    """What follows a grid's own matter is none of a grid's; another, and a result, had been before the list said so."""
    grid = start.town.grid
    start.decide(matters.DUTY_LIST.key, {})
    main = start.handling("litter", "grid_worker")
    start.do("merge", start.handling("noise", "community_worker"), "community_worker", main=main)
    given = start.do("dispatch", start.handling("noise", "community_worker"), "community_worker", unit=grid)
    start.do("submit_result", start.do("sign", given, "grid_worker"), "grid_worker")
    start.do("dispatch", start.handling("noise", "community_worker"), "community_worker", unit=grid)
    start.decide(matters.DUTY_LIST.key, {"no": ITEM | {"state": "banned", "categories": ["noise"]}})


def danger_at_a_grid(start: Opening) -> None:
    """It is asked to be dropped; what it is instead may be none of a grid's."""
    start.decide(matters.DUTY_LIST.key, {"no": ITEM | {"state": "banned", "categories": ["noise"]}})
    instead = start.town.categories["noise"]
    start.do("ask_all_clear", start.handling("fire", "grid_worker"), "grid_worker", category=instead)


OPENINGS: tuple[Callable[[Opening], None], ...] = (
    *(
        reported,
        two_alike,
        merged,
        from_the_hotline,
        tough,
        planned,
        reviewed,
        arrived,
        by_roster,
        shared,
        in_parts,
        suspended,
    ),
    *(
        asked_for,
        supervised,
        parts_supervised,
        at_a_body,
        to_be_checked,
        disputed,
        to_be_called_back,
        ended,
        rejected,
        sent_down,
        kept_from_grids,
        danger_at_a_grid,
    ),
)
