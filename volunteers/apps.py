from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids.consequences import tell_of
        from grids.lineage import follow
        from volunteers.actions.follow import at_home_there
        from volunteers.models import Station, Team, Transfer, Volunteer

        # Where a unit goes, its volunteers go along.
        for model in (Volunteer, Team, Station, Transfer):
            follow(model)
        tell_of(_("Volunteers at home there"), at_home_there)
