"""Reading the bytes of a mail (RFC 5322, MIME), however badly they are put together."""

import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from desk.mail.charsets import named_in_html, text_of
from desk.mail.html import text_of_html
from desk.mail.message import Address, File, Mail
from desk.mail.opaque import signed
from desk.mail.repair import Policy, has_too_many_lines, repaired
from desk.mail.tnef import unpacked
from desk.mail.transfer import from_base64, without_enclosed

LARGEST = 10 * 1024 * 1024
"""Bytes of a whole mail, encoded as it is sent."""
_DEEPEST, _MOST_PARTS, _MOST_GUESSED = 20, 500, 10
_MOST_HEADERS, _LONGEST_ADDRESSES = 10_000, 600_000
_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_NULL_SENDER = re.compile(r"^\s*<\s*>\s*$")
_WORD = re.compile(r"=\?([^?\s]*)\?([bqBQ])\?([^?]*)\?=")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\[\]\",;:@]{1,255}")
# A name that looks like an address must not stand for the address behind it.
_TWICE = re.compile(
    r"^[^\"<>,;()]{0,300}@[^\"<>,;()]{0,300}(?=<[^<>\s]{1,300}@[^<>\s]{1,300}>\s*$)"
)
_BOUNDARY = re.compile(r"^--([^\r\n]{1,70}?)[ \t]{0,9}\r?\n(?=content-[a-z-]{2,30}:)", re.I | re.M)
_FOLD = re.compile(r"[\r\n]+[ \t]*")
# Halves of surrogate pairs, which no encoding can write, would stop at the database.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TEXTS = ("text/plain", "text/html")
_PACKS = ("application/ms-tnef", "application/vnd.ms-tnef")
_OPAQUE = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_NO_TEXTS = (
    "text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/directory", "text/rtf",
    "text/xml", "text/rfc822-headers",
)  # fmt: skip
_SIGNED = re.compile(
    r"\A\s{0,99}-----BEGIN PGP SIGNED MESSAGE-----\n"
    r"(?:[A-Z][\w-]{0,30}: [^\n]{0,200}\n){0,9}\n(.*?)\n"
    r"-----BEGIN PGP SIGNATURE-----\n.*?(?:-----END PGP SIGNATURE-----|\Z)",
    re.DOTALL,
)


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
    if has_too_many_lines(raw):
        raise Unreadable("too_large")
    mended = repaired(raw)
    if mended is None:
        raise Unreadable("no_headers")
    raw, problems = mended
    try:
        return _read(raw, problems)
    except RecursionError:
        raise Unreadable("too_deep") from None


def _read(raw: bytes, problems: list[str]) -> Mail:
    message = BytesParser(policy=Policy()).parsebytes(raw)
    body = _within_signature(message)
    found = _parts(body)
    written = [(name.lower(), str(value)) for name, value in message.raw_items()]
    del written[_MOST_HEADERS:]
    headers = [(name, decoded(value)) for name, value in written]
    text, html, files = _content(body, problems)
    if any(part.defects for part in found):
        problems.append("malformed")

    def first(name: str) -> str:
        return next((value for key, value in headers if key == name), "")

    return Mail(
        headers=headers,
        subject=" ".join(first("subject").split()),
        sender=_sender(written),
        recipients=_recipients(written),
        message_id=next(iter(_ids(first("message-id"))), first("message-id").strip(" <>")[:250]),
        references=list(
            dict.fromkeys(
                [*_ids(first("in-reply-to")), *reversed(_ids(first("references")))]
            )
        ),
        text=text,
        html=html or None,
        media_type=body.get_content_type(),
        parts=[part.get_content_type() for part in found],
        files=files,
        problems=list(dict.fromkeys(problems)),
    )  # fmt: skip


def decoded(value: str) -> str:
    """A header's value on one line, its encoded words (RFC 2047) and raw bytes as text."""
    unfolded = _unfolded(value)
    if "=?" not in unfolded:
        return _without_controls(_bare(unfolded))
    shown: list[str] = []
    # Some cut a letter in two, so that the one word has no meaning without the next.
    pending: list[re.Match[str]] = []
    end = 0
    for word in _WORD.finditer(unfolded):
        between = unfolded[end : word.start()]
        if between.strip() or not pending:
            shown += [_decoded_words(pending), _bare(between)]
            pending = []
        elif pending[0][1].lower() != word[1].lower():
            shown.append(_decoded_words(pending))
            pending = []
        pending.append(word)
        end = word.end()
    shown += [_decoded_words(pending), _bare(unfolded[end:])]
    return _without_controls("".join(shown))


def _unfolded(value: str) -> str:
    return _FOLD.sub(" ", value) if "\n" in value or "\r" in value else value


def _bare(text: str) -> str:
    """What is in no encoded word, where there should be no bytes above 127."""
    if text.isascii() and "\x1b" not in text:
        return text
    return text_of(text.encode("utf-8", "surrogateescape"), None, guess=False)[0]


