"""What the chat costs a page in bytes, beside widgets that are published on npm.

    .venv/bin/python -m benchmarks.widget_bytes [--write]

Of each package the files are taken that its own description has a page load, from the very tarball
that `npm pack` fetches; of the desk's widget the script that the desk serves. Compressed with gzip
and Brotli at their highest levels. Beside that, a browser opens the chat on an empty page and tells
what it asked the desk for until somebody can type. It needs npm, Node.js and Chromium, and takes
half a minute. `--write` puts the table into docs/widget-bytes.md and draws the plot.
"""

import argparse
import gzip
import json
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Request, sync_playwright

from benchmarks.pages import fill, table
from desk.evaluation.drawing import ACCENT, BAR, INK, draw, standalone
from desk.settings import PROJECT
from desk.web.widget import bundle
from tests.e2e.browser.chromium import launched
from tests.e2e.stack import running

PAGE = PROJECT / "docs" / "widget-bytes.md"
PLOT = PROJECT / "docs" / "pictures" / "widget-bytes.svg"
ALT = "Kilobytes of each widget's script and styles, compressed with gzip."
OURS = "acedesk"

# Brotli is in Node.js, which npm needs anyway.
_BROTLI = """
const { brotliCompressSync } = require("node:zlib"), { readFileSync } = require("node:fs");
const sizes = process.argv.slice(1).map((file) => brotliCompressSync(readFileSync(file)).length);
console.log(JSON.stringify(sizes));
"""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A package, and the files of it that a page loads before the chat can be used."""

    name: str
    version: str
    files: tuple[str, ...]


PEERS = (
    Published(name="rasa-webchat", version="1.0.1", files=("lib/index.js",)),
    Published(name="@typebot.io/js", version="0.10.7", files=("dist/web.js",)),
    Published(name="deep-chat", version="2.4.2", files=("dist/deepChat.bundle.js",)),
    Published(name="flowise-embed", version="3.1.6", files=("dist/web.js",)),
    Published(
        name="@n8n/chat",
        version="1.37.0",
        files=(
            "dist/chat.bundle.es.js",
            # Imported by it at once.
            "dist/chunk-DzKB351f.mjs",
            "dist/vue.runtime.esm-bundler-CU4O2zSj.mjs",
            "dist/en-Ubc0tWnj-BmN9jzm2.mjs",
            "dist/style.css",
        ),
    ),
    Published(name="botframework-webchat", version="4.18.1", files=("dist/webchat.js",)),
)


@dataclass(frozen=True, kw_only=True)
class Bytes:
    name: str
    files: int
    plain: int
    gzip: int
    brotli: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        script = folder / "widget.js"
        script.write_bytes(bundle().plain)
        sizes = [weighed(OURS, [script]), *(weighed(*fetched(peer, folder)) for peer in PEERS)]
        asked = requests(folder / "home")
    report = f"{_table(sizes)}\n\n{_asked(asked)}"
    print(report)
    if options.write:
        fill(PAGE, report)
        PLOT.write_text(_plot(sizes), encoding="utf-8")


def fetched(peer: Published, folder: Path) -> tuple[str, list[Path]]:
    """The name with its version, and the files, out of the published tarball."""
    spec = f"{peer.name}@{peer.version}"
    done = subprocess.run(
        ["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True, text=True
    )
    into = folder / peer.name.replace("/", "-")
    with tarfile.open(folder / done.stdout.strip()) as packed:
        packed.extractall(into, filter="data")
    return f"{peer.name} {peer.version}", [into / "package" / file for file in peer.files]


def weighed(name: str, files: Sequence[Path]) -> Bytes:
    """Each file is compressed by itself, as a server does."""
    done = subprocess.run(
        ["node", "-e", _BROTLI, *files], check=True, capture_output=True, text=True
    )
    return Bytes(
        name=name,
        files=len(files),
        plain=sum(file.stat().st_size for file in files),
        gzip=sum(len(gzip.compress(file.read_bytes(), 9)) for file in files),
        brotli=sum(json.loads(done.stdout)),
    )


def requests(home: Path) -> list[tuple[str, str, int]]:
    """Method, path and bytes of what a page with the chat asks the desk for until one can type."""
    asked: list[tuple[str, str, int]] = []
    with running(home) as stack, sync_playwright() as playwright, launched(playwright) as browser:
        page = browser.new_page()

        def note(request: Request) -> None:
            if request.url.startswith(stack.url):
                path = request.url.removeprefix(stack.url)
                asked.append((request.method, path, request.sizes()["responseBodySize"]))

        page.on("requestfinished", note)
        script = f'<script src="{stack.url}/widget.js"></script>'
        with site(f'<!doctype html><html lang="en">{script}') as url:
            page.goto(url)
            page.locator("button.launcher").click()
            page.locator("textarea").fill("hello")
            page.wait_for_load_state("networkidle")
    return asked


@contextmanager
def site(content: str) -> Iterator[str]:
    """The address of a page of another site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, format: str, *values: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _table(sizes: Sequence[Bytes]) -> str:
    ours = sizes[0]
    rows = [
        [
            one.name,
            str(one.files),
            *(f"{size:,}" for size in (one.plain, one.gzip, one.brotli)),
            f"{one.gzip / ours.gzip:.1f}",
        ]
        for one in sorted(sizes, key=lambda one: one.gzip)
    ]
    head = ["", "Files", "Bytes", "gzip -9", "Brotli 11", "gzip, times acedesk's"]
    return table(head, rows)


def _asked(asked: Sequence[tuple[str, str, int]]) -> str:
    lines = [f"`{method} {path}`, {size:,} bytes" for method, path, size in asked]
    return f"Until somebody can type, the browser asked the desk for: {'; '.join(lines)}."


def _plot(sizes: Sequence[Bytes]) -> str:
    ordered = sorted(sizes, key=lambda one: -one.gzip)

    def paint(figure: Any) -> None:
        axes = figure.add_subplot()
        names = [one.name for one in ordered]
        told = [one.gzip / 1000 for one in ordered]
        colours = [ACCENT if one.name == OURS else BAR for one in ordered]
        axes.barh(names, told, color=colours, height=0.6)
        for place, size in enumerate(told):
            axes.annotate(f" {size:,.0f}", (size, place), va="center", color=INK)
        axes.set_xlabel("kB with gzip")
        axes.set_title("What a page loads for its chat")

    return standalone(draw("widget-bytes", (6.4, 3.0), paint), ALT)


if __name__ == "__main__":
    main()
