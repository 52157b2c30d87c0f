"""What the trail learns about units, bodies and posts: ids, codes and field names, never free text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grids.models import Body, Post, Unit
from trail.actions import NewEvent, next_seqs, record_event, record_events


def at(unit: Unit) -> dict[str, Any]:
    """Where an event happened, as `record_event` takes it."""
    return {"unit_id": unit.pk, "unit_label": unit.name, "district_id": unit.district_id}


def note(subject: Unit | Body | Post, verb: str, *, by: Any, now: datetime, **data: Any) -> None:
    """Record `<model>.<verb>`. The caller holds the subject's lock or has just made it."""
    place = subject.place if isinstance(subject, Post) else subject
    unit_id = place.pk if isinstance(place, Unit) else place.unit_id
    record_event(
        str(subject._meta.model_name),
        subject.pk,
        verb,
        by=by,
        now=now,
        unit_id=unit_id,
        unit_label=place.name,
        district_id=place.district_id,
        data=data,
    )


def note_many(happened: Sequence[tuple[Unit, str, dict[str, Any]]], *, by: Any, now: datetime) -> None:
    """Record (unit, verb, data) for many different units at once. The caller holds the trees of them all."""
    seqs = next_seqs("unit", [unit.pk for unit, *_ in happened])
    record_events(
        [
            NewEvent(
                "unit",
                unit.pk,
                verb,
                seqs[unit.pk],
                by=by,
                unit_id=unit.pk,
                unit_label=unit.name,
                district_id=unit.district_id,
                data=data,
            )
            for unit, verb, data in happened
        ],
        now=now,
    )
