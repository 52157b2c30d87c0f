"""Settings of a stack that also tells people over a wire of the test's own (wire.py)."""

import os

# The project's package reads its settings while it is imported; until ours are complete these are its own.
os.environ["DJANGO_SETTINGS_MODULE"] = "governance.settings"
from governance.settings import *  # noqa: F403
from governance.settings import INSTALLED_APPS as HOUSE

os.environ["DJANGO_SETTINGS_MODULE"] = __name__
INSTALLED_APPS = [*HOUSE, "tests.live_stack.wire.Wire"]
