"""Pages taken apart, for tests."""

from html.parser import HTMLParser
from typing import Any

from desk.web.pages import render

VOID = {"meta", "link", "input", "img"}
SPACE = "\u00a0"
NARROW = "\u202f"


class Page(HTMLParser):
    """Collects the elements of a page and checks that they nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace(SPACE, " ").replace(NARROW, " ").split())


def console_page(name: str, language: str, **values: Any) -> Page:
    """A page of the console, in the frame that a request would give it."""
    frame = {"csrf": "proof", "nonce": "nonce", "may": lambda _action: True}
    return Page(render(f"console/{name}", language, **(frame | values)))
