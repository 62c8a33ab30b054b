"""Mails as they come: odd character sets, broken MIME, files, and bytes that are no mail."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk.mail.message import Mail
from desk.mail.parse import LARGEST, Unreadable, decoded, parse
from tests.unit.mail.mails import mail, raw

BOUNDARY = "b1"


def multipart(*parts: str, kind: str = "mixed") -> Mail:
    body = "".join(f"--{BOUNDARY}\n{part}\n" for part in parts) + f"--{BOUNDARY}--\n"
    return mail(body, Content_Type=f'multipart/{kind}; boundary="{BOUNDARY}"')


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "¿Cómo añado un usuario?"),
        ("windows-1252", "“Sesión” – 5 €"),
        ("utf-8", "Declaración"),
        ("utf-16", "Declaración"),
        ("koi8-r", "Привет"),
        ("iso-2022-jp", "こんにちは"),
        ("gb18030", "你好"),
    ],
)
def test_a_text_is_read_in_the_character_set_that_it_names(charset, text):
    content = base64.b64encode(text.encode(charset)).decode()
    found = mail(
        content,
        Content_Type=f"text/plain; charset={charset}",
        Content_Transfer_Encoding="base64",
    )
    assert (found.text, found.problems) == (text, [])


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8", "us-ascii", "zip", "", '"'])
def test_a_wrong_character_set_costs_no_letter(charset):
    text = "Buenos días, no puedo iniciar sesión en el portal desde ayer. ¿Qué hago? Mañana vence."
    head = raw("", Content_Type=f"text/plain; charset={charset}")
    found = parse(head + text.encode("cp1252"))
    assert found.text == text
    assert found.problems == ["charset"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=?utf-8?Q?Sesi=C3=B3n_expirada?=", "Sesión expirada"),
        ("=?utf-8?B?U2VzacOzbg==?= =?utf-8?Q?_expirada?=", "Sesión expirada"),
        ("=?iso-8859-1?q?Declaraci=F3n?= lista", "Declaración lista"),
        ("=?x-none?q?plain?=", "plain"),
        ("=?utf-8?B?%%%?= kept", "=?utf-8?B?%%%?= kept"),
        ("two\r\n lines", "two lines"),
    ],
)
def test_encoded_words_are_read(written, shown):
    assert decoded(written) == shown


def test_a_header_of_bare_bytes_is_read():
    head = "From: José <jose@x.example>\nSubject: Sesión\n\nhola".encode("cp1252")
    found = parse(head)
    assert (found.subject, found.sender.name, found.sender.address) == (
        "Sesión", "José", "jose@x.example",
    )  # fmt: skip


def test_the_plain_part_comes_before_html_and_files_are_kept():
    found = multipart(
        "Content-Type: text/plain\n\nplain words",
        "Content-Type: text/html\n\n<p>other words</p>",
        'Content-Type: text/plain; name="entry.txt"\n'
        'Content-Disposition: attachment; filename="entry.txt"\n\nfile words',
        "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR",
        "Content-Type: application/ms-tnef\n"
        "Content-Disposition: attachment; filename=winmail.dat\n\nx",
    )
    assert found.text.strip() == "plain words"
    assert found.html is not None
    assert "other words" in found.html
    assert [(file.name, file.media_type) for file in found.files] == [
        ("entry.txt", "text/plain"), ("", "text/calendar"), ("winmail.dat", "application/ms-tnef"),
    ]  # fmt: skip


def test_an_enclosed_mail_is_a_file_and_its_words_are_not_the_senders():
    found = multipart(
        "Content-Type: text/plain\n\nsee below",
        "Content-Type: message/rfc822\n\nSubject: inner\nX-Loop: y\n\ninner words",
    )
    assert found.text.strip() == "see below"
    assert b"inner words" in found.files[0].content
    assert not found.all("x-loop")


def test_an_enclosed_mail_is_kept_as_it_came():
    inner = "Subject: =?utf3=\n 9?-8x: y\nX: \u00e9 " + "long " * 40 + "\n\nwords"
    found = multipart(f"Content-Type: message/rfc822\n\n{inner}")
    assert found.files[0].content.decode().split() == inner.split()


def test_a_mail_of_html_alone_is_read_as_text():
    found = mail("<p>One</p><script>two()</script><p>Tres</p>", Content_Type="text/html")
    assert [line for line in found.text.split("\n") if line.strip()] == ["One", "Tres"]


def test_flowed_lines_are_joined():
    found = mail(
        "I can not \nsign in.\n> it was \n> so\n-- \nAna",
        Content_Type="text/plain; format=flowed",
    )
    assert found.text == "I can not sign in.\n> it was so\n-- \nAna"


def test_nul_bytes_are_left_out_and_told():
    found = parse(raw("one\0two"))
    assert (found.text, found.problems) == ("onetwo", ["nul"])


def test_a_boundary_that_never_comes_loses_no_word():
    found = mail("all the words", Content_Type='multipart/mixed; boundary="nowhere"')
    assert "all the words" in found.text


def test_what_is_answered_is_named_nearest_first():
    found = mail(In_Reply_To="<c@x>", References="<a@x> <b@x>\n <c@x>")
    assert found.references == ["c@x", "b@x", "a@x"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"just some words", "no_headers"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no_headers"),
        (b"Subject: x\n\n" + b"x" * LARGEST, "too_large"),
    ],
)
def test_what_is_no_mail_is_said(content, reason):
    with pytest.raises(Unreadable, match=reason):
        parse(content)


def test_nesting_has_an_end():
    head = "".join(
        f'Content-Type: multipart/mixed; boundary="b{depth}"\n\n--b{depth}\n'
        for depth in range(200)
    )
    with pytest.raises(Unreadable, match="too_deep"):
        parse(f"Subject: x\n{head}\nwords".encode())


@given(
    st.binary(max_size=400),
    st.sampled_from([
        b"Subject: =?utf-8?B?", b"From: \xff\xfe<", b"",
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\n",
        b"Content-Type: text/plain; charset*=x''%ff; name*0*=\n",
        b"Content-Transfer-Encoding: base64\n\n",
        b"Content-Type: message/rfc822\n\n", b"Content-Type: text/html\n\n<div><blockquote>",
        b"Content-Disposition: attachment; filename*=utf-8''%\n\n", b"To: a@b, <c@d\nDate: x\n\n",
    ]),
)  # fmt: skip
@example(b"", b"Content-Type: text/html\n\n<blockquote>")
def test_no_bytes_raise_anything_else(content, head):
    try:
        found = parse(head + content)
    except Unreadable:
        return
    (found.text + found.subject + found.sender.name).encode()
    assert "\0" not in found.text
