"""How issues are written in answers: what the serializers of read.py describe, by hand.

Field by field a page of twenty costs three times as much, and one issue with its history four times; tests
hold both alike.
"""

from collections.abc import Callable, Container
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.secrets import mask_phone
from grids.api.fields import party
from grids.models import Body, Unit
from issues.api import words
from issues.hotline.again import Round
from issues.hotline_page import OrderPage
from issues.models import Alert, Attachment, Category, Deadline, Issue, Rating, Reporter
from issues.timeline import Line
from trail.api.fields import word

PLACES = ("district", "street", "community", "grid", "building")


# Name of a field → its value, in the order of IssueRowSerializer.
ROW: dict[str, Callable[[Issue, datetime], Any]] = {
    "code": lambda issue, now: issue.code,
    "number": lambda issue, now: issue.number,
    "version": lambda issue, now: issue.version,
    "state": lambda issue, now: word(words.state_words, issue.state),
    "source": lambda issue, now: word(words.source_words, issue.source),
    "kind": lambda issue, now: word(words.kind_words, issue.kind),
    "category": lambda issue, now: _category(issue.category),
    "is_danger": lambda issue, now: issue.is_danger,
    "text": lambda issue, now: issue.text,
    "place": lambda issue, now: _place(issue),
    "owner": lambda issue, now: somebody(issue.owner),
    "open_whistles": lambda issue, now: issue.open_whistles,
    "outcome": lambda issue, now: word(words.outcome_words, issue.outcome),
    "due_at": lambda issue, now: written(issue.due_at),
    "due_provisional": lambda issue, now: issue.due_provisional,
    "is_overdue": lambda issue, now: is_overdue(issue, now),
    "promised_at": lambda issue, now: written(issue.promised_at),
    "reported_at": lambda issue, now: written(issue.reported_at),
    "closed_at": lambda issue, now: written(issue.closed_at),
}


def row(issue: Issue, now: datetime, asked: Container[str] | None = None) -> dict[str, Any]:
    """IssueRowSerializer; `asked`: these fields alone."""
    return {name: tell(issue, now) for name, tell in ROW.items() if asked is None or name in asked}


def _place(issue: Issue) -> dict[str, Any]:
    return {
        "code": issue.place_code,
        "label": issue.place_label,
        "spot": issue.spot,
        "lon": issue.lon,
        "lat": issue.lat,
    }


def whole(sheet: Any, user: Any, now: datetime) -> dict[str, Any]:
    """IssueSerializer."""
    issue = sheet.issue
    return row(issue, now) | {
        "lineage": {name: _code(getattr(issue, name)) for name in PLACES},
        "hotline": _hotline(sheet.hotline) if sheet.hotline else None,
        "alert": _alert(sheet.alert) if sheet.alert else None,
        "keeper": somebody(sheet.keeper),
        "about": somebody(sheet.about),
        "about_person": sheet.about_person,
        "proposed": somebody(sheet.proposed),
        "leader": sheet.leader,
        "on_behalf": issue.on_behalf,
        "is_mine": issue.registered_by_id == user.pk,
        "disputed": issue.disputed,
        "redo_count": issue.redo_count,
        "received_at": written(issue.received_at),
        "assigned_at": written(issue.assigned_at),
        "signed_at": written(issue.signed_at),
        "contacted_at": written(issue.contacted_at),
        "resolved_at": written(issue.resolved_at),
        "answers": issue.answers,
        "clocks": [_clock(one) for one in sheet.clocks],
        "whistles": [_whistle(one) for one in sheet.whistles],
        "tasks": [_task(one) for one in sheet.tasks],
        "decisions": [_decision(one) for one in sheet.decisions],
        "timeline": [_line(one) for one in sheet.timeline],
        "ratings": [_rating(one) for one in sheet.ratings],
        "reporter": _reporter(sheet.reporter) if sheet.reporter else None,
        "allowed": sheet.allowed,
    }


def _hotline(page: OrderPage) -> dict[str, Any]:
    return {
        "number": page.number,
        "nature": word(words.nature_words, page.order.nature),
        "related": [
            *({"number": one.hotline.number, "issue": one.code} for one in page.related),
            *({"number": number, "issue": None} for number in page.unknown),
        ],
        "dispatched_at": written(page.order.dispatched_at),
        "deadline_at": written(page.order.deadline_at),
        "round": page.round,
        "earlier": [_round(one) for one in page.earlier],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "key": alert.dedupe_key,
        "severity": word(words.severity_words, alert.severity),
        "thing": alert.thing,
        "count": alert.count,
        "last_at": written(alert.last_at),
    }


def _round(one: Round) -> dict[str, Any]:
    return {
        "number": one.number,
        "dispatched_at": written(one.dispatched_at),
        "deadline_at": written(one.deadline_at),
        "ended_at": written(one.ended_at),
        "outcome": word(words.round_words, one.outcome),
    }


def _clock(deadline: Deadline) -> dict[str, Any]:
    return {
        "clock": word(words.clock_words, deadline.clock),
        "due_at": written(deadline.limit_at),
        "provisional": deadline.provisional,
    }


