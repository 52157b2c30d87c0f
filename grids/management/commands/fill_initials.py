"""manage.py fill_initials"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from grids.actions.initials import fill_initials


class Command(BaseCommand):
    help = "Give pinyin initials to units that have none; the migration does it once, again does nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_("%(count)d units got initials.") % {"count": fill_initials()})
