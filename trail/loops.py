"""The loops on which everything rests, and how long one may be silent before somebody must look."""

from datetime import timedelta

# A receiver may keep the deliver loop waiting for a while, a chunk of long work the jobs; nothing may keep the
# first two.
LOOPS: dict[str, timedelta] = {
    "sweep": timedelta(seconds=30),
    "fanout": timedelta(seconds=30),
    "deliver": timedelta(seconds=120),
    "jobs": timedelta(seconds=120),
}
# Who turns them: the workers behind the broker, and `run_ticks` without one. Either is enough.
DRIVERS: dict[str, timedelta] = {"worker": timedelta(seconds=30), "ticks": timedelta(seconds=30)}
# Rounds of the sealing service come once an hour (docker-compose.yml).
SEALING: dict[str, timedelta] = {"seal": timedelta(hours=2)}
MOST_SILENCE = LOOPS | DRIVERS | SEALING
EVERY_DAY = "daily"
