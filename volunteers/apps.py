from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids.lineage import follow
        from volunteers.models import CheckIn, Offer, Pairing, Station, Team, Volunteer, Wish

        # Where a unit goes, its volunteers go along.
        for model in (Volunteer, Team, Station, Wish, CheckIn, Offer, Pairing):
            follow(model)
