"""The one script that a site embeds: the modules of the widget, joined, minified and compressed.

The sources are ES modules, so that each has one reason to change and says what it needs. Joined
they are one classic script: one request, and `document.currentScript` tells it where it came from.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import minify  # type: ignore[import-untyped]
from sanic import HTTPResponse, Request, raw

SOURCES = Path(__file__).parent / "static"
ENTRY = "widget.js"
LIMIT = 20_000
"""Bytes that the script may cost a visitor, compressed."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_NOT_AT_ALL = re.compile(r"q=0(\.0*)?")
_MAX_AGE_S = 300


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script as it is served. `etag` is weak: it stands for either encoding (RFC 9110, 8.8.3)."""

    plain: bytes
    compressed: bytes
    etag: str


@cache
def bundle() -> Script:
    """The widget's modules as one script."""
    plain = str(minify.string("text/javascript", joined())).encode()
    digest = hashlib.sha256(plain).hexdigest()[:32]
    # Without a date in it the same sources are the same bytes.
    compressed = gzip.compress(plain, 9, mtime=0)
    return Script(plain=plain, compressed=compressed, etag=f'W/"{digest}"')


def joined() -> str:
    """All modules in one scope of their own, each after those that it imports."""
    parts = [_EXPORT.sub("", _IMPORT.sub("", _read(path))) for path in modules()]
    return f'(() => {{\n"use strict";\n{"".join(parts)}}})();\n'


def modules() -> list[Path]:
    """The widget's source files, each after those that it imports."""
    found: list[Path] = []

    def visit(path: Path) -> None:
        for name in _IMPORT.findall(_read(path)):
            needed = (path.parent / name).resolve()
            if needed not in found:
                visit(needed)
        found.append(path)

    visit((SOURCES / ENTRY).resolve())
    return found


async def serve(request: Request) -> HTTPResponse:
    """`/widget.js`, compressed for whoever takes gzip, and not at all for whoever has it."""
    script = bundle()
    headers = {
        "Cache-Control": f"public, max-age={_MAX_AGE_S}",
        "ETag": script.etag,
        "Vary": "Origin, Accept-Encoding",
    }
    if _matches(request.headers.getone("if-none-match", ""), script.etag):
        return HTTPResponse(status=304, headers=headers)
    body = script.plain
    if _takes_gzip(request.headers.getone("accept-encoding", "")):
        body, headers["Content-Encoding"] = script.compressed, "gzip"
    return raw(body, content_type="text/javascript; charset=utf-8", headers=headers)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _matches(header: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110 section 13.1.2)."""
    known = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag.removeprefix("W/") in known or "*" in known


def _takes_gzip(header: str) -> bool:
    """Whether Accept-Encoding names gzip with a weight above nothing (RFC 9110 section 12.5.3)."""
    parts = [part.replace(" ", "").partition(";") for part in header.lower().split(",")]
    weights = {name: weight for name, _, weight in parts}
    return "gzip" in weights and not _NOT_AT_ALL.fullmatch(weights["gzip"])
