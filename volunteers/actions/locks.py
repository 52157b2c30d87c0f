"""The rows that several actions lock, as they are now. In this order everywhere: an activity
(volunteers.actions.running), a volunteer, a team, a station."""

from collections.abc import Iterable

from volunteers.models import Station, Team, Volunteer


def lock_volunteer(pk: int) -> Volunteer:
    """Held, so that nobody leaves or moves meanwhile, and what they sign up for is looked at one after the other."""
    rows = Volunteer.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("home").defer("home__boundary").get(pk=pk)


def lock_volunteers(pks: Iterable[int]) -> None:
    """So many at once, in the order of their ids: then no two wait for one another."""
    rows = Volunteer.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(pks))
    list(rows.order_by("pk").values_list("pk", flat=True))


def lock_team(pk: int) -> Team:
    """With its unit and leader."""
    rows = Team.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("unit", "leader").defer("unit__boundary").get(pk=pk)


def lock_station(pk: int) -> Station:
    """With its unit."""
    rows = Station.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("unit").defer("unit__boundary").get(pk=pk)
