"""What every verb of a wish shares: lock, ask the table, write the new state, the words and the event."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from grids.models import Unit
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused, Stale
from volunteers.models import Claim, Wish, WishWords
from volunteers.wish_ties import Claimer, claim_of, facts_of, helping_too, helps_in
from volunteers.wishes import ENDED, ENDS_CLAIM, LONGEST_WORDS, PERSONAL, REASONS, VERB, allowed, refusal

if TYPE_CHECKING:
    from accounts.models import User


@dataclass
class WishStep:
    """One verb under way: the locked wish, its claim, and the fields that have changed so far."""

    wish: Wish
    verb: str
    by: "User | None"
    now: datetime
    claim: Claim | None
    changed: set[str] = field(default_factory=lambda: {"state", "version", "due_at"})

    def change(self, **values: Any) -> None:
        """Set fields of the wish; `finish` writes them."""
        for name, value in values.items():
            setattr(self.wish, name, value)
        self.changed |= set(values)


def lock_wish(pk: int) -> Wish:
    """The wish as it is now, locked until the transaction ends: always the first lock. It covers its claims."""
    return Wish.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def begin(
    wish: Wish,
    verb: str,
    *,
    by: "User | None",
    now: datetime,
    version: int | None = None,
    holds_link: bool = False,
    helping: Claimer | None = None,
) -> WishStep:
    """Open a step, inside a transaction. `by=None` with `holds_link` is whoever has the wisher's link; `version` is
    that of the wish which the caller was looking at. Raises NotAllowed, Refused (as the table says) or Stale."""
    wish = lock_wish(wish.pk)
    claim = claim_of(wish)
    claimer = claim.claimer if claim else None
    facts = facts_of(wish, claimer, by, now, holds_link=holds_link, helping=helping)
    if code := refusal(verb, facts):
        kind = NotAllowed if code in PERSONAL else Refused
        offered = allowed(helping_too(facts, wish, by, now, helps_in(by, now)))
        raise kind(REASONS[code], code=code, allowed=offered)
    if version is not None and version != wish.version:
        raise Stale(_("Somebody has changed this wish since you looked; look again."), code="stale")
    return WishStep(wish, verb, by, now, claim)


def finish(step: WishStep, *, text: str = "", data: dict[str, Any] | None = None) -> Wish:
    """Write the state that the table says, end the claim where the verb does, keep the words, record the event."""
    wish, verb = step.wish, VERB[step.verb]
    text = checked_words(text, verb.words)
    step.change(state=verb.to, version=wish.version + 1)
    if verb.to != "claimed":
        wish.due_at = None
    if verb.to in ENDED and wish.ended_at is None:
        step.change(ended_at=step.now)
    outcome = ENDS_CLAIM.get(step.verb)
    if outcome and step.claim and step.claim.ended_at is None:
        end_claim(step.claim, outcome, step.now)
    wish.save(update_fields=sorted(step.changed))
    if text:
        WishWords.objects.create(
            wish=wish, seq=wish.version, verb=step.verb, text=text, author=step.by, written_at=step.now
        )
    record(wish, step.verb, step.by, step.now, data)
    return wish


def end_claim(claim: Claim, outcome: str, now: datetime) -> None:
    """This claim is over; another one may come."""
    claim.ended_at, claim.outcome = now, outcome
    claim.save(update_fields=["ended_at", "outcome"])


def checked_words(text: str, wanted: str) -> str:
    """What was said, or Refused("text") for none where a reason is asked, or too much of it."""
    text = text.strip() if wanted else ""
    if (wanted == "reason" and len(text) < 2) or len(text) > LONGEST_WORDS:
        raise Refused(_("Say it in 2 to 300 characters."), code="text")
    return text


def record(wish: Wish, verb: str, by: "User | None", now: datetime, data: dict[str, Any] | None) -> None:
    """The wish's next event: ids, codes and numbers alone; the words stand in their own row."""
    place = wish.grid_id or wish.community_id
    record_event(
        "wish",
        wish.pk,
        verb,
        by=by,
        now=now,
        seq=wish.version,
        unit_id=place,
        unit_label=Unit.objects.values_list("name", flat=True).get(pk=place),
        district_id=wish.district_id,
        data=data,
    )
