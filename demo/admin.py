"""What the demo records in the trail, in words."""

from django.utils.translation import gettext_lazy as _

from trail.words import call_subject

call_subject("demo", _("Demo"), {"seed": _("Seeding began"), "seeded": _("Seeding ended")}, of_all=True)
