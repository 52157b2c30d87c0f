"""Print the modules whose types mypy holds: rules, pure tables, actions, as tests/architecture knows them."""

from pathlib import Path

from tests.architecture.house import FLOORS, ROOM_OF_APP, ROOMS, SPECIAL, Room

ROOT = Path(__file__).resolve().parent.parent
# The demo's own machinery starts and kills processes: types help there too.
ALSO = ("demo",)
HELD = (Room.PURE, Room.ACTION)


def room_of(path: Path) -> Room:
    """The room of a module, given its path below the root."""
    parts = path.with_suffix("").parts
    room = SPECIAL.get(".".join(parts)) or ROOMS.get(parts[1]) or ROOM_OF_APP.get(parts[0])
    return room or Room.PURE


def typed_modules(root: Path = ROOT) -> list[str]:
    """Paths below the root, sorted."""
    paths = [path.relative_to(root) for app in FLOORS for path in (root / app).rglob("*.py")]
    held = [path for path in paths if "migrations" not in path.parts and path.stem != "__init__"]
    own = [path.relative_to(root) for app in ALSO for path in (root / app).glob("*.py")]
    return sorted(map(str, {path for path in held if room_of(path) in HELD} | set(own)))


if __name__ == "__main__":
    print("\n".join(typed_modules()))
