"""manage.py check_tree [--repair]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.actions.repair import find_faults, repair_trees, strays

SHOWN = 50
WHAT = {
    "lost": gettext_lazy("no district leads to it"),
    "level": gettext_lazy("it stands at the wrong level"),
    "tree": gettext_lazy("its district shares its tree number with another"),
    "place": gettext_lazy("its left and right numbers are wrong"),
    "lineage": gettext_lazy("its lineage is wrong"),
}


class Command(BaseCommand):
    help = "Check the tree of units and all that carries its lineage; --repair mends it. Status 1 on faults."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        found = self._report()
        if found and repair:
            mended = repair_trees(by=None, now=timezone.now())
            self.stdout.write(_("%(count)d units put where they belong.") % {"count": mended})
            found = self._report()
        if found:
            raise CommandError(_("%(count)d faults.") % {"count": found})
        self.stdout.write(_("The tree is sound."))

    def _report(self) -> int:
        faults, astray = find_faults(), strays()
        for fault in faults[:SHOWN]:
            self.stdout.write(f"{fault.code} (#{fault.unit_id}): {WHAT[fault.what]}")
        for label, count in astray.items():
            if count:
                self.stdout.write(_("%(label)s: %(count)d rows astray") % {"label": label, "count": count})
        return len(faults) + sum(astray.values())
