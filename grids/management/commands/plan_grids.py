"""manage.py plan_grids COMMUNITY_CODE [--target 400] [--apply]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.plan import apply_grids, propose_grids
from grids.models import Unit
from grids.planning import TARGET, Proposal
from trail.refusals import Refused


class Command(BaseCommand):
    help = "Propose a division of a community into about equal grids from its buildings; --apply makes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="code of the community, 12 digits")
        parser.add_argument("--target", type=int, default=TARGET, help=f"households a grid, default {TARGET}")
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, code: str, target: int, apply: bool, **options: Any) -> None:
        community = Unit.objects.open().filter(code=code).first()
        if community is None:
            raise CommandError(_("There is no open unit with the code %(code)s.") % {"code": code})
        try:
            if apply:
                proposal = apply_grids(community, by=None, now=timezone.now(), target=target)
            else:
                proposal = propose_grids(community, target=target)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self._show(proposal)

    def _show(self, proposal: Proposal) -> None:
        codes = dict(Unit.objects.filter(pk__in=self._ids(proposal)).order_by().values_list("pk", "code"))
        for part in proposal.parts:
            grid = codes[part.grid_id] if part.grid_id else _("new")
            counts = {"grid": grid, "buildings": len(part.building_ids), "households": part.households}
            self.stdout.write(_("%(grid)s: %(buildings)d buildings, %(households)d households") % counts)
        for pk in proposal.emptied:
            self.stdout.write(
                _("%(grid)s: left without buildings; merge it into another") % {"grid": codes[pk]}
            )
        figures = {"before": f"{proposal.before:.3f}", "after": f"{proposal.after:.3f}"}
        self.stdout.write(
            _("Balance (coefficient of variation): %(before)s before, %(after)s after") % figures
        )

    @staticmethod
    def _ids(proposal: Proposal) -> list[int]:
        return [part.grid_id for part in proposal.parts if part.grid_id] + list(proposal.emptied)
