"""Who reads what was said about a wish: why it was refused or given back, and the thanks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from volunteers.models import Claim, Wish, WishWords
from volunteers.querysets import runs_at
from volunteers.wish_ties import is_account
from volunteers.wishes import VERB


def said_to(
    wishes: Sequence[Wish], user: Any, now: datetime, *, by_link: bool = False
) -> dict[int, list[WishWords]]:
    """Wish id → the words that this person reads, in the order of the events. Two queries, however many they are.
    `by_link`: they came by the wisher's own link.

    Those who run volunteering there read all of them, others what VERB says of them: whoever claimed a wish nothing of
    what others say who had it before or after.
    """
    found: dict[int, list[WishWords]] = {wish.pk: [] for wish in wishes}
    claims: dict[int, list[Claim]] = {}
    for claim in Claim.objects.of(user, now).filter(wish__in=wishes):
        claims.setdefault(claim.wish_id, []).append(claim)
    inside = {wish.pk for wish in wishes if runs_at(user, wish, now)}
    wished = {wish.pk for wish in wishes if by_link or is_account(wish.wisher_id, user)}
    for one in WishWords.objects.filter(wish__in=inside | wished | set(claims)).order_by("wish", "seq"):
        heard, pk = VERB[one.verb].heard, one.wish_id
        as_claimer = "claimer" in heard and any(_is_about(claim, one) for claim in claims.get(pk, ()))
        if pk in inside or ("wisher" in heard and pk in wished) or as_claimer:
            found[pk].append(one)
    return found


def _is_about(claim: Claim, words: WishWords) -> bool:
    """Were they said while this claim ran, or of one that was kept?"""
    ended = claim.ended_at is not None and claim.outcome != "kept"
    return claim.claimed_at <= words.written_at and not (ended and claim.ended_at < words.written_at)
