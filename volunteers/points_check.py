"""Is the points bank in order? Everything that is kept beside the entries is counted anew from them. Reads only."""

from collections.abc import Iterator

from trail.statements import rows_of

# A district's account of a kind, beside the prices of the redemptions in the state that it stands for.
HELD = """
    SELECT booked.district_id, booked.points, coalesce(sum(redemption.price), 0) FROM (
        SELECT account.district_id, coalesce(sum(entry.amount), 0) AS points
        FROM volunteers_pointaccount AS account
        LEFT JOIN volunteers_pointentry AS entry ON entry.account_id = account.id
        WHERE account.kind = '{}' GROUP BY account.id
    ) AS booked
    LEFT JOIN volunteers_redemption AS redemption
        ON redemption.district_id = booked.district_id AND redemption.state = '{}'
    GROUP BY booked.district_id, booked.points HAVING booked.points <> coalesce(sum(redemption.price), 0)
"""
# Each statement answers with one row per fault; the words around it name what is wrong.
CHECKS: dict[str, str] = {
    "the sum of all accounts is %s": "SELECT sum(amount) FROM volunteers_pointentry HAVING sum(amount) <> 0",
    "booking %s: its sides sum to %s": """
        SELECT transfer_id, sum(amount) FROM volunteers_pointentry
        GROUP BY transfer_id HAVING sum(amount) <> 0 ORDER BY transfer_id
    """,
    "booking %s has no sides": """
        SELECT id FROM volunteers_pointtransfer AS transfer
        WHERE kind <> 'nothing' AND NOT EXISTS (SELECT FROM volunteers_pointentry WHERE transfer_id = transfer.id)
        ORDER BY id
    """,
    "booking %s says %s and %s owed, its entries %s and %s": """
        SELECT said.id, said.amount, said.owed, side.amount, side.owed
        FROM volunteers_pointtransfer AS said
        CROSS JOIN LATERAL (
            SELECT coalesce(max(amount) FILTER (WHERE account_id = said.account_id), max(amount), 0) AS amount,
                coalesce(max(owed) FILTER (WHERE account_id = said.account_id), 0) AS owed
            FROM volunteers_pointentry WHERE transfer_id = said.id
        ) AS side
        WHERE (said.amount, said.owed) <> (side.amount, side.owed) ORDER BY said.id
    """,
    "account %s: balance %s, its entries sum to %s": """
        SELECT account.id, account.balance, coalesce(sum(entry.amount), 0)
        FROM volunteers_pointaccount AS account
        LEFT JOIN volunteers_pointentry AS entry ON entry.account_id = account.id
        WHERE account.volunteer_id IS NOT NULL
        GROUP BY account.id HAVING account.balance <> coalesce(sum(entry.amount), 0) ORDER BY account.id
    """,
    "account %s: owes %s, its entries sum to %s": """
        SELECT account.id, account.owed, coalesce(sum(entry.owed), 0)
        FROM volunteers_pointaccount AS account
        LEFT JOIN volunteers_pointentry AS entry ON entry.account_id = account.id
        GROUP BY account.id HAVING account.owed <> coalesce(sum(entry.owed), 0) ORDER BY account.id
    """,
    "account %s: owes %s, although it has %s points": """
        SELECT id, owed, balance FROM volunteers_pointaccount WHERE owed > 0 AND balance > 0 ORDER BY id
    """,
    "entry %s: balance %s, the entries up to it sum to %s": """
        SELECT id, balance, total FROM (
            SELECT entry.id, entry.balance,
                sum(entry.amount) OVER (PARTITION BY entry.account_id ORDER BY entry.id) AS total
            FROM volunteers_pointentry AS entry
            JOIN volunteers_pointaccount AS account ON account.id = entry.account_id
            WHERE account.volunteer_id IS NOT NULL
        ) AS line WHERE balance IS DISTINCT FROM total ORDER BY id
    """,
    "district %s: %s points are reserved, what waits to be collected costs %s": HELD.format(
        "reserved", "reserved"
    ),
    "district %s: %s points are spent, what was collected costs %s": HELD.format("spent", "collected"),
    "good %s: stock %s, its movements sum to %s": """
        SELECT good.id, good.stock, coalesce(sum(move.amount), 0)
        FROM volunteers_good AS good LEFT JOIN volunteers_stockmove AS move ON move.good_id = good.id
        GROUP BY good.id HAVING good.stock <> coalesce(sum(move.amount), 0) ORDER BY good.id
    """,
    "booking %s: its event %s is not in the trail": """
        SELECT transfer.id, transfer.event_id FROM volunteers_pointtransfer AS transfer
        WHERE transfer.event_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM trail_event AS event WHERE event.id = transfer.event_id) ORDER BY transfer.id
    """,
}


def faults() -> Iterator[str]:
    """A line for everything that is not as it must be; none where all is in order."""
    for words, statement in CHECKS.items():
        for row in rows_of(statement, keep=False):
            yield words % row
