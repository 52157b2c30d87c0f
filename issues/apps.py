from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IssuesConfig(AppConfig):
    name = "issues"
    verbose_name = _("Issues")

    def ready(self) -> None:
        from grids.lineage import follow
        from issues.models import Issue

        # Where a unit goes, what happened in it goes along.
        follow(Issue)
