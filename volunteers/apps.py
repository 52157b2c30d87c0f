from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids import policies
        from grids.lineage import follow
        from volunteers import stars
        from volunteers.models import Activity, Service, Station, Team, Volunteer

        # Where a unit goes, its volunteers go along.
        for model in (Volunteer, Team, Station, Activity, Service):
            follow(model)
        policies.register(stars.KIND)
