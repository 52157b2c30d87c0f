"""The tests' own ground: real servers, a flush that leaves the append-only triggers as they were."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from trail.actions import record_event
from trail.models import Event

ALWAYS = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal"


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_flush_empties_append_only_tables_and_arms_them_again(django_user_model):
    from django.utils import timezone

    guarded = ask(ALWAYS)
    assert guarded >= 4
    record_event("unit", 1, "add", by=None, now=timezone.now())
    call_command("flush", "--noinput", verbosity=0)
    assert not Event.objects.exists()
    assert ask(ALWAYS) == guarded
    record_event("unit", 1, "add", by=None, now=timezone.now())
    for statement in ("DELETE FROM trail_event", "UPDATE trail_event SET seq = 2", "TRUNCATE trail_event"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ask(statement)


@pytest.mark.django_db
def test_the_database_is_real():
    assert connection.vendor == "postgresql"
    assert connection.pg_version >= 150000


def test_live_tests_share_one_worker_and_come_last(request):
    """Held here, since where the group is not heard of they are split without a word, each worker with a stack."""
    grouped = [item.get_closest_marker("xdist_group") is not None for item in request.session.items]
    assert grouped == sorted(grouped)
    for item in request.session.items:
        live = any(item.get_closest_marker(name) for name in ("live", "browser", "chaos"))
        assert live == (item.get_closest_marker("xdist_group") is not None)
        if live and request.config.getoption("loadgroup", False):
            assert item.nodeid.endswith("@live")


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x05\x06"])
def test_a_test_is_not_named_by_a_file_of_the_hour(data, request):
    """Workers that start in different seconds would not agree on which tests there are."""
    assert request.node.name.split("[")[1] in {"data0]", "data1]"}
