from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids.lineage import follow
        from volunteers.models import Station, Team, Volunteer

        # Where a unit goes, its volunteers go along.
        for model in (Volunteer, Team, Station):
            follow(model)
