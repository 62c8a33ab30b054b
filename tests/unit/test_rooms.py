"""The rooms of the desk depend on each other downwards only."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from desk.settings import PROJECT

DESK = PROJECT / "desk"
DOMAIN = {
    "accounts", "attachments", "audit", "conversations", "knowledge", "macros", "outages", "outbox",
    "privacy", "quality", "reporting", "routing", "sla", "tickets",
}  # fmt: skip
ABOVE = {"web", "cli", "demo", "evaluation", "worker", "services"}
TABLES = DESK / "store" / "tables.py"
"""Names every room's tables for the migrations, which is no use of them."""


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def arrows() -> dict[str, set[str]]:
    """By room, the rooms that it uses."""
    found: dict[str, set[str]] = {}
    for file in DESK.rglob("*.py"):
        if file == TABLES or "migrations" in file.parts:
            continue
        room = file.relative_to(DESK).parts[0].removesuffix(".py")
        used = {name.split(".")[1] for name in imported(file) if name.startswith("desk.")}
        found[room] = found.get(room, set()) | used - {room}
    return found


def test_there_is_no_circle_of_rooms():
    rooms = {room: used for room, used in arrows().items() if room not in {"__main__", "__init__"}}
    assert list(TopologicalSorter(rooms).static_order())


def test_no_domain_room_uses_what_stands_above_it():
    for room, used in arrows().items():
        if room in DOMAIN | {"store", "messages", "settings", "home"}:
            assert not used & ABOVE, room


def test_the_store_uses_no_room():
    assert not arrows()["store"] & DOMAIN


def test_the_clock_needs_nothing_but_the_standard_library():
    for file in (DESK / "sla" / "clock").glob("*.py"):
        for name in imported(file):
            known = name.split(".")[0] in sys.stdlib_module_names
            assert known or name.startswith("desk.sla.clock"), (file.name, name)


def test_nothing_of_the_bot_uses_the_desk():
    files = [*(PROJECT / "bot").glob("*.py"), *(PROJECT / "bot" / "components").glob("*.py")]
    files += (PROJECT / "textkit").glob("*.py")
    for file in files:
        assert not [name for name in imported(file) if name.split(".")[0] == "desk"], file
