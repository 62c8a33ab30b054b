"""A mail's HTML as text, in which what it quotes is marked as in plain mail, with `>`."""

import re
from collections.abc import Iterator
from html import unescape

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree, html

_CONFIG = ParserConfig(css=CSS_PROFILES["strict"])
_LARGEST, _MOST_ELEMENTS = 1_000_000, 50_000
_DEEPEST, _DEEPEST_READ = 150, 2_000
"""Levels that are shown as lines; and those from which on the parser loses words."""
_UNSEEN = ("script", "style", "head", "title", "object", "template", "noscript")
_TAG = re.compile(r"<[^<>]{1,2000}>")
# Outlook draws a line above the headers of an older mail, in the one colour or the other.
_RULED = re.compile(r"border-top:.{0,40}#(?:B5C4DF|E1E1E1)", re.IGNORECASE | re.DOTALL)
# Where mail programs put what they quote, and below what they put it.
_QUOTES = re.compile(
    r"(?:^| )gmail_quote |gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra"
    r"|ms-outlook-mobile-reference-message"
)
_QUOTE_IDS = {"mail-editor-reference-message-container"}
_DIVIDER_IDS = {"divRplyFwdMsg", "x_divRplyFwdMsg", "zwchr", "appendonsend"}
# Written as `&#1;`, they are let in, but can not be put back into a tree.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Where they put what is signed; others put the words of the mail there as well.
_SIGNED = re.compile(r"gmail_signature|moz-signature|protonmail_signature_block")


def text_of_html(markup: str) -> str:
    """The text; empty when there is none."""
    markup = markup[:_LARGEST]
    parser = html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(f"<div>{markup}</div>", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return ""
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    if not _is_made_flat(tree):
        return _clean(unescape(_TAG.sub("\n", markup)))
    for node in [one for one in tree.iter("div") if _SIGNED.search(one.get("class", ""))]:
        _mark_signature(node)
    for node in list(_quotations(tree)):
        _mark(node)
    return _plain(tree)


def _is_made_flat(tree: html.HtmlElement) -> bool:
    """Whether it is small enough, once what is nested too deeply is mere words."""
    level, depth, elements = [tree], 0, 0
    deep: list[html.HtmlElement] = []
    while level:
        level = [inner for node in level for inner in node]
        depth, elements = depth + 1, elements + len(level)
        if depth == _DEEPEST:
            deep = level
        if depth > _DEEPEST_READ or elements > _MOST_ELEMENTS:
            return False
    for node in deep:
        tail, words = _clean(node.tail), _clean("\n".join(node.itertext()))
        node.clear()
        node.tag, node.text, node.tail = "pre", words, tail
    return True


def _quotations(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """The outermost elements that are quoted, in no order."""
    open_nodes = [tree]
    while open_nodes:
        older = False
        for node in open_nodes.pop():
            older = older or node.get("id") in _DIVIDER_IDS
            if older or _is_quoted(node):
                yield node
            else:
                open_nodes.append(node)
            older = older or (node.tag == "div" and any(_is_ruled(inner) for inner in node))


def _is_quoted(node: html.HtmlElement) -> bool:
    if node.tag == "blockquote" or node.get("id") in _QUOTE_IDS or _is_ruled(node):
        return True
    # What is answered point by point stands between the quotations within.
    return bool(_QUOTES.search(node.get("class", "") + " ")) and node.find("blockquote") is None


def _is_ruled(node: html.HtmlElement) -> bool:
    return node.tag == "div" and bool(_RULED.search(node.get("style", "")))


def _mark(node: html.HtmlElement) -> None:
    """Put the text of an element in its place, each line behind a `>`."""
    lines = _plain(node).strip("\n").split("\n")
    quoted = html.Element("pre")
    quoted.text = "\n".join(f"> {line}".rstrip() for line in lines)
    quoted.tail = _clean(node.tail)
    node.getparent().replace(node, quoted)


def _mark_signature(node: html.HtmlElement) -> None:
    """Put a line above an element that tells a signature in plain mail."""
    mark = html.Element("pre")
    mark.text = "-- "
    node.addprevious(mark)


def _plain(node: html.HtmlElement) -> str:
    tail, node.tail = _clean(node.tail), None
    text = _clean(Inscriptis(node, _CONFIG).get_text())
    node.tail = tail
    return "\n".join(line.rstrip() for line in text.replace("\xa0", " ").split("\n"))


def _clean(text: str | None) -> str:
    return _CONTROLS.sub("", text or "")
