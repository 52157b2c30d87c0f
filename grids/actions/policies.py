"""What a district decides for itself: setting a rule from a moment on, and taking back one that has not begun."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.holding import below_of
from grids.models import Policy, Unit
from grids.policies import KINDS, PolicyKind, Value, WrongValue, forget_kept
from trail.actions import record_event
from trail.refusals import Refused, Stale

LONGEST_REASON = 300


class BadValue(Refused):
    """The value does not fit its kind; `errors` maps "row.column" to what is wrong there."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(
            _("%(count)d entries are wrong; nothing was saved.") % {"count": len(errors)}, code="value"
        )
        self.errors = errors


@transaction.atomic
def set_policy(
    unit: Unit,
    key: str,
    value: Any,
    *,
    by: Any,
    now: datetime,
    effective_from: datetime | None = None,
    reason: str,
    is_sample: bool = False,
    seen: int | None = None,
) -> Policy:
    """Have `value` hold from `effective_from` on (now, if left out); earlier versions stay as they are.

    `seen` is the version that the caller was looking at: 0 for none, None not to ask. Raises NotAllowed,
    BadValue, Stale, or Refused (policy, level, closed, reason, backdated).
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    require(by, "manage_policies", unit, now)
    kind = _kind(unit, key)
    if seen is not None and seen != newest(unit, key):
        raise Stale(_("Somebody has set this rule since you opened it; look again."), code="stale")
    start = effective_from or now
    _check(unit, reason, start, now)
    policy = Policy.objects.create(
        unit=unit,
        key=key,
        effective_from=start,
        value=clean_value(unit, kind, value, below_of(kind, unit, start)),
        is_sample=is_sample,
        reason=reason.strip(),
        set_by=by,
        set_at=now,
    )
    _record(policy, "set", by, now)
    if kind.keep:
        kind.keep(policy, by, now)
    return policy


@transaction.atomic
def withdraw_policy(policy: Policy, *, by: Any, now: datetime) -> Policy:
    """Take back what has not begun to hold. Raises NotAllowed, or Refused (begun, withdrawn)."""
    policy = (
        Policy.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=policy.pk)
    )
    require(by, "manage_policies", policy.unit, now)
    if policy.withdrawn_at:
        raise Refused(_("This has been withdrawn already."), code="withdrawn")
    if policy.effective_from <= now:
        raise Refused(_("This holds already: set another version instead."), code="begun")
    policy.withdrawn_at, policy.withdrawn_by = now, by
    policy.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _record(policy, "withdraw", by, now)
    return policy


def clean_value(
    unit: Unit, kind: PolicyKind, value: Any, below: Value | None = None
) -> dict[str, dict[str, Any]]:
    """As it is kept, over what holds `below` it. Raises BadValue."""
    try:
        cleaned = kind.clean(value, below)
    except WrongValue as wrong:
        raise BadValue(wrong.errors) from wrong
    if kind.check and (errors := kind.check(unit, cleaned)):
        raise BadValue(errors)
    return cleaned


def newest(unit: Unit, key: str) -> int:
    """Number of the version that was set last and not withdrawn; 0 for none."""
    return (
        Policy.objects.kept().filter(unit=unit, key=key).order_by("-pk").values_list("pk", flat=True).first()
        or 0
    )


def _kind(unit: Unit, key: str) -> PolicyKind:
    kind = KINDS.get(key)
    if kind is None:
        raise Refused(_("There is no such rule."), code="policy")
    if unit.kind not in kind.at:
        raise Refused(_("Such a rule is not set at this level."), code="level")
    return kind


def _check(unit: Unit, reason: str, start: datetime, now: datetime) -> None:
    if unit.closed_at:
        raise Refused(_("%(unit)s is closed.") % {"unit": unit.name}, code="closed")
    if not 2 <= len(reason.strip()) <= LONGEST_REASON:
        raise Refused(_("Say why in 2 to 300 characters."), code="reason")
    if start < now:
        raise Refused(_("A rule cannot hold from a moment that has passed."), code="backdated")


def _record(policy: Policy, verb: str, by: Any, now: datetime) -> None:
    """The event, and no process of ours believes what it had read; others look again within seconds."""
    record_event(
        "policy",
        policy.pk,
        verb,
        by=by,
        now=now,
        unit_id=policy.unit_id,
        unit_label=policy.unit.name,
        district_id=policy.unit.district_id,
        data={"key": policy.key, "policy": policy.pk, "effective_from": policy.effective_from.isoformat()},
    )
    forget_kept()
    transaction.on_commit(forget_kept)
