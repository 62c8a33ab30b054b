"""Mails that were damaged somewhere pass every step, or are said to be unreadable."""

import base64
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.mail.gate import examine
from desk.mail.parse import Unreadable
from desk.mail.threads import Marks
from tests.unit.mail.mails import raw
from tests.unit.mail.test_machines import DSN
from tests.unit.mail.test_opaque import PIECES
from tests.unit.mail.test_tnef import PACK

MARKS = Marks("a key", "desk.example")
BODIES = [one.read_text(encoding="utf-8") for one in sorted(Path(__file__).parent.glob("quoted/*"))]
MIXED = (
    "--b\nContent-Type: text/plain\n\nwords\n--b\nContent-Type: text/html\n\n<p>words<blockquote>\n"
    "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nx\n--b\nContent-Type: text/calendar\n\n"
    "METHOD:REPLY\n--b\nContent-Disposition: attachment; filename*0*=utf-8''%e2; x=y\n\nx\n--b--\n"
)


def encoded(content: bytes, kind: str) -> bytes:
    written = base64.b64encode(content).decode()
    return raw(written, Content_Type=kind, Content_Transfer_Encoding="base64")


MAILS = st.one_of(
    st.sampled_from(BODIES).map(raw),
    st.sampled_from(BODIES).map(lambda body: raw(f"<div>{body}", Content_Type="text/html")),
    st.sampled_from([
        raw(MIXED, Content_Type="multipart/mixed; boundary=b"),
        raw(DSN, "failure notice", Content_Type="multipart/report; boundary=b"),
        raw("x", "=?utf-8?Q?R=C3=A9?= ASD-123456", To="desk+asd-000123.aaaaaaaaaaaaaaaa@x.example",
            Authentication_Results="mx; spf=pass (a(b)c) x=\"y\"; dkim=fail"),
        raw("begin 644 x\n#0V%T\n`\nend\n=ybegin name=x\nabc\n=yend\n"),
    ]),
    st.sampled_from([PACK, PIECES]).flatmap(
        lambda whole: st.tuples(st.integers(0, len(whole)), st.binary(max_size=8)).map(
            lambda edit: encoded(
                whole[: edit[0]] + edit[1] + whole[edit[0] + len(edit[1]) :],
                "application/ms-tnef" if whole is PACK else "application/pkcs7-mime",
            )
        )
    ),
)  # fmt: skip
PIECES_OF_MAILS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([
        b"\n", b"\r\n\r\n", b"--b\n", b"=?utf-8?B?", b"?=", b"<", b">", b"(", b'"', b"\\", b"@",
        b"\x1b$B", b"\xed\xa0\x80", b"&#1;", b"&#xd800;", b"<blockquote>", b"<table>", b"> ",
        b"-- \n", b"charset*0*=", b"name*1*=''%", b"<a@[::1]>",
        b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: message/rfc822\n\n",
        b"Content-Type: message/delivery-status\n\n", b"Content-Transfer-Encoding: base64\n",
    ]),
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES_OF_MAILS, st.sampled_from([1, 1, 40])),
    max_size=8,
)


@settings(max_examples=max(400, settings().max_examples), deadline=None)
@given(MAILS, EDITS)
def test_a_damaged_mail_stops_no_step(content, edits):
    for where, left_out, piece, times in edits:
        at = int(where * len(content))
        content = content[:at] + piece * times + content[at + left_out :]
    try:
        found = examine(content, marks=MARKS, authserv_id="mx")
    except Unreadable:
        return
    written = [found.mail.subject, found.mail.text, found.trimmed.text, found.mail.sender.name]
    "".join(written + [file.name for file in found.mail.files]).encode()
