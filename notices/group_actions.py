"""The only writers of group channels: which groups hear of what, and what they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from grids.actions.authority import require
from grids.actions.notes import at
from grids.models import Unit
from notices.group_line import installed, may_tell
from notices.groups import ERRORS, LONGEST, SORTS
from notices.models import GroupChannel, GroupMessage
from notices.querysets import CONNECTS
from notices.words import Params, lawful
from trail.actions import drop_some, record_event
from trail.hints import nudge
from trail.refusals import Refused

if TYPE_CHECKING:
    from trail.models import Event

SUBJECT = "group"
TEST = "notices.group_test"
MOST_PER_DISTRICT = 20
FORGET_BATCH = 1000


@dataclass(frozen=True)
class WantedGroup:
    """What a channel is to be. `language` is a key of settings.LANGUAGES, `sorts` are keys of groups.SORTS."""

    name: str
    address: str
    sorts: Sequence[str]
    language: str


@transaction.atomic
def add_group(wanted: WantedGroup, *, district: Unit, by: User | None, now: datetime) -> GroupChannel:
    """From now on this group is told. Its address is never shown again.

    Raises NotAllowed, Refused (missing: the library is not installed; name, address, sorts, language, too_many).
    """
    require(by, CONNECTS, district, now)
    kept = _checked(wanted)
    if GroupChannel.objects.filter(district=district, ended_at=None).count() >= MOST_PER_DISTRICT:
        text = _("At most %(most)d group channels in a district; remove one first.")
        raise Refused(text % {"most": MOST_PER_DISTRICT}, code="too_many")
    group = GroupChannel.objects.create(**kept, district=district, created_by=by, created_at=now)
    _record(group, "add", by, now, {"sorts": group.sorts}, seq=1)
    return group


@transaction.atomic
def pause_group(group: GroupChannel, *, by: User | None, now: datetime) -> GroupChannel:
    """It is told nothing until somebody resumes it, and nothing is kept for it. Raises NotAllowed, Refused (ended,
    paused)."""
    group = _locked(group, by, now)
    if group.paused_at:
        raise Refused(_("It is paused already."), code="paused", allowed=("resume",))
    stop_group(group, "person", by=by, now=now)
    return group


def stop_group(group: GroupChannel, why: str, *, by: User | None, now: datetime) -> None:
    """Pause this locked, running channel; `why` is a key of groups.PAUSES."""
    group.paused_at, group.paused_because = now, why
    group.save(update_fields=["paused_at", "paused_because"])
    _record(group, "pause" if why == "person" else "pause_itself", by, now)


@transaction.atomic
def resume_group(group: GroupChannel, *, by: User | None, now: datetime) -> GroupChannel:
    """It is told again; what was waiting goes out first. Raises NotAllowed, Refused (ended, running)."""
    group = _locked(group, by, now)
    if not group.paused_at:
        raise Refused(_("It is not paused."), code="running", allowed=("pause",))
    group.paused_at, group.paused_because, group.failures, group.rest_until = None, "", 0, None
    group.save(update_fields=["paused_at", "paused_because", "failures", "rest_until"])
    group.messages.waiting().update(next_try_at=now, attempts=0)
    _record(group, "resume", by, now)
    transaction.on_commit(lambda: nudge("deliver"))
    return group


@transaction.atomic
def remove_group(group: GroupChannel, *, by: User | None, now: datetime) -> GroupChannel:
    """It is told nothing any more, and its address is gone for good. Raises NotAllowed, Refused("ended")."""
    group = _locked(group, by, now)
    group.ended_at, group.address = now, ""
    group.save(update_fields=["ended_at", "address"])
    group.messages.waiting().update(state="dead", lease_until=None, ended_at=now)
    _record(group, "end", by, now)
    return group


@transaction.atomic
def test_group(group: GroupChannel, *, by: User | None, now: datetime) -> GroupMessage:
    """Send it a message that tells nothing, once, even while it is paused. Raises NotAllowed, Refused("ended")."""
    group = _locked(group, by, now)
    params = lawful(TEST, {"district": group.district.name})
    message = GroupMessage.objects.create(
        group=group, key=TEST, params=params, next_try_at=now, created_at=now
    )
    _record(group, "test", by, now)
    transaction.on_commit(lambda: nudge("deliver"))
    return message


def groups_told() -> set[tuple[int, str]]:
    """Every (id of a district, sort) that a running group hears of: who would have to look up much asks first."""
    rows = GroupChannel.objects.running().values_list("district_id", "sorts")
    return {(district, sort) for district, sorts in rows for sort in sorts}


def tell_groups(
    event: "Event", district_id: int | None, sort: str, key: str, params: Params, link: str, *, now: datetime
) -> int:
    """Tell the running groups of the district of this event in the word `key` (notices.words); each once, however
    often this is called. `link` is a path of this site. Runs inside the handler's transaction. How many.

    Raises KeyError for an unknown word, ValueError for a parameter that the word may not keep.
    """
    kept = lawful(key, params)
    groups = GroupChannel.objects.told(district_id, sort).values_list("pk", flat=True)
    rows = [
        GroupMessage(
            group_id=pk, event=event, key=key, params=kept, link=link, next_try_at=now, created_at=now
        )
        for pk in groups
    ]
    if rows:
        GroupMessage.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(lambda: nudge("deliver"))
    return len(rows)


def forget_group_messages(*, before: datetime, limit: int = FORGET_BATCH) -> int:
    """Drop up to `limit` messages that were sent or given up before this; how many."""
    return drop_some(GroupMessage.objects.ended_before(before), limit=limit)


# --- what they share --------------------------------------------------------------------------------------
def _locked(group: GroupChannel, by: User | None, now: datetime) -> GroupChannel:
    """As it is now. Raises NotAllowed, Refused("ended")."""
    rows = GroupChannel.objects.select_related("district").select_for_update(of=("self",), no_key=True)
    group = rows.get(pk=group.pk)
    require(by, CONNECTS, group.district, now)
    if group.ended_at:
        raise Refused(_("This group channel was removed; add a new one."), code="ended")
    return group


def _checked(wanted: WantedGroup) -> dict[str, Any]:
    """The columns. Raises Refused."""
    if not installed():
        raise Refused(ERRORS["missing"], code="missing")
    name, address = " ".join(wanted.name.split()), wanted.address.strip()
    if not 0 < len(name) <= 60:
        raise Refused(_("A name of at most 60 characters."), code="name")
    if len(address) > LONGEST or not may_tell(address):
        raise Refused(ERRORS["address"], code="address")
    if not wanted.sorts or set(wanted.sorts) - set(SORTS):
        raise Refused(_("Choose what the group is told of."), code="sorts")
    if wanted.language not in dict(settings.LANGUAGES):
        raise Refused(_("Choose a language."), code="language")
    sorts = [sort for sort in SORTS if sort in wanted.sorts]
    return {"name": name, "address": address, "sorts": sorts, "language": wanted.language}


def _record(
    group: GroupChannel,
    verb: str,
    by: User | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    seq: int | None = None,
) -> None:
    """Never its address: whoever has it may write to the group."""
    record_event(SUBJECT, group.pk, verb, by=by, now=now, seq=seq, data=data, **at(group.district))
