"""Bytes of a text file as people save it here. Pure."""

# UTF-8 with or without a mark, else what spreadsheets here write.
ENCODINGS = ("utf-8-sig", "gb18030")


def decode(data: bytes) -> str:
    """The text. Raises ValueError for what is no text in any of the encodings: nothing is guessed or replaced."""
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor GB 18030")
