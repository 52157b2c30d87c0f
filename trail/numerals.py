"""Numbers as addresses and fields write them. One reading for all: `str.isdigit` is true of "²", which is no int."""

# What a bigint column holds; a larger number belongs to no row.
MOST_ID = 2**63 - 1


def read_whole(text: str, most: int = MOST_ID) -> int | None:
    """A whole number from 0 to `most` in ASCII digits; None for anything else."""
    # By its length first: what is very long is not even made a number.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None