def _whistle(sheet: Any) -> dict[str, Any]:
    return {
        "kind": word(words.whistle_words, sheet.kind),
        "caller": somebody(sheet.caller),
        "called_at": written(sheet.called_at),
        "remote_ok": sheet.remote_ok,
        "reviewed_at": written(sheet.reviewed_at),
        "met_at": written(sheet.met_at),
        "finished_at": written(sheet.finished_at),
        "stages": [_stage(one) for one in sheet.plan],
        "callees": [_callee(one) for one in sheet.callees],
    }


def _stage(stage: Any) -> dict[str, Any]:
    return {
        "number": stage.number,
        "text": stage.text,
        "due_at": written(stage.due_at),
        "done_at": written(stage.done_at),
    }


def _callee(sheet: Any) -> dict[str, Any]:
    callee = sheet.part
    return {
        "id": callee.pk,
        "party": somebody(callee.party),
        "is_lead": callee.is_lead,
        "state": word(words.callee_state_words, callee.state),
        "raised_to": somebody(callee.raised_to),
        "due_at": written(callee.due_at),
        "clocks": [_clock(one) for one in sheet.clocks],
        "mode": word(words.mode_words, callee.mode),
        "acknowledged_at": written(callee.acknowledged_at),
        "reported_in_at": written(callee.reported_in_at),
        "done_at": written(callee.done_at),
        "ended_at": written(callee.ended_at),
        "chased_at": written(callee.chased_at),
        "verdict": word(words.verdict_words, callee.verdict if sheet.inside else ""),
        "validity": word(words.validity_words, callee.validity if sheet.inside else ""),
        "allowed": sheet.allowed,
    }


def _task(sheet: Any) -> dict[str, Any]:
    task = sheet.part
    return {
        "id": task.pk,
        "party": somebody(task.party),
        "state": word(words.task_state_words, task.state),
        "raised_to": somebody(task.raised_to),
        "due_at": written(task.due_at),
        "limit_at": written(task.limit_at),
        "clocks": [_clock(one) for one in sheet.clocks],
        "given_at": written(task.given_at),
        "signed_at": written(task.signed_at),
        "ended_at": written(task.ended_at),
        "chased_at": written(task.chased_at),
        "allowed": sheet.allowed,
    }


def _decision(sheet: Any) -> dict[str, Any]:
    decision = sheet.part
    return {
        "id": decision.pk,
        "kind": word(words.decision_words, decision.kind),
        "party": somebody(decision.party),
        "asker": somebody(decision.asker),
        "state": word(words.decision_state_words, decision.state),
        "raised_to": somebody(decision.raised_to),
        "until": written(decision.until),
        "cause": word(words.cause_words, decision.cause),
        "outcome": word(words.outcome_words, decision.outcome),
        "text": decision.text,
        "category": _category(decision.category) if decision.category_id else None,
        "letter": decision.number,
        "callee": decision.callee_id,
        "task": decision.task_id,
        "due_at": written(decision.due_at),
        "clocks": [_clock(one) for one in sheet.clocks],
        "asked_at": written(decision.asked_at),
        "ended_at": written(decision.ended_at),
        "allowed": sheet.allowed,
    }


def _category(category: Category) -> dict[str, Any]:
    return {"key": category.key, "label": category.label}


def _line(line: Line) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "verb": line.verb,
        "words": line.words,
        "who": line.who,
        "at": written(line.at),
        "recorded_at": written(line.recorded_at),
        "notes": [{"text": note.text, "internal": note.internal} for note in line.notes],
        "photos": [_photo(photo) for photo in line.photos],
    }


def _photo(photo: Attachment) -> dict[str, Any]:
    return {
        "url": photo_url(photo),
        "width": photo.width,
        "height": photo.height,
        "size": photo.size,
        "internal": photo.internal,
    }


def _rating(rating: Rating) -> dict[str, Any]:
    return {
        "round": rating.round,
        "answered": rating.answered,
        "solved": rating.solved,
        "satisfied": rating.satisfied,
        "source": rating.source,
        "reasons": rating.reasons,
        "rated_at": written(rating.rated_at),
    }


def _reporter(reporter: Reporter) -> dict[str, Any]:
    return {"name": masked_name(reporter), "phone": mask_phone(reporter.phone)}


def masked_name(reporter: Reporter) -> str:
    return f"{reporter.name[:1]}**" if reporter.name else ""


def photo_url(photo: Attachment) -> str:
    return reverse("issues_api:attachment", args=[photo.pk])


def somebody(one: Unit | Body | None) -> dict[str, str] | None:
    return party(one) if one else None


def is_overdue(issue: Issue, now: datetime) -> bool:
    return issue.due_at is not None and issue.due_at < now


def written(moment: datetime | None) -> str | None:
    """With its offset, as DRF writes it."""
    return timezone.localtime(moment).isoformat() if moment else None


def _code(unit: Unit | None) -> str | None:
    return unit.code if unit else None


# --- one part by itself -----------------------------------------------------------------------------------
def named(issue: Issue) -> dict[str, str]:
    """How the issue of a part is named."""
    return {"code": issue.code, "number": issue.number}


def whistle_alone(sheet: Any, issue: Issue) -> dict[str, Any]:
    return {"id": sheet.pk, "issue": named(issue)} | _whistle(sheet)


def part_alone(sheet: Any, issue: Issue) -> dict[str, Any]:
    """A callee, a sub-task or a decision as it stands in its issue, with the issue's name."""
    write = {"callee": _callee, "task": _task, "decision": _decision}[sheet.part.PART]
    return {"issue": named(issue)} | write(sheet)
