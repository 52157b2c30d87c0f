"""What a spotter reads beside the form of a report: that points for what is accepted are for volunteers, and how one
becomes one."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from grids.models import Unit
from issues.sections import Hint, Link
from volunteers.models import Volunteer
from volunteers.points_querysets import tariff_at
from volunteers.tariff import SPOTTER


def about_points(place: Unit, user: Any, now: datetime) -> Hint | None:
    """For spotters who are no volunteers, as long as the district gives points for accepted reports. Three queries."""
    me = Volunteer.objects.of_user(user).first()
    if me is not None and me.state == "active":
        return None
    where = place.lineage()
    if not tariff_at(where["district_id"], now).worth(SPOTTER):
        return None
    text = _(
        "Accepted reports bring points, to volunteers alone and from the day on which one is a volunteer."
    )
    if me is not None:
        return Hint(text, Link(_("Volunteer again"), reverse("volunteers:mine")))
    return Hint(text, Link(_("Sign up as a volunteer"), _sign_up_at(where["community_id"])))


def _sign_up_at(community_id: int | None) -> str:
    """In the community of the place; where that is a street or a district, one chooses."""
    found = Unit.objects.open().filter(pk=community_id).values_list("code", flat=True).first()
    return reverse("volunteers:join", args=[found]) if found else reverse("volunteers:choose")
