"""The names that a district gives its levels, and the samples that it begins with."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.actions.notes import note
from grids.actions.policies import set_policy
from grids.levels import LEVELS, LINES
from grids.models import LevelProfile, Unit
from grids.powers import KIND as POWERS
from trail.refusals import Refused

DATA = Path(__file__).resolve().parent.parent / "data"


@transaction.atomic
def set_profile(
    district: Unit,
    *,
    level: str,
    line: str,
    label: str,
    party_label: str,
    by: Any,
    now: datetime,
    is_sample: bool = False,
    source: str = "",
) -> LevelProfile:
    """What the district calls a level and its Party body on a line. Raises Refused (profile), NotAllowed."""
    district = _locked(district)
    require(by, "manage_units", district, now)
    if level not in LEVELS or line not in LINES or not label.strip() or not party_label.strip():
        raise Refused(_("A level profile names a level, a line and both names."), code="profile")
    words = {
        "label": label.strip(),
        "party_label": party_label.strip(),
        "is_sample": is_sample,
        "source": source,
    }
    known = LevelProfile.objects.filter(district=district, level=level, line=line).first()
    if known and all(getattr(known, name) == value for name, value in words.items()):
        return known
    profile, _made = LevelProfile.objects.update_or_create(
        district=district, level=level, line=line, defaults=words
    )
    note(district, "set_profile", by=by, now=now, level=level, line=line, profile=profile.pk)
    return profile


def add_samples(district: Unit, *, by: Any, now: datetime) -> None:
    """Give a district just made the level profile and powers that grids/data holds for it, if any."""
    profiles = _shipped("level_profiles.json").get(district.code, {}).get("rows", [])
    granted = _shipped("district_powers.json").get(district.code, {}).get("granted", [])
    LevelProfile.objects.bulk_create([LevelProfile(district=district, **row) for row in profiles])
    if granted:
        value = {key: {"granted": True} for key in granted}
        reason = _("Shipped with the list of districts, until the district decides.")
        # Whoever brings in the list may make districts; that they come with samples is no decision of theirs.
        set_policy(district, POWERS.key, value, by=None, now=now, reason=reason, is_sample=True)
    if profiles or granted:
        note(district, "add_samples", by=by, now=now, profiles=len(profiles), powers=len(granted))


def _shipped(name: str) -> dict[str, Any]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _locked(unit: Unit) -> Unit:
    if unit.kind != "district":
        raise Refused(_("Only a district decides this."), code="level")
    return Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
