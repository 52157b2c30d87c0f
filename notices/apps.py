from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from django.conf import settings

        from notices import channels, text_messages

        if settings.SMS_URL:
            channels.CHANNELS[channels.TEXT] = text_messages.CHANNEL
