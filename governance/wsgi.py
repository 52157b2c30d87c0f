"""The web's door."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
application = get_wsgi_application()

from governance.guard import refuse_unsafe_start  # noqa: E402  (needs the settings that the line above loads)

refuse_unsafe_start()
