from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids.consequences import tell_of
        from grids.lineage import follow
        from volunteers.actions.follow import at_home_there
        from volunteers.models import CheckIn, Offer, Pairing, Station, Team, Transfer, Volunteer, Wish

        # Where a unit goes, its volunteers go along.
        for model in (Volunteer, Team, Station, Transfer, Wish, CheckIn, Offer, Pairing):
            follow(model)
        tell_of(_("Volunteers at home there"), at_home_there)
