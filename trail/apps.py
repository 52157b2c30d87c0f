from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TrailConfig(AppConfig):
    name = "trail"
    verbose_name = _("Trail")

    def ready(self) -> None:
        # Each app says in its own notices.py who hears of which event, in its problem_titles.py what it calls refusals.
        autodiscover_modules("notices", "problem_titles")
