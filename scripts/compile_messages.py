"""Compile locale/**/*.po with Babel, since a fresh machine may lack gettext. Only what is newer."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_all(root: Path = ROOT) -> list[Path]:
    """Write the .mo beside every .po that is newer; the files written. Fuzzy entries stay out."""
    written = []
    for source in sorted(root.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if any(part.startswith(".") for part in source.relative_to(root).parts):
            continue
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        half = target.with_suffix(".part")
        with half.open("wb") as file:
            write_mo(file, catalogue)
        half.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    for path in compile_all():
        print(f"  ✓ {path.relative_to(ROOT)}", file=sys.stderr)
