"""The script of the chat: joined from its modules, small, and served no oftener than needed."""

import gzip
import re
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from sanic.compat import Header

from desk.attachments.file_types import ALLOWED
from desk.web import widget

SHOULD_STAND_OUT = {
    "ink": ("paper", 4.5), "quiet": ("paper", 4.5), "link": ("paper", 4.5), "warn": ("paper", 4.5),
    "head-ink": ("head", 4.5), "head-quiet": ("head", 4.5), "strip-ink": ("strip", 4.5),
    "visitor-ink": ("visitor", 4.5), "accent-ink": ("accent", 4.5), "note-ink": ("note", 4.5),
    "edge": ("paper", 3), "ring": ("paper", 3), "analyst-edge": ("paper", 3),
}  # fmt: skip
"""A colour, what it lies on, and the least contrast (WCAG 2.2, 1.4.3 and 1.4.11)."""
DECLARED = re.compile(
    r"^(?:export )?(?:async )?(?:class|const|let|function\*?) (\w+)", re.MULTILINE
)


def asking(**headers: str) -> Any:
    return SimpleNamespace(headers=Header({k.replace("_", "-"): v for k, v in headers.items()}))


def test_a_visitor_downloads_no_more_than_the_limit():
    assert len(widget.bundle().compressed) <= widget.LIMIT


def test_every_module_is_joined_and_after_what_it_needs():
    order = widget.modules()
    assert {*order} == {
        widget.SOURCES / widget.ENTRY,
        *(widget.SOURCES / "widget").glob("*.js"),
    }
    for place, path in enumerate(order):
        for name in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / name).resolve() in order[:place], (path.name, name)


def test_no_two_modules_declare_the_same_name():
    counts = Counter(
        name for path in widget.modules() for name in DECLARED.findall(path.read_text("utf-8"))
    )
    assert [name for name, count in counts.items() if count > 1] == []


def test_nothing_of_the_modules_is_left_for_the_browser_to_load():
    plain = widget.bundle().plain.decode()
    assert not re.search(r"^\s*(import|export)\b|[^.\w]import\s*\(", plain, re.MULTILINE)


async def test_it_is_compressed_for_whoever_takes_it():
    answer = await widget.serve(asking(accept_encoding="br, gzip;q=0.8"))
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Origin, Accept-Encoding"
    assert "max-age=" in answer.headers["cache-control"]
    assert answer.body is not None
    assert gzip.decompress(answer.body) == widget.bundle().plain


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.0", "identity"])
async def test_it_is_plain_for_everyone_else(accepted):
    answer = await widget.serve(asking(accept_encoding=accepted))
    assert "content-encoding" not in answer.headers
    assert answer.body == widget.bundle().plain


@pytest.mark.parametrize("known", ["{}", 'W/"other", {}', "*"])
async def test_whoever_has_it_gets_nothing(known):
    tag = widget.bundle().etag
    answer = await widget.serve(asking(if_none_match=known.format(tag)))
    assert (answer.status, answer.body) == (304, b"")


async def test_whoever_has_an_older_one_gets_the_new():
    answer = await widget.serve(asking(if_none_match='W/"older"'))
    assert answer.status == 200


def test_the_file_dialog_offers_just_what_the_desk_takes():
    composer = (widget.SOURCES / "widget" / "composer.js").read_text(encoding="utf-8")
    offered = re.search(r'ACCEPTED =\s+"([^"]+)"', composer)
    assert offered
    assert {*offered[1].split(",")} == {
        ending for endings in ALLOWED.values() for ending in endings
    }


def luminance(color: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", SHOULD_STAND_OUT)
def test_our_colours_stand_out_from_what_they_lie_on(theme, name):
    styles = (widget.SOURCES / "widget" / "styles.js").read_text(encoding="utf-8")
    light = dict(re.findall(r"--([\w-]+): (#\w{6});", styles.split(":host([dark])")[0]))
    dark = dict(re.findall(r"--([\w-]+): (#\w{6});", styles.split(":host([dark])")[1]))
    colours = light if theme == "light" else light | dark
    ground, least = SHOULD_STAND_OUT[name]
    low, high = sorted(luminance(colours[key]) for key in (name, ground))
    assert (high + 0.05) / (low + 0.05) >= least
