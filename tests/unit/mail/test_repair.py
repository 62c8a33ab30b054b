"""What other programs broke is read all the same, and no hostile mail keeps the gate busy."""

import base64
import binascii
import time
from contextlib import suppress

import pytest

from desk.mail.gate import examine
from desk.mail.parse import Unreadable, parse
from desk.mail.threads import Marks
from tests.unit.mail.mails import mail

HEAD = b"From: a@b.example\nSubject: s\n"
MARKS = Marks("a key", "desk.example")
M = 1_000_000


def multipart(*parts: bytes, kind: bytes = b"mixed; boundary=b") -> bytes:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts) + b"--b--\n"
    return HEAD + b"Content-Type: multipart/" + kind + b"\n\n" + body


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEAD + b"\nHola",
        b"this is no header\n" + HEAD + b"\nHola",
        b" folded\n" + HEAD + b"\nHola",
        b"From: a@b.example\nthis is no header\nSubject: s\n\nHola",
        b"From : a@b.example\nSubject : s\n\nHola",
        b"From: a@b.example\r\r\nSubject: s\r\r\n\r\r\nHola",
        b"From: a@b.example\rSubject: s\r\rHola",
        b">From x Mon Nov 2\n" + HEAD + b"\nHola",
        HEAD + b"Hola",
        HEAD + b"Content-Transfer-Encoding: 'base64' (x)\n\nSG9sYQ==",
        HEAD + b"Content-Transfer-Encoding: base64\n\nSG9s\nYQ",
        HEAD + b"Content-Transfer-Encoding: base64\n\nSG8=\nbGE=",
        HEAD + b"Content-Transfer-Encoding: base64\n\nHola",
        HEAD + b"Content-Type: text/\n\nHola",
        HEAD + b"Content-Type: text/plain; charset=idna\n\nHola\xa0",
        HEAD + b'Content-Type: text/plain; name="a.txt"\n\nHola',
        multipart(b'Content-Type: text/plain; name="a.txt"\n\nHola'),
        multipart(b"Content-Type: text/plain\n\nHola", kind=b"mixed"),
        multipart(b"Content-Type: text/plain\n\nHola", kind=b"mixed; boundary=other"),
        multipart(b"Content-Type: text/plain\n\nHola", b"Content-Type: text/html\n\n<p>no"),
        HEAD + b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHola\n"
        b"-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----",
    ],
)  # fmt: skip
def test_what_is_nearly_a_mail_is_read(content):
    found = parse(content)
    assert (found.sender.address, found.subject, found.text.strip()) == (
        "a@b.example", "s", "Hola" if b"base64\n\nHola" not in content else found.text,
    )  # fmt: skip


def test_a_footer_below_base64_is_no_text_of_it():
    written = base64.b64encode("Hola señor".encode()) + b"\n\n____\nlist mailing list\n"
    found = parse(HEAD + b"Content-Transfer-Encoding: base64\n\n" + written)
    assert found.text == "Hola señor"


def test_a_footer_of_a_list_does_not_hide_what_is_html():
    found = parse(multipart(b"Content-Type: text/html\n\n<p>La pregunta</p>", b"\na footer"))
    assert found.text.split() == ["La", "pregunta", "a", "footer"]


