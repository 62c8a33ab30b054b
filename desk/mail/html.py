"""A mail's HTML as text, in which what it quotes is marked as in plain mail, with `>`."""

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml import etree, html

_CONFIG = ParserConfig(css=CSS_PROFILES["strict"])
# Outlook draws a line above the headers of an older mail, in the one colour or the other.
_RULED = (
    '//div[contains(@style, "border-top") and '
    '(contains(@style, "#B5C4DF") or contains(@style, "#E1E1E1"))]'
)
_QUOTES = (
    "//blockquote",
    '//div[contains(concat(" ", @class, " "), " gmail_quote ")]',
    '//div[contains(@class, "gmail_extra")]',
    '//div[contains(@class, "yahoo_quoted")]',
    '//div[contains(@class, "moz-cite-prefix")]',
    '//div[contains(@class, "protonmail_quote")]',
    '//div[@id="divRplyFwdMsg" or @id="x_divRplyFwdMsg"]/following-sibling::*',
    '//div[@id="divRplyFwdMsg" or @id="x_divRplyFwdMsg"]',
    '//div[contains(@class, "zmail_extra")]',
    '//hr[@id="zwchr"]/following-sibling::*',
    '//*[@id="mail-editor-reference-message-container"]',
    '//*[contains(@class, "ms-outlook-mobile-reference-message")]',
    '//*[@id="appendonsend"]/following-sibling::*',
    f"{_RULED}/parent::div/following-sibling::*",
    _RULED,
)
"""Where mail programs put what they quote."""
# Where they put what is signed; others put the words of the mail there as well.
_SIGNED = (
    '//div[contains(@class, "gmail_signature") or contains(@class, "moz-signature") or '
    'contains(@class, "protonmail_signature_block")]'
)
_HIDDEN = "//script|//style|//head|//title|//object|//template|//comment()"
_LARGEST = 1_000_000


def text_of_html(markup: str) -> str:
    """The text; empty when there is none."""
    try:
        tree = html.document_fromstring(
            f"<div>{markup[:_LARGEST]}</div>", parser=html.HTMLParser(huge_tree=True)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return ""
    for node in tree.xpath(_HIDDEN):
        if node.getparent() is not None:
            node.drop_tree()
    for node in tree.xpath(_SIGNED):
        _mark_signature(node)
    for path in _QUOTES:
        for node in tree.xpath(path):
            _mark(node)
    return _plain(tree)


def _mark(node: html.HtmlElement) -> None:
    """Put the text of an element in its place, each line behind a `>`."""
    parent = node.getparent()
    if parent is None or any(one.get("data-quoted") for one in node.iterancestors()):
        return
    lines = _plain(node).strip("\n").split("\n")
    quoted = html.Element("pre", {"data-quoted": "1"})
    quoted.text = "\n".join(f"> {line}".rstrip() for line in lines)
    quoted.tail = node.tail
    parent.replace(node, quoted)


def _mark_signature(node: html.HtmlElement) -> None:
    """Put a line above an element that tells a signature in plain mail."""
    mark = html.Element("pre")
    mark.text = "-- "
    node.addprevious(mark)


def _plain(node: html.HtmlElement) -> str:
    tail, node.tail = node.tail, None
    try:
        text: str = get_text(etree.tostring(node, encoding="unicode", method="html"), _CONFIG)
    except RecursionError:
        text = ""
    try:
        # What is nested too deeply for the one is still words to the other.
        text = text if text.strip() else node.text_content()
    finally:
        node.tail = tail
    return "\n".join(line.rstrip() for line in text.replace("\xa0", " ").split("\n"))
