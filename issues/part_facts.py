"""What the rules need to know of those who are called and of sub-tasks. Reads; decides nothing."""

from datetime import datetime
from typing import Any

from grids.lineage import key_of
from grids.models import Body, Unit
from grids.roles import ON_DUTY
from grids.standing import Standing
from issues.districts import rules_of
from issues.lifecycle import CALLEE_ENDED, VERB
from issues.models import Callee

PLANNED_FROM = VERB["plan"].from_states


def works_at(standing: Standing, party: Unit | Body) -> bool:
    """Is the person one of those there who do what is asked of it? Not a supervisor, who only looks."""
    here = key_of(party)
    return any(one.stands_at == here and bool(one.can & ON_DUTY) for one in standing.positions)


def facts_of_callee(callee: Callee, now: datetime) -> dict[str, Any]:
    """The plan is asked for only of whoever makes it, the power only where it is about to be used."""
    whistle, left = callee.whistle, []
    if whistle.kind == "tough" and callee.is_lead and callee.state in PLANNED_FROM:
        left = [stage.done_at for stage in whistle.stages.all()]
    body = callee.body if callee.state in CALLEE_ENDED else None
    posted = body if body is not None and body.kind == "posted" else None
    return {
        "kind": whistle.kind,
        "lead": callee.is_lead,
        "acknowledged": callee.acknowledged_at is not None,
        "judged": bool(callee.validity),
        "rated": bool(callee.verdict),
        "rateable": posted is None or "rate" in rules_of(posted.district_id, now).powers,
        "met": whistle.met_at is not None,
        "planned": bool(left),
        "stages_left": left.count(None),
    }