def test_files_within_the_text_are_files():
    written = b"begin 644 entry.pdf\n" + binascii.b2a_uu(b"some data") + b"`\nend\n"
    yenc = b"=ybegin line=128 size=2 name=a.bin\n\x8b=\x7d\n=yend size=2\n"
    found = parse(HEAD + b"\nHola\n" + written + b"begin 644 the entry\n" + yenc + b"Adios")
    assert found.text == "Hola\nbegin 644 the entry\nAdios"
    assert [(one.name, one.content) for one in found.files] == [
        ("entry.pdf", b"some data"), ("a.bin", b"a\x13"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Disposition: attachment; filename*=utf-8''Sesi%C3%B3n.pdf",
        b"Content-Disposition: attachment; filename*0*=''Sesi%C3; filename*1*=%B3n.pdf",
        b"Content-Disposition: attachment; filename*=Sesi%C3%B3n.pdf",
        b"Content-Disposition: attachment; filename*=x-none''Sesi%F3n.pdf",
        b'Content-Disposition: attachment; filename="Sesi\xf3n.pdf"',
        b'Content-Type: application/pdf; name="Sesi\xc3\xb3n.pdf"',
        b'Content-Type: application/pdf; name="=?utf-8?Q?Sesi=C3?= =?utf-8?Q?=B3n.pdf?="',
    ],
)
def test_names_of_files_are_read(header):
    kind = b"" if b"application" in header else b"\nContent-Type: application/pdf"
    assert [one.name for one in parse(multipart(b"\nx", header + kind + b"\n\ny")).files] == [
        "Sesión.pdf"
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("=?utf-8?Q?evil=40x.example?= <a@b.example>", "evil@x.example"),
        ("=?utf-8?Q?=22evil=22_=3Cevil=40x.example=3E=2C?= <a@b.example>",
         '"evil" <evil@x.example>,'),
        ("evil@x.example <a@b.example>", ""),
        ("=?utf-8?Q?Ruiz=2C_Jos=C3=A9?= <a@b.example>", "Ruiz, José"),
        ("=?utf-8?Q?Jos=C3=A9_=3Ca=40b.example=3E?=", "José"),
        ('"Ana <a@b.example>', "Ana"),
    ],
)  # fmt: skip
def test_a_name_is_never_the_address(written, name):
    sender = mail(From=written).sender
    assert (sender.address, sender.name) == ("a@b.example", name)


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx",
        b"Content-Type: application/pgp-signature\n\nx",
        b"Content-Type: application/pkcs7-mime; name=x.p7m\n\nx",
    ],
)
def test_what_is_signed_and_readable_is_a_question(part):
    content = multipart(b"\nHow do I add a user?", part, kind=b"signed; boundary=b")
    assert examine(content, marks=MARKS).decision == "assistant"


@pytest.mark.parametrize(
    "content",
    [
        b"Cc: " + b"(" * M, b"Cc: " + b"a:" * M, b"Cc: " + b'"' * M, b"Cc: " + b"@" * M,
        b"Cc: " + b", ".join(b"Name %d <n%d@x.example>" % (n, n) for n in range(10_000)),
        b"Cc: a@b.c\n" * 100_000, b"X: a\n" * 300_000,
        b"Subject: " + b"=?a?q?b?= " * 100_000, b"Subject: " + b"[a] " * 250_000,
        b"Subject: a" + b"\n x" * 300_000,
        b"References: " + b"<a" * M, b"References: " + b"< " * M,
        b"Authentication-Results: mx; " + b"(" * M + b")" * M,
        b"Content-Type: text/plain" + b";" * M, b"Content-Type: text/plain; a=" + b'";' * M,
        b'Content-Type: text/plain; a="' + b";" * M,
        b"Content-Type: text/plain" + b"".join(b"; name*%d*=a" % n for n in range(50_000)),
        b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 900_000,
        b"Content-Type: text/plain; charset=punycode\n\nabc-" + b"a" * M,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
        b"Content-Type: message/rfc822\n\n" * 900,
        b"Content-Transfer-Encoding: base64\n\n" + b"Y" * (5 * M),
        b"Content-Transfer-Encoding: x-uuencode\n\n" + b"begin 644 a\n" * 80_000,
        b"\n" + b"begin 644 a\n" * 80_000, b"\n" + b"=ybegin name=a\n" * 60_000,
        b"\n" + b"\n" * (9 * M), b"\n" + bytes(range(128, 256)) * 20_000,
        b"\n" + b"\xe9" * 9 * M,
        b"\n" + b"begin 644 x\n" * (M - 100),
    ],
    ids=lambda content: content[:30].hex(),
)  # fmt: skip
def test_hostile_mails_end_soon(content):
    before = time.process_time()
    with suppress(Unreadable):
        examine(HEAD + content + b"\n\nx", marks=MARKS, authserv_id="mx")
    assert time.process_time() - before < 5
