"""Jurisdictions are districts. Which one is meant: the one that is named, the one where the key's account reports, the
only one there is, or the one that the deployment takes where nobody says."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from grids.models import Unit
from grids.standing import standing_of

COLUMNS = ("pk", "code", "name", "kind", "district", "lat", "lon")


class Unnamed(Exception):
    """Nobody said which district is meant, and there are several."""


class Unknown(Exception):
    """There is no such district."""


def jurisdiction_of(named: str, user: Any, now: datetime) -> Unit:
    """By its code, or a name that settings give it (OPEN311_JURISDICTIONS). Raises Unknown, Unnamed. One query."""
    found = {unit.code: unit for unit in Unit.objects.open().at("district").only(*COLUMNS)}
    if named:
        code = settings.OPEN311_JURISDICTIONS.get(named.lower(), named)
        if code not in found:
            raise Unknown(_("There is no jurisdiction with this jurisdiction_id."))
        return found[code]
    own = standing_of(user, now).districts("report") if user else frozenset()
    mine = [unit for unit in found.values() if unit.pk in own]
    for chosen in (mine, list(found.values())):
        if len(chosen) == 1:
            return chosen[0]
    if settings.OPEN311_DEFAULT in found:
        return found[settings.OPEN311_DEFAULT]
    raise Unnamed(_("jurisdiction_id was not provided, and there are several jurisdictions here."))
