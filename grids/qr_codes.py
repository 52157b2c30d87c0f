"""QR codes as SVG to stand within a page, and the address behind a building's code. Pure."""

import segno

# What is printed on doors stays there for years: this address may never change, whatever the pages are called.
DOOR = "/r/"
# One that is a quarter dirty or scratched is still read.
ERROR = "m"
# Light modules around it, as the standard asks.
QUIET = 4


def door_address(base: str, token: str) -> str:
    """What the code on a building's door says: no words, only the address."""
    return f"{base}{DOOR}{token}"


def qr_svg(text: str) -> str:
    """The code as an <svg> element: black on nothing, as large as where it stands, without style attributes."""
    code = segno.make(text, error=ERROR, micro=False)
    return code.svg_inline(omitsize=True, border=QUIET, svgclass="qr", lineclass=None)
