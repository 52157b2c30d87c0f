"""Fill the demo's empty database: a whole real district at work."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.seed.marks import NotOurs, check_database
from demo.seed.progress import Progress
from demo.seed.run import SeedFailed, Seeding
from demo.seed.shares import ShareFailed
from demo.seed.size import FULL, SMALL


class Command(BaseCommand):
    help = (
        "Fill the demo's empty database with a district at work. A database that holds anything is refused."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--credentials", type=Path, metavar="FILE", help="where the sign-ins are written")
        parser.add_argument("--base-url", default=settings.BASE_URL, help="address of the web (%(default)s)")
        parser.add_argument("--seed", default="1", help="another throw of the dice")
        parser.add_argument("--small", action="store_true", help="less of the same, in one process")
        parser.add_argument("--force", action="store_true", help="take an empty database that is not marked")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Production is never seeded.")
        progress = Progress(quiet=options["verbosity"] == 0)
        seeding = Seeding(SMALL if options["small"] else FULL, options["seed"], progress)
        try:
            check_database(force=options["force"])
            seeding.run(path=options["credentials"], base_url=options["base_url"].rstrip("/"))
        except (NotOurs, SeedFailed, ShareFailed) as error:
            raise CommandError(str(error)) from error
