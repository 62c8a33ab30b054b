"""Turns of the desk beside those of a `rasa init` assistant and of a help desk bot, in one run.

    .venv/bin/python -m benchmarks.peers [--write]

All of them run at the same time and are asked one after the other, in rounds, so that what slows
the machine down for a while slows all of them. Prints the tables; `--write` puts them into
docs/peers-benchmark.md and draws the plots. It takes some thirty minutes on two cores, five
of them for training.
"""

import argparse
import asyncio
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.peers import page, sides
from benchmarks.peers.measuring import Measured, rounds
from benchmarks.peers.sides import Side


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=160, help="of each client count and round")
    parser.add_argument("--folder", type=Path, help="trained peers are kept and used again there")
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        measured = Measured()
        python = train(measured, folder)
        desk = sides.Desk(Path(scratch) / "home")
        # The first start makes the database and imports the articles; what counts is the next.
        desk.start(Path(scratch))
        desk.stop()
        them: list[Side] = [
            desk,
            sides.rasa_init(python, folder / "rasa init"),
            sides.helpdesk(python, folder / "help desk bot"),
            sides.floor(),
        ]
        for side in them:
            running.callback(side.stop)
            print(f"starting {side.name}", flush=True)
            measured.start[side.name].append(side.start(folder))
        asyncio.run(rounds(measured, them, options.rounds, options.turns))
        measured.memory = {side.name: side.memory() for side in them}
    report = page.tables(measured)
    print(report)
    if options.write:
        page.write(report, measured)


def train(measured: Measured, folder: Path) -> Path:
    """Train all three, or use what the folder holds; the Python of the peers."""
    python = sides.rasa_python()
    file = folder / "training.json"
    if file.exists():
        measured.training = json.loads(file.read_text())
        return python
    for name, work in (
        ("acedesk", lambda: sides.train_desk(folder / "acedesk")),
        ("rasa init", lambda: sides.train_rasa_init(python, folder / "rasa init")),
        ("help desk bot", lambda: sides.train_helpdesk(python, folder / "help desk bot")),
    ):
        print(f"training {name}", flush=True)
        measured.training[name] = work()
    file.write_text(json.dumps(measured.training))
    return python


if __name__ == "__main__":
    main()