def _decoded_words(words: list[re.Match[str]]) -> str:
    if not words:
        return ""
    content = b""
    for word in words:
        try:
            ((one, _),) = decode_header(f"=?utf-8?{word[2]}?{word[3]}?=")
        except (ValueError, LookupError, MessageError):
            return "".join(_bare(word[0]) for word in words)
        content += one if isinstance(one, bytes) else one.encode("utf-8", "surrogateescape")
    # A language may be named behind the character set (RFC 2231).
    charset = words[0][1].partition("*")[0]
    return text_of(content, charset or None, guess=False)[0] or _bare(words[0][0])


def _within_signature(message: Message) -> Message:
    """The mail that is signed as a whole, without the headers of the one around it."""
    if message.get_content_type() in _OPAQUE:
        inner = signed(_bytes(message))
        if inner:
            return BytesParser(policy=Policy()).parsebytes(inner)
    return message


def _parts(message: Message) -> list[Message]:
    """Every part in its order, not those within an enclosed message, which is a file."""
    found: list[Message] = []

    def visit(part: Message, depth: int) -> None:
        if depth > _DEEPEST or len(found) >= _MOST_PARTS:
            raise Unreadable("too_deep")
        found.append(part)
        if part.get_content_maintype() != "multipart":
            return
        if not isinstance(_payload(part), list):
            _split(part)
        payload = _payload(part)
        if isinstance(payload, list):
            for inner in payload:
                if isinstance(inner, Message):
                    visit(inner, depth + 1)

    visit(message, 0)
    return found


def _split(part: Message) -> None:
    """Find the parts of a multipart whose header names another boundary or none."""
    body = _bytes(part).decode("utf-8", "surrogateescape")
    if named := _BOUNDARY.search(body):
        head = f'Content-Type: {part.get_content_type()}; boundary="{named[1]}"\n\n'
        again = BytesParser(policy=Policy()).parsebytes(
            (head + body).encode("utf-8", "surrogateescape")
        )
        payload = _payload(again)
        if isinstance(payload, list):
            part.set_payload(payload)


def _content(message: Message, problems: list[str]) -> tuple[str, str, list[File]]:
    """The one text, all HTML, and the files."""
    files: list[File] = []
    texts: list[tuple[str, str]] = []

    def read(part: Message) -> list[tuple[str, str]]:
        payload = _payload(part)
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            found = [one for inner in payload if isinstance(inner, Message) for one in read(inner)]
            plain = [one for one in found if one[0] != "text/html" and one[1].strip()]
            return plain if kind == "multipart/alternative" and plain else found
        if kind in _PACKS and (pack := unpacked(_bytes(part))):
            files.extend(
                File(
                    name=_without_controls(one.name),
                    media_type=one.media_type or "application/octet-stream",
                    content=one.content,
                )
                for one in pack.files
            )
            if pack.html:
                texts.append(("text/html", pack.html))
            words = pack.text if pack.text.strip() else text_of_html(pack.html)
            if not words.strip() and not texts:
                # They may be in it in a form that is not read.
                files.append(File(name=_file_name(part), media_type=kind, content=_bytes(part)))
            return [(kind, _without_controls(words.replace("\r\n", "\n")))]
        if not _is_text(part, whole=part is message, first=not texts and not files):
            files.append(
                File(
                    name=_file_name(part),
                    media_type=kind,
                    content=_bytes(part),
                    inline=_is_inline(part),
                )
            )
            return []
        text, good, enclosed = _text(part, guess=len(texts) < _MOST_GUESSED)
        if not good:
            problems.append("charset")
        files.extend(
            File(name=decoded(name), media_type="application/octet-stream", content=content)
            for name, content in enclosed
        )
        texts.append((kind, text))
        return [(kind, text)]

    words = read(message)
    html = "\n".join(text for kind, text in texts if kind == "text/html")
    return _one_text(words), html, files


def _one_text(words: list[tuple[str, str]]) -> str:
    """The plain texts; with HTML, when there are none or a footer was put below what is HTML."""
    written = [(kind, text) for kind, text in words if text.strip()]
    # A pack says again what stands beside it.
    written = [(kind, text) for kind, text in written if kind not in _PACKS] or written
    plain = [text for kind, text in written if kind != "text/html"]
    if not written:
        return "\n".join(text for _, text in words)
    if plain and written[0][0] != "text/html":
        return "\n".join(plain)
    html = "\n".join(text for kind, text in written if kind == "text/html")
    return "\n".join([text_of_html(html), *plain])


def _is_inline(part: Message) -> bool:
    """Whether a picture stands in the text; some programs say `attachment` of those, too."""
    disposition = str(part.get("content-disposition", "")).strip().lower()
    shown = bool(part.get("content-id")) or disposition.startswith("inline")
    return part.get_content_maintype() == "image" and shown


