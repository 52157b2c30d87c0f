"""What the database itself refuses, whoever tries; and the count that finds what somebody forced past it."""

from importlib import import_module
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.builders import Town
from tests.volunteers.points_builders import corrected, days, earn, good, in_order, station, volunteer
from trail.models import Event
from volunteers.actions.ledger import system_accounts
from volunteers.actions.points import book_event
from volunteers.actions.redeem import collect_good, reserve_good, return_good
from volunteers.models import Good, PointAccount, PointEntry, PointTransfer, Volunteer
from volunteers.points_check import CHECKS, faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(town: Town) -> Volunteer:
    """With 60 points."""
    made = volunteer(town)
    earn(made, 60, at=town.now)
    return made


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(statement: str) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        run(statement)
    return str(error.value)


TRIES = [
    "UPDATE {} SET id = id",
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
    "SET LOCAL session_replication_role = replica; DELETE FROM {}",
    "SET LOCAL session_replication_role = replica; TRUNCATE {} CASCADE",
]


@pytest.mark.parametrize("statement", TRIES)
@pytest.mark.parametrize("table", ["volunteers_pointtransfer", "volunteers_pointentry"])
def test_the_ledger_is_append_only(who: Volunteer, statement: str, table: str) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    assert "append-only" in refused(statement.format(table))
    assert (PointTransfer.objects.count(), PointEntry.objects.count()) == (1, 2)


