"""The script of the chat: joined from its modules, small, and served no oftener than needed."""

import gzip
import re
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from sanic.compat import Header

from desk.privacy.file_types import ALLOWED
from desk.web import widget

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
    assert answer.headers["vary"] == "Accept-Encoding"
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
