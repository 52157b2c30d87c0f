from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GridsConfig(AppConfig):
    name = "grids"
    verbose_name = _("Grids")

    def ready(self) -> None:
        from accounts.leaving import before_leaving
        from calendars.following import before_changing
        from grids.actions.calendars import check_calendar_is_theirs
        from grids.actions.posts import check_roots_keep_somebody

        before_leaving(check_roots_keep_somebody)
        before_changing(check_calendar_is_theirs)