def _is_text(part: Message, *, whole: bool, first: bool) -> bool:
    """Whether a part is what was written, not a file."""
    kind = part.get_content_type()
    if kind.startswith("multipart/"):
        return True
    if str(part.get("content-disposition", "")).strip().lower().startswith("attachment"):
        return False
    if kind in _TEXTS:
        # Some give a name to what was written, too.
        return whole or first or not _file_name(part)
    return whole and kind.startswith("text/") and kind not in _NO_TEXTS and not _file_name(part)


def _text(part: Message, *, guess: bool) -> tuple[str, bool, list[tuple[str, bytes]]]:
    content, enclosed = without_enclosed(_bytes(part))
    charset = part.get_content_charset()
    if not charset and part.get_content_type() == "text/html":
        charset = named_in_html(content)
    text, good = text_of(content, charset, guess=guess)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if signed := _SIGNED.match(text):
        text = re.sub(r"^- ", "", signed[1], flags=re.MULTILINE) + text[signed.end() :]
    if part.get_param("format", header="content-type") == "flowed":
        text = _unflowed(text, delsp=part.get_param("delsp") == "yes")
    return _without_controls(text), good, enclosed


def _bytes(part: Message) -> bytes:
    payload = _payload(part)
    if isinstance(payload, list):
        between = b"" if part.get_content_type() == "message/rfc822" else b"\n\n"
        return between.join(_serialised(inner) for inner in payload)
    if str(part.get("content-transfer-encoding", "")).lower() == "base64":
        meant = from_base64(str(payload or "").encode("utf-8", "surrogateescape"))
        if meant is not None:
            return meant
    try:
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            return content
    except (ValueError, LookupError, AssertionError):
        pass
    return str(payload or "").encode("utf-8", "surrogateescape")


def _payload(part: Message) -> list[Message | str] | str | None:
    """The parts or the letters as they came; `get_payload` would decode them and fail at times."""
    payload: list[Message | str] | str | None = part._payload  # type: ignore[attr-defined]
    return payload


def _serialised(message: Message | str) -> bytes:
    if isinstance(message, str):
        return message.encode("utf-8", "surrogateescape")
    try:
        return message.as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError, MessageError):
        return str(_payload(message)).encode("utf-8", "replace")


def _unflowed(text: str, *, delsp: bool) -> str:
    """The paragraphs of `format=flowed` (RFC 3676 section 4.2)."""
    paragraphs: list[list[str]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        flows = body.endswith(" ") and body != "-- "
        shown = body[:-1] if flows and delsp else body
        if open_depth == depth and body != "-- ":
            paragraphs[-1].append(shown)
        else:
            paragraphs.append([">" * depth + (" " if depth and body else ""), shown])
        open_depth = depth if flows else None
    return "\n".join("".join(pieces) for pieces in paragraphs)


def _file_name(part: Message) -> str:
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            name = part.get_param(parameter, header=header)
        except (ValueError, LookupError, TypeError, AttributeError, UnicodeError):
            continue
        if isinstance(name, tuple):
            # What was written in percents (RFC 2231), byte by byte.
            charset, _, escaped = name
            try:
                content = str(escaped).encode("latin-1", "surrogateescape")
            except UnicodeError:
                content = str(escaped).encode("utf-8", "surrogateescape")
            name = _without_controls(text_of(content, charset or None, guess=False)[0])
        if name:
            return decoded(str(name))
    return ""


def _sender(written: list[tuple[str, str]]) -> Address:
    def first(name: str) -> str:
        return next((value for key, value in written if key == name), "")

    value = _TWICE.sub("", first("from") or first("sender"))
    # Only where there is no other may an encoded word be an address.
    found = _addresses(value) or _addresses(decoded(value)[:1_000].replace('"', " "))
    if found:
        return found[0]
    if first("return-path") and not _NULL_SENDER.match(first("return-path")):
        return next(iter(_addresses(first("return-path"))), Address(address=""))
    return Address(address="", name=decoded(value).strip()[:200])


def _recipients(written: list[tuple[str, str]]) -> list[Address]:
    left = _LONGEST_ADDRESSES
    found: list[Address] = []
    for name in ("to", "cc", "delivered-to", "x-original-to"):
        for value in (value for key, value in written if key == name):
            found += _addresses(value[:left])
            left = max(left - len(value), 0)
    return found


def _addresses(value: str) -> list[Address]:
    bare = _without_controls(_bare(_unfolded(value)))
    try:
        pairs = getaddresses([bare], strict=False)
    except RecursionError:
        # Thousands of brackets within each other are no address, but there may be one behind.
        pairs = [("", address) for address in _ADDRESS.findall(bare)]
    return [
        Address(
            address=address.strip().lower(),
            name=" ".join(decoded(name).split()) if name else "",
        )
        for name, address in pairs
        if "@" in address and " " not in address.strip() and not _WORD.search(address)
    ]


def _ids(value: str) -> list[str]:
    return _ID.findall(value)


def _without_controls(text: str) -> str:
    return _CONTROLS.sub("", text)
