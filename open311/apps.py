from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class Open311Config(AppConfig):
    name = "open311"
    verbose_name = _("Open311")

    def ready(self) -> None:
        from open311.api.base import as_errors
        from trail.middleware import PROGRAMS

        PROGRAMS["/open311/"] = as_errors
