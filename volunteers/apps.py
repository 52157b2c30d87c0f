from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids import policies
        from grids.lineage import follow
        from volunteers import tariff
        from volunteers.models import Good, Redemption, Station, Team, Volunteer

        # Where a unit goes, its volunteers go along.
        for model in (Volunteer, Team, Station, Good, Redemption):
            follow(model)
        policies.register(tariff.KIND)
