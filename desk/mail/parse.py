"""Reading the bytes of a mail (RFC 5322, MIME), however badly they are put together."""

import codecs
import re
from email import policy
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from charset_normalizer import from_bytes

from desk.mail.html import text_of_html
from desk.mail.message import Address, File, Mail

LARGEST = 10 * 1024 * 1024
"""Bytes of a whole mail, encoded as it is sent."""
_ENOUGH_TO_GUESS, _LONGEST_TO_GUESS = 40, 64 * 1024
_NOT_GUESSED = ["utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"]
_DEEPEST, _MOST_PARTS = 20, 500
_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_NULL_SENDER = re.compile(r"^\s*<\s*>\s*$")
_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?[^?]*\?=")
_BETWEEN_WORDS = re.compile(r"(=\?[^?\s]+\?[bqBQ]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bqBQ]\?)")
_NAME = re.compile(rb"^[!-9;-~]+[ \t]*:", re.MULTILINE)
# Halves of surrogate pairs, which no encoding can write, would stop at the database.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TEXTS = ("text/plain", "text/html")


class Unreadable(Exception):
    """It can not be read; `reason` is `too_large`, `empty`, `no_headers` or `too_deep`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(raw: bytes) -> Mail:
    """Read a mail.

    Raises:
        Unreadable: it is too large, empty, nested without an end, or has no header at all.
    """
    if len(raw) > LARGEST:
        raise Unreadable("too_large")
    if not raw.strip():
        raise Unreadable("empty")
    problems: list[str] = []
    if b"\0" in raw:
        raw = raw.replace(b"\0", b"")
        problems.append("nul")
    # A mailbox file begins with a line that is no header of the mail.
    raw = re.sub(rb"\A\s*(?:>?From [^\n]*\n)?", b"", raw)
    if not _NAME.match(raw):
        raise Unreadable("no_headers")
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(raw)
        found = _parts(message)
    except RecursionError:
        raise Unreadable("too_deep") from None
    headers = [(name.lower(), decoded(str(value))) for name, value in _raw_headers(message)]
    plain, html, files = _content(found, problems)
    text = plain if plain.strip() else text_of_html(html) if html else plain
    if any(part.defects for part in found):
        problems.append("malformed")

    def first(name: str) -> str:
        return next((value for key, value in headers if key == name), "")

    return Mail(
        headers=headers,
        subject=" ".join(first("subject").split()),
        sender=_sender(first("from") or first("sender"), first("return-path")),
        recipients=[
            one
            for name in ("to", "cc", "delivered-to", "x-original-to")
            for value in (pair[1] for pair in headers if pair[0] == name)
            for one in _addresses(value)
        ],
        message_id=next(iter(_ids(first("message-id"))), first("message-id").strip(" <>")[:250]),
        references=list(
            dict.fromkeys(
                [*_ids(first("in-reply-to")), *reversed(_ids(first("references")))]
            )
        ),
        text=text,
        html=html or None,
        media_type=message.get_content_type(),
        parts=[part.get_content_type() for part in found],
        files=files,
        problems=list(dict.fromkeys(problems)),
    )  # fmt: skip


def decoded(value: str) -> str:
    """A header's value on one line, its encoded words (RFC 2047) and raw bytes as text."""
    unfolded = re.sub(r"[\r\n]+[ \t]*", " ", value)
    joined = _BETWEEN_WORDS.sub(r"\1", unfolded)
    shown = _WORD.sub(lambda word: _decoded_word(word[0]), joined)
    return _without_controls(_as_text(shown.encode("utf-8", "surrogateescape"), None)[0])


def _decoded_word(word: str) -> str:
    try:
        ((content, charset),) = decode_header(word)
    except (ValueError, LookupError):
        return word
    return (_as_text(content, charset)[0] if isinstance(content, bytes) else content) or word


def _raw_headers(message: Message) -> list[tuple[str, str]]:
    # `items` would show bytes above 127 as question marks.
    return list(message.raw_items())


