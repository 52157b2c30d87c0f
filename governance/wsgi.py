"""The web's door."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django_application = get_wsgi_application()

# They need the settings that the lines above load.
from governance.bodies import with_length  # noqa: E402
from governance.guard import refuse_unsafe_start  # noqa: E402

refuse_unsafe_start()
application = with_length(django_application)