def test_the_orm_is_refused_too(who: Volunteer) -> None:
    entry = PointEntry.objects.first()
    transfer = PointTransfer.objects.first()
    assert entry and transfer
    for attempt in (entry.delete, entry.save, transfer.save, PointEntry.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()


def sides(who: Volunteer, *amounts: int, **says: int) -> PointTransfer:
    """A booking by hand, past the actions."""
    known = PointTransfer.objects.get()
    system = system_accounts(who.district_id)
    made = PointTransfer.objects.create(
        district_id=who.district_id,
        account=who.points,
        kind="expire",
        **says,
        day=known.day,
        occurred_at=known.occurred_at,
        booked_at=known.booked_at,
    )
    accounts = (who.points.pk, system["expired"])
    PointEntry.objects.bulk_create(
        [
            PointEntry(transfer=made, account_id=pk, amount=amount)
            for pk, amount in zip(accounts, amounts, strict=False)
        ]
    )
    return made


@pytest.mark.parametrize("amounts", [(-5, 4), (-5,), ()])
def test_what_does_not_sum_to_zero_is_refused_at_the_end(who: Volunteer, amounts: tuple[int, ...]) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        sides(who, *amounts)
        run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("says", [{}, {"amount": 5}, {"amount": -5, "owed": 1}])
def test_a_booking_that_says_other_than_its_sides_is_refused(who: Volunteer, says: dict[str, int]) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with pytest.raises(IntegrityError, match="its entries -5 and 0"), transaction.atomic():
        sides(who, -5, 5, **says)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_side_that_is_added_later_is_refused(who: Volunteer) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    system = system_accounts(who.district_id)
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        PointEntry.objects.create(transfer=PointTransfer.objects.get(), account_id=system["spent"], amount=1)


@pytest.mark.parametrize(
    "values",
    [
        {"balance": -1},
        {"balance": None},
        {"kind": "spent"},
        {"volunteer": None},
        {"owed": -1},
    ],
)
def test_an_account_that_must_not_be_is_refused(who: Volunteer, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PointAccount.objects.filter(volunteer=who).update(**values)


def test_no_second_account_of_a_kind(who: Volunteer) -> None:
    for values in ({"kind": "spent"}, {"kind": "volunteer", "volunteer": who, "balance": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PointAccount.objects.create(district_id=who.district_id, **values)


def test_no_booking_without_a_reason(who: Volunteer) -> None:
    known = PointTransfer.objects.get()
    with pytest.raises(IntegrityError, match="points_explained"), transaction.atomic():
        PointTransfer.objects.create(
            district_id=who.district_id,
            account=who.points,
            kind="earn",
            rule="hours",
            about_id=5,
            day=known.day,
            occurred_at=known.occurred_at,
            booked_at=known.booked_at,
        )


def test_a_price_and_a_stock_have_their_bounds(town: Town) -> None:
    made = good(town)
    for values in ({"stock": -1}, {"price": 0}, {"price": 100_001}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Good.objects.filter(pk=made.pk).update(**values)


def test_the_migration_writes_on_each_booking_what_its_sides_say(who: Volunteer, town: Town) -> None:
    """Of one that was put aside, collected and brought back; of a correction that could not take everything; by steps and
    again, which changes nothing."""
    migration = import_module("volunteers.migrations.0008_amounts_of_bookings")
    shop = station(town)
    kept = reserve_good(good(town, shop, price=50), volunteer=who, by=who.user, now=town.now)
    done = collect_good(shop, code=kept.code, by=None, now=town.now)
    told = corrected(Event.objects.filter(subject_type="service").latest("pk"), 0, at=town.now)
    book_event(told, now=town.now)
    return_good(done, by=town.people["community_worker"], now=town.now)
    rows = PointTransfer.objects.order_by("pk").values_list("kind", "amount", "owed")
    booked = list(rows)
    assert booked == [
        ("earn", 60, 0),
        ("reserve", -50, 0),
        ("collect", 50, 0),
        ("correct", -10, 50),
        ("return", 50, 0),
        ("owe", -50, -50),
    ]
    run(f"SET CONSTRAINTS ALL IMMEDIATE; {migration.DOWN}")
    run("UPDATE volunteers_pointtransfer SET amount = 0, owed = 0")
    run(migration.UP)
    assert set(rows.values_list("amount", flat=True)) == {0}
    for _again in range(2):
        with connection.schema_editor() as editor:
            migration.fill(None, editor, step=2)
        assert list(rows) == booked
    assert "append-only" in refused("UPDATE volunteers_pointtransfer SET amount = 0")
    in_order()


class TestRecount:
    def test_in_order(self, who: Volunteer, town: Town, capsys: Any) -> None:
        reserve_good(good(town), volunteer=who, by=who.user, now=town.now)
        in_order()
        call_command("check_points")
        assert "in order" in capsys.readouterr().out

    def test_nothing_there_is_in_order_too(self, town: Town) -> None:
        call_command("check_points")

    # What each statement of the count is there for, forced into the database as its owner could.
    FORCED: tuple[tuple[str, str], ...] = (
        ("UPDATE volunteers_pointaccount SET balance = balance + 1 WHERE kind = 'volunteer'", "balance 11"),
        ("UPDATE volunteers_pointaccount SET owed = 3 WHERE kind = 'volunteer'", "owes 3"),
        ("UPDATE volunteers_pointaccount SET owed = 3 WHERE kind = 'volunteer'", "although it has 10 points"),
        (
            "UPDATE volunteers_pointentry SET amount = amount + 1 WHERE balance IS NULL",
            "the sum of all accounts",
        ),
        ("UPDATE volunteers_pointentry SET amount = amount + 1 WHERE balance IS NULL", "its sides sum to 1"),
        ("UPDATE volunteers_pointentry SET balance = 7 WHERE balance IS NOT NULL", "the entries up to it"),
        ("DELETE FROM volunteers_pointentry", "has no sides"),
        (
            "UPDATE volunteers_pointtransfer SET amount = 61 WHERE kind = 'earn'",
            "says 61 and 0 owed, its entries 60",
        ),
        ("UPDATE volunteers_redemption SET price = price + 1", "points are reserved"),
        (
            "UPDATE volunteers_redemption SET state = 'collected', ended_at = reserved_at, code_hash = ''",
            "points are spent",
        ),
        ("UPDATE volunteers_good SET stock = stock + 1", "its movements sum to 9"),
        (
            "UPDATE volunteers_pointtransfer SET event_id = 0 WHERE event_id IS NOT NULL",
            "is not in the trail",
        ),
    )

    @pytest.mark.parametrize(("statement", "said"), FORCED)
    def test_every_fault_is_named(
        self, who: Volunteer, town: Town, statement: str, said: str, capsys: Any
    ) -> None:
        reserve_good(good(town), volunteer=who, by=who.user, now=town.now + days(1))
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("pointtransfer", "pointentry"):
            run(f"ALTER TABLE volunteers_{table} DISABLE TRIGGER USER")
        run(statement)
        with pytest.raises(CommandError, match="faults in the points bank"):
            call_command("check_points")
        assert said in capsys.readouterr().out

    def test_every_statement_is_tried_above(self) -> None:
        """Each begins with words of its own; the sum and its booking are forced by the same statement."""
        assert len(CHECKS) == len(self.FORCED)

    def test_faults_are_counted_not_hidden(self, who: Volunteer) -> None:
        PointAccount.objects.filter(volunteer=who).update(balance=61)
        (fault,) = [one for one in faults() if one.startswith("account")]
        assert fault == f"account {who.points.pk}: balance 61, its entries sum to 60"
