from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VolunteersConfig(AppConfig):
    name = "volunteers"
    verbose_name = _("Volunteers")

    def ready(self) -> None:
        from grids import policies
        from grids.consequences import tell_of
        from grids.lineage import follow
        from issues.sections import add_hint, add_section
        from volunteers import models, stars, tariff
        from volunteers.actions.follow import at_home_there
        from volunteers.views.on_issues import about_issue
        from volunteers.views.on_reports import about_points

        # Where a unit goes, its volunteers and what they do there go along.
        for model in models.OF_A_PLACE:
            follow(model)
        tell_of(_("Volunteers at home there"), at_home_there)
        policies.register(stars.KIND, tariff.KIND)
        # On the page of an issue: who helps with it, and the way to ask for more.
        add_section(about_issue)
        # And beside the report of a spotter: to whom points are given.
        add_hint(about_points)
