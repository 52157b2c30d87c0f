"""Celery carries hints ("look now"), never facts: any task may be lost, late or doubled without harm.

No `eta`, no `countdown`, no result backend, nothing but ids in arguments (docs/adr/0001).
"""

import os
from pathlib import Path

from celery import Celery
from celery.signals import after_task_publish, task_postrun, worker_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("gezhi")
# A tick that waited longer than this is stale: the next one does the same work.
TICK_EXPIRES = 5
TICKS = {
    "sweep": ("issues.tasks.sweep", 1.0),
    "fanout": ("notices.tasks.fan_out", 1.0),
    "deliver": ("notices.tasks.deliver", 1.0),
    "jobs": ("trail.tasks.run_jobs", 1.0),
    "schedules": ("issues.tasks.run_schedules", 5.0),
    "activities": ("volunteers.tasks.run_activities", 5.0),
    "figures": ("issues.tasks.fold_figures", 1.0),
    # Claims of wishes have days: nobody waits for the minute.
    "wishes": ("volunteers.tasks.sweep_wishes", 60.0),
    "heartbeat": ("trail.tasks.heartbeat", 1.0),
}

app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": 0.2,
        # Else whoever gives a hint to a dead broker waits for six seconds (workers ask again by themselves).
        "max_retries": 0,
        "health_check_interval": 10,
    },
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    # In the web a dead broker costs at most the connect timeout, never an error.
    task_publish_retry=False,
    task_time_limit=60,
    task_soft_time_limit=50,
    task_default_queue="sweep",
    task_routes={
        "issues.tasks.*": {"queue": "sweep"},
        "trail.tasks.*": {"queue": "sweep"},
        "trail.tasks.run_jobs": {"queue": "jobs"},
        "issues.tasks.run_schedules": {"queue": "jobs"},
        "issues.tasks.fold_figures": {"queue": "jobs"},
        "notices.tasks.fan_out": {"queue": "fanout"},
        "notices.tasks.deliver": {"queue": "deliver"},
        # May take its time: never where an escalation would wait for it.
        "governance.tasks.*": {"queue": "deliver"},
        "desk.tasks.*": {"queue": "jobs"},
        "volunteers.tasks.*": {"queue": "jobs"},
    },
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=10,
    worker_enable_soft_shutdown_on_idle=True,
    worker_hijack_root_logger=False,
    timezone=settings.TIME_ZONE,
    beat_schedule={
        name: {"task": task, "schedule": seconds, "options": {"expires": TICK_EXPIRES}}
        for name, (task, seconds) in TICKS.items()
    }
    | {
        "vacancies": {"task": "issues.tasks.check_owners", "schedule": 3600.0, "options": {"expires": 600}},
        # Asks the database whether the day's purge has run: a beat that restarts forgets when it last ticked.
        "purge": {"task": "governance.tasks.purge", "schedule": 3600.0, "options": {"expires": 600}},
        "rates": {"task": "desk.tasks.count_figures", "schedule": 3600.0, "options": {"expires": 600}},
        "points": {"task": "volunteers.tasks.settle_points", "schedule": 3600.0, "options": {"expires": 600}},
        "digest": {"task": "desk.tasks.digest_boards", "schedule": 3600.0, "options": {"expires": 600}},
    },
)
app.autodiscover_tasks()


@worker_init.connect
def _refuse_unsafe_start(**_: object) -> None:
    from governance.guard import refuse_unsafe_start

    try:
        refuse_unsafe_start()
    except Exception as error:
        # Celery logs what a receiver raises and goes on; this it cannot catch.
        raise SystemExit(f"{type(error).__name__}: {error}") from error


@task_postrun.connect
@after_task_publish.connect
def _show_life(**_: object) -> None:
    """For a container's health check: this very process has run a task (a worker) or sent one (a beat)."""
    if settings.HEARTBEAT_FILE:
        Path(settings.HEARTBEAT_FILE).touch()
