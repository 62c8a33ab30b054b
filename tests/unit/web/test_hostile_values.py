"""No page lets what it shows become a part of its own markup.

Every template is rendered with one and the same hostile text in the place of everything that it is
given: strings, numbers, rows, whatever it calls and loops over.
"""

import dis
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes
from jinja2.runtime import Undefined

import desk.web.pages
from desk.web.pages import _environment
from desk.web.pages.words import web_address

FOLDER = Path(desk.web.pages.__file__).parent
_ALL = {str(file.relative_to(FOLDER)): file.read_text("utf-8") for file in FOLDER.rglob("*.html")}
_PARTS = {name for text in _ALL.values() for name in re.findall(r'{% include "([^"]+)"', text)}
TEMPLATES = sorted(_ALL.keys() - _PARTS)
"""Parts of pages are rendered in their place, with the macros that the page has at hand."""
BREAKS_OUT = "\"'><xss-probe onprobe=1></textarea></title></style></script><xss-probe>"
LEADS_ELSEWHERE = "javascript:alert(1)//"
ADDRESSES = ("href", "src", "action", "formaction", "data", "srcdoc")


class Hostile:
    """Whatever a template asks it for, it is that, and says the hostile text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> "Hostile":
        return self

    def __iter__(self) -> Any:
        # As many parts as whoever unpacks it wants; two for whoever loops over it.
        frame = sys._getframe(1)
        code, at = frame.f_code.co_code, frame.f_lasti
        unpacks = dis.opname[code[at]] == "UNPACK_SEQUENCE"
        return iter([self] * (code[at + 1] if unpacks else 2))

    def __index__(self) -> int:
        return 1

    def __str__(self) -> str:
        return self._text

    def __format__(self, _: str) -> str:
        return self._text

    def __hash__(self) -> int:
        return 1

    def __len__(self) -> int:
        return 2

    def __getitem__(self, _: Any) -> "Hostile":
        return self

    def __bool__(self) -> bool:
        return True

    def __eq__(self, _: object) -> bool:
        return False

    def __lt__(self, _: object) -> bool:
        return True

    def __contains__(self, _: object) -> bool:
        return True

    __gt__ = __le__ = __ge__ = __lt__
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __mod__ = (
        __neg__
    ) = __call__


class Parts(HTMLParser):
    """The elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def rendered(template: str, text: str) -> str:
    """The page with this text everywhere."""
    hostile = Hostile(text)

    class Given(Undefined):
        """What stands in for a value that the template was not given."""

        def __new__(cls, *_: Any, **__: Any) -> Any:
            return hostile

    environment = _environment.overlay(undefined=Given)
    # How numbers and instants are written is of no matter here; words come as they are.
    environment.filters = dict.fromkeys(_environment.filters, lambda value, *_, **__: value) | {
        name: _environment.filters[name] for name in ("e", "escape", "forceescape", "length")
    }
    environment.filters["web_address"] = lambda value: web_address(str(value))
    environment.filters["mailto"] = lambda value: _environment.filters["mailto"](str(value))
    environment.globals = {
        name: value if name in ("range", "dict", "namespace", "cycler", "joiner") else hostile
        for name, value in _environment.globals.items()
    }
    return environment.get_template(template).render(language="en")


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_value_breaks_out_of_where_it_stands(template):
    for tag, attributes in Parts(rendered(template, BREAKS_OUT)).elements:
        assert tag != "xss-probe"
        assert "onprobe" not in attributes, tag


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_value_decides_alone_where_a_link_leads(template):
    for tag, attributes in Parts(rendered(template, LEADS_ELSEWHERE)).elements:
        for name in ADDRESSES:
            assert not (attributes.get(name) or "").strip().startswith("javascript:"), (tag, name)


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_switches_the_escaping_off_or_runs_what_stands_in_it(template):
    source = (FOLDER / template).read_text(encoding="utf-8")
    tree = _environment.parse(source)
    assert not {node.name for node in tree.find_all(nodes.Filter)} & {"safe", "xmlattr"}
    assert not list(tree.find_all(nodes.ScopedEvalContextModifier))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source)
    # A value outside of quotes could add attributes.
    assert not re.search(r"\s[\w-]+=\{\{", source)
    for script in re.findall(r"<script[^>]*>", source):
        assert 'nonce="{{ nonce }}"' in script
        assert " src=" in script


def test_a_template_that_trusts_its_values_would_be_found():
    environment = _environment.overlay()
    hostile = Hostile(BREAKS_OUT)
    careless = environment.from_string("<p title={{ x }}>{{ x | safe }}</p>").render(x=hostile)
    assert "xss-probe" in [tag for tag, _ in Parts(careless).elements]
