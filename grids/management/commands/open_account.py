"""manage.py open_account NAME --display-name … --role … --at CODE: the first people of a deployment."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import open_account
from accounts.passwords import new_password
from grids.actions.posts import appoint
from grids.models import Body, Unit
from grids.roles import ROLES
from trail.refusals import Refused


class Command(BaseCommand):
    help = (
        "Open an account and give its person a post, for the first start: a security administrator, who opens all "
        "other accounts in the admin, and a system administrator, who gives all other posts. "
        "Prints a first password, once; it is changed at the first sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="NAME", help="sign-in name")
        parser.add_argument("--display-name", required=True, help="the person's name as others read it")
        parser.add_argument("--role", choices=[*ROLES], help="the post's role; with --at")
        parser.add_argument("--at", metavar="CODE", help="code of the unit or body where the post is held")
        parser.add_argument("--phone", default="", help="mobile number")
        parser.add_argument("--language", default="", help="zh-hans or en; default: as the browser says")
        parser.add_argument(
            "--phone-pages-only", action="store_true", help="the person works on a phone, not in the admin"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["role"]) != bool(options["at"]):
            raise CommandError("--role and --at go together.")
        try:
            password = self._open(options, now=timezone.now())
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(_("Sign-in name: %(name)s") % {"name": options["username"]})
        self.stdout.write(_("First password (shown only now): %(password)s") % {"password": password})

    @transaction.atomic
    def _open(self, options: dict[str, Any], *, now: datetime) -> str:
        """Account and post, both or neither."""
        place, password = _place(options["at"]), new_password()
        user = open_account(
            options["username"],
            display_name=options["display_name"],
            phone=options["phone"],
            language=options["language"],
            is_staff=not options["phone_pages_only"],
            password=password,
            by=None,
            now=now,
        )
        if place is not None:
            where: dict[str, Any] = {"unit" if isinstance(place, Unit) else "body": place}
            appoint(user, role=options["role"], by=None, now=now, **where)
        return password


def _place(code: str | None) -> Unit | Body | None:
    """The open unit or body of this code; None where none is asked for. A code that fits neither is an error."""
    if not code:
        return None
    found = Unit.objects.open().filter(code=code).first() or Body.objects.open().filter(code=code).first()
    if found is None:
        raise CommandError(
            _("No open unit or body has the code %(code)s: import the units first.") % {"code": code}
        )
    return found
