"""What is signed as a whole is read; what is encrypted stays a file."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.gate import examine
from desk.mail.message import Mail
from desk.mail.opaque import signed
from desk.mail.threads import Marks
from tests.unit.mail.mails import mail, raw

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nHow do I add a user?\r\n" * 3
SIGNED, DATA = bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d010701")
ENVELOPED = bytes.fromhex("2a864886f70d010703")


def element(tag: int, *inner: bytes) -> bytes:
    content = b"".join(inner)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
    return bytes([tag]) + length + content


def streamed(tag: int, *inner: bytes) -> bytes:
    """As programs write it that do not know yet how long it gets."""
    return bytes([tag, 0x80]) + b"".join(inner) + b"\0\0"


def cms(make, octets: bytes, kind: bytes = SIGNED) -> bytes:
    version, algorithms = element(0x02, b"\1"), element(0x31, b"")
    what = make(0x30, element(0x06, DATA), make(0xA0, octets))
    certificates = make(0xA0, element(0x30, b"x" * 300))
    return make(
        0x30, element(0x06, kind), make(0xA0, make(0x30, version, algorithms, what, certificates))
    )


WHOLE = cms(element, element(0x04, INNER))
PIECES = cms(streamed, streamed(0x24, element(0x04, INNER[:60]), element(0x04, INNER[60:])))
ENCRYPTED = cms(element, element(0x04, INNER), ENVELOPED)


def written(content: bytes) -> dict[str, str]:
    return {
        "body": base64.b64encode(content).decode(),
        "Content_Type": "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "Content_Transfer_Encoding": "base64",
    }


def read(content: bytes) -> Mail:
    return mail(**written(content))


@pytest.mark.parametrize("content", [WHOLE, PIECES])
def test_what_is_signed_is_read(content):
    found = read(content)
    assert signed(content) == INNER
    assert found.text.startswith("How do I add a user?")
    assert (found.subject, found.media_type, found.files) == ("A question", "text/plain", [])
    passed = examine(raw(**written(content)), marks=Marks("a key", "desk.example"))
    assert passed.reason == "question"


@pytest.mark.parametrize("content", [ENCRYPTED, WHOLE[:50], b"", b"0\x80" * 500, b"0\xff"])
def test_what_is_not_signed_or_broken_stays_a_file(content):
    found = read(content)
    assert (found.text, found.media_type) == ("", "application/pkcs7-mime")
    assert [one.content for one in found.files] == [content]


@given(st.binary(max_size=100), st.integers(0, len(PIECES)))
def test_no_bytes_raise_anything(content, at):
    for one in (WHOLE, PIECES):
        signed(one[:at] + content + one[at:])
