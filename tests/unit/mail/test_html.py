"""HTML as text, with what it quotes behind `>`."""

import pytest

from desk.mail.html import text_of_html
from desk.mail.trim import trim
from tests.growth import grows_as_the_length


def test_paragraphs_and_lists_keep_their_lines():
    text = text_of_html("<p>Hello</p><ul><li>one</li><li>two</li></ul>")
    assert "Hello" in text
    assert ["one" in line for line in text.split("\n")].count(True) == 1


@pytest.mark.parametrize(
    "markup",
    [
        '<div dir="ltr">It still fails.</div><br><div class="gmail_quote"><div class="gmail_attr">'
        "On Mon, Nov 23, 2026 at 9:00 AM Desk &lt;d@x&gt; wrote:<br></div><blockquote>Try this."
        "</blockquote></div>",
        "<div>It still fails.</div><blockquote type='cite'><div>Try this.</div></blockquote>",
        "<p>It still fails.</p><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'>"
        "<b>From:</b> Desk<br><b>Sent:</b> Monday<br><b>To:</b> Ana</div><div>Try this.</div>",
        "<p>It still fails.</p><div class='yahoo_quoted'><p>Try this.</p></div>",
        "<p>It still fails.</p><div><div style='border:none;border-top:solid #B5C4DF 1.0pt'>"
        "<p><b>From:</b> Desk<br><b>Sent:</b> Monday<br><b>To:</b> Ana</p></div></div>"
        "<p>Try this.</p>",
        "<div>It still fails.</div><div class='zmail_extra'><div>---- On Mon wrote ----</div>"
        "<p>Try this.</p></div>",
        "<div>It still fails.</div><hr id='zwchr'><div><b>From: </b>Desk</div><div>Try this.</div>",
        "<div>It still fails.</div><div id='mail-editor-reference-message-container'><div><b>From:"
        "</b> Desk</div><div>Try this.</div></div>",
        "<div>It still fails.<br><div class='gmail_signature'>Ana<br>Importer, Inc.</div></div>"
        "<div class='gmail_quote'>Try this.</div>",
        "<p>It still fails.</p><div class='protonmail_signature_block'>Sent with it</div>",
    ],
)
def test_what_programs_quote_is_told_from_what_is_written(markup):
    assert trim(text_of_html(markup)).text == "It still fails."


@pytest.mark.parametrize("markup", ["", "<!-- -->", "<head><title>x</title></head>", "<"])
def test_nothing_is_read_from_nothing(markup):
    assert text_of_html(markup).strip() in {"", "<"}


def test_deep_markup_is_read_all_the_same():
    assert "deep" in text_of_html("<div>" * 400 + "deep" + "</div>" * 400)


def test_signs_that_no_tree_can_hold_are_left_out():
    found = text_of_html("a<blockquote>b&#1;&#xfffe;c</blockquote>d&#2;e")
    assert found.split() == ["a", ">", "bc", "de"]


def test_what_is_nested_beyond_all_reason_keeps_its_words():
    assert "deep" in text_of_html("<blockquote>" * 50_000 + "deep")


def test_an_answer_between_the_quotations_of_one_element_is_no_quotation():
    quote = "<div class='gmail_attr'>On Mon, Nov 23, 2026 at 9:00 AM Desk &lt;d@x&gt; wrote:</div>"
    markup = (
        f"<div class='gmail_quote gmail_quote_container'>{quote}<blockquote>Which port?"
        "</blockquote><p>Houston.</p><blockquote>Which day?</blockquote><p>Monday.</p></div>"
    )
    found = trim(text_of_html(markup))
    assert found.own_words.split() == ["Houston.", "Monday."]
    assert "> Which day?" in found.text


# The most that is read; and what is just small enough to be read as elements.
@pytest.mark.parametrize("size", [1_000_000, 180_000])
@pytest.mark.parametrize(
    "piece",
    [
        "<blockquote>",
        "<blockquote>x<div>y</div>",
        "<div class=gmail_quote>",
        "<div class=gmail_signature>",
        "<div class=gmail_signature>a</div>",
        "<div id=appendonsend></div>",
        "<div><div style='border-top:#B5C4DF'></div></div>",
        "<!-- -->",
        "<script>",
        "<table><tr><td>x",
        "<tr><td>x<td>y",
        "<p>x",
        "<li>",
        "<br>",
        "<b><p>x",
        "<",
        "<p style='padding:1000000em'>x",
        "<td colspan=100000000>x",
    ],
)
def test_hostile_markup_is_read_in_time(piece, size):
    assert grows_as_the_length(text_of_html, lambda size: piece * (size // len(piece)), size)
