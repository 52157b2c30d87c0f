"""For the health checks of workers and beats: has this very process worked lately? See HEARTBEAT_FILE."""

import os
import sys
import time
from pathlib import Path

# A task may take a minute (task_time_limit), and one process may have just the one.
SECONDS = 120

try:
    age = time.time() - Path(os.environ["HEARTBEAT_FILE"]).stat().st_mtime
except FileNotFoundError:
    sys.exit("not a single task yet")
sys.exit(f"silent for {age:.0f} s" if age > SECONDS else 0)