def _parts(message: Message) -> list[Message]:
    """Every part in its order, not those within an enclosed message, which is a file."""
    found: list[Message] = []

    def visit(part: Message, depth: int) -> None:
        if depth > _DEEPEST or len(found) >= _MOST_PARTS:
            raise Unreadable("too_deep")
        found.append(part)
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            for inner in payload:
                if isinstance(inner, Message):
                    visit(inner, depth + 1)

    visit(message, 0)
    return found


def _content(parts: list[Message], problems: list[str]) -> tuple[str, str, list[File]]:
    plain: list[str] = []
    html: list[str] = []
    files: list[File] = []
    for part in parts:
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            continue
        kind = part.get_content_type()
        name = _file_name(part)
        attached = str(part.get("content-disposition", "")).lower().startswith("attachment")
        if kind.startswith("multipart/") or (kind in _TEXTS and not attached and not name):
            text, good = _text(part)
            if not good:
                problems.append("charset")
            (html if kind == "text/html" else plain).append(text)
        else:
            files.append(File(name=name, media_type=kind, content=_bytes(part)))
    return "\n".join(plain), "\n".join(html), files


def _text(part: Message) -> tuple[str, bool]:
    charset = part.get_content_charset()
    text, good = _as_text(_bytes(part), charset)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.get_param("format", header="content-type") == "flowed":
        text = _unflowed(text, delsp=part.get_param("delsp") == "yes")
    return _without_controls(text), good


def _bytes(part: Message) -> bytes:
    payload = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
        return b"".join(_serialised(inner) for inner in payload)
    if isinstance(payload, list):
        return b"\n\n".join(_serialised(inner) for inner in payload)
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(payload or "").encode("utf-8", "surrogateescape")


def _serialised(message: Message | str) -> bytes:
    if isinstance(message, str):
        return message.encode("utf-8", "surrogateescape")
    try:
        return message.as_bytes()
    except (ValueError, LookupError, UnicodeError, AttributeError, TypeError):
        return str(message).encode("utf-8", "replace")


def _as_text(content: bytes, charset: str | None) -> tuple[str, bool]:
    """The text, and whether it was in the character set that it named."""
    named = (charset or "utf-8").strip().strip("\"'").lower()
    try:
        # Python has codecs that are no character sets, such as `zip`.
        if codecs.lookup(named)._is_text_encoding:
            return content.decode(named), True
    except (LookupError, UnicodeError, ValueError, TypeError):
        pass
    try:
        return content.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    return content.decode(_likely_charset(content), "replace"), False


def _likely_charset(content: bytes) -> str:
    """Guessed from many letters; of few, guesses are wild, and most who write here use cp1252."""
    if sum(byte > 127 for byte in content) < _ENOUGH_TO_GUESS:
        return "cp1252"
    best = from_bytes(content[:_LONGEST_TO_GUESS], cp_exclusion=_NOT_GUESSED).best()
    return best.encoding if best is not None else "cp1252"


def _unflowed(text: str, *, delsp: bool) -> str:
    """The paragraphs of `format=flowed` (RFC 3676 section 4.2)."""
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        if open_depth == depth and body != "-- ":
            lines[-1] += body
        else:
            lines.append(">" * depth + (" " if depth and body else "") + body)
        flows = body.endswith(" ") and body != "-- "
        if flows and delsp:
            lines[-1] = lines[-1][:-1]
        open_depth = depth if flows else None
    return "\n".join(lines)


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError, UnicodeError):
        return ""
    return decoded(str(name)) if name else ""


def _sender(value: str, return_path: str) -> Address:
    found = _addresses(value)
    if found:
        return found[0]
    if return_path and not _NULL_SENDER.match(return_path):
        return next(iter(_addresses(return_path)), Address(address=""))
    return Address(address="", name=value.strip()[:200])


def _addresses(value: str) -> list[Address]:
    pairs = getaddresses([value], strict=False)
    return [
        Address(address=address.strip().lower(), name=" ".join(name.split()))
        for name, address in pairs
        if "@" in address and " " not in address.strip()
    ]


def _ids(value: str) -> list[str]:
    return _ID.findall(value)


def _without_controls(text: str) -> str:
    return _CONTROLS.sub("", text)
