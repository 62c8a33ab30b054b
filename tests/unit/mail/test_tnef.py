"""What Outlook packs into one file is read; a pack that is broken stays a file."""

import base64
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.mail.message import Mail
from desk.mail.tnef import unpacked
from tests.unit.mail.mails import mail


def attribute(number: int, value: bytes) -> bytes:
    return pack("<BII", 1, number, len(value)) + value + pack("<H", sum(value) & 0xFFFF)


def sized(value: bytes) -> bytes:
    return pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*found: tuple[int, int, bytes]) -> bytes:
    return pack("<I", len(found)) + b"".join(
        pack("<HH", kind, name) + value for kind, name, value in found
    )


def named(name: str) -> bytes:
    letters = name.encode("utf-16-le")
    return (
        b"g" * 16 + pack("<II", 1, len(letters)) + letters + b"\0" * (-len(letters) % 4)
    )  # fmt: skip


HEAD = pack("<IH", 0x223E9F78, 7)
WORDS = properties(
    (0x0003, 0x0017, pack("<I", 1)),
    (0x000B, 0x8001, b"g" * 16 + pack("<II", 0, 4) + pack("<I", 1)),
    (0x001F, 0x8002, named("a name") + sized("x".encode("utf-16-le"))),
    (0x1003, 0x8003, b"g" * 16 + pack("<II", 0, 5) + pack("<III", 2, 1, 2)),
    (0x001E, 0x1000, sized("¿Cómo añado un usuario?\r\nAna\0".encode("cp1252"))),
)
FILE = (
    attribute(0x00069002, b"\0" * 14)
    + attribute(0x0006800F, b"%PDF-1.7")
    + attribute(0x00018010, b"LARGO~1.PDF\0")
    + attribute(
        0x00069005,
        properties(
            (0x001F, 0x3707, sized("declaración larga.pdf\0".encode("utf-16-le"))),
            (0x001E, 0x370E, sized(b"application/pdf\0")),
        ),
    )
)
CODE_PAGE = attribute(0x00069007, pack("<II", 1252, 0))
PACK = HEAD + CODE_PAGE + attribute(0x00069003, WORDS) + FILE


def packed(content: bytes, beside: str = "") -> Mail:
    parts = [f"Content-Type: text/plain\n\n{beside}"] * bool(beside) + [
        "Content-Type: application/ms-tnef; name=winmail.dat\n"
        f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(content).decode()}"
    ]
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return mail(body, Content_Type="multipart/mixed; boundary=b")


def test_the_words_and_the_files_of_a_pack_are_read():
    found = packed(PACK)
    assert found.text == "¿Cómo añado un usuario?\nAna"
    assert [(one.name, one.media_type, one.content) for one in found.files] == [
        ("declaración larga.pdf", "application/pdf", b"%PDF-1.7")
    ]


def test_the_words_beside_a_pack_are_not_said_twice():
    found = packed(PACK, "How do I add a user?")
    assert found.text.strip() == "How do I add a user?"
    assert [one.name for one in found.files] == ["declaración larga.pdf"]


def test_the_html_of_a_pack_is_read_where_it_has_no_text():
    words = properties((0x0102, 0x1013, sized(b"<p>Hello</p><p>Ana</p>")))
    found = packed(HEAD + attribute(0x00069003, words))
    assert found.text.split() == ["Hello", "Ana"]
    assert found.html == "<p>Hello</p><p>Ana</p>"


@pytest.mark.parametrize("content", [b"", b"x", HEAD[:4], PACK[:-3], PACK.replace(b"PDF", b"PDG")])
def test_a_pack_that_is_broken_stays_a_file(content):
    found = packed(content, "words")
    assert [(one.name, one.content) for one in found.files] == [("winmail.dat", content)]


@given(st.binary(max_size=200), st.integers(0, len(PACK)))
def test_no_bytes_raise_anything(content, at):
    unpacked(PACK[:at] + content)
    unpacked(HEAD + attribute(0x00069003, content) + FILE)
    unpacked(HEAD + FILE + attribute(0x00069005, content))
