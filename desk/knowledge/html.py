"""Articles as HTML that can stand in any page: no scripts, no markup of their own, safe links."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title", "hreflang"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto", "tel"}


def article_html(markdown: str, language: str) -> str:
    """An article's body as HTML, in an element that says its language.

    HTML within the Markdown is shown as it was typed. Pictures are left out, since they would tell
    other sites who reads; a heading of the first level becomes one of the second, since the page
    around it has its own.

    Args:
        markdown: CommonMark with tables and strikethrough.
        language: what it is written in, en or es.
    """
    clean = nh3.clean(
        _renderer().render(markdown),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        clean_content_tags={"script", "style"},
        strip_comments=True,
    )
    return f'<div lang="{"es" if language == "es" else "en"}">{clean}</div>'


@cache
def _renderer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False})
    made.enable(["table", "strikethrough"])
    made.core.ruler.push("headings", _lower_headings)
    return made


def _lower_headings(state: object) -> None:
    for token in getattr(state, "tokens", ()):
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"
