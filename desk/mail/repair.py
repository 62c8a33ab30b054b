"""Bytes that are nearly a mail, put right before they are parsed."""

import re
from email._policybase import Compat32

_LONGEST_HEADER, _LONGEST_TYPE = 1_000_000, 4_000
_MOST_LINES = 1_000_000
_SEARCHED, _MOST_STRAY = 4_000, 5
# A mailbox file begins with a line that is no header of the mail.
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:>?From [ \t]*(?![ \t:])[^\n]*\n)?")
_NAME = re.compile(rb"[!-9;-~]+[ \t]*:")
_SPACED = re.compile(rb"^([!-9;-~]{1,80})[ \t]{1,80}:", re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n|\r\r")
_KNOWN = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version"
    rb"|reply-to|sender|in-reply-to|references|content-[a-z-]{2,30}|x-[a-z0-9-]{2,60})[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_ENCODING = re.compile(r"[\s\"']*([\w-]+)")


class Policy(Compat32):
    """Headers as they came, byte for byte, but none so long that reading it takes for ever."""

    verify_generated_headers = False

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """A header's name and value, where the parser would take hours over a long one."""
        name, value = super().header_source_parse(sourcelines)
        kind = name.lower()
        if kind == "content-transfer-encoding" and (found := _ENCODING.match(value)):
            # Some write it in quotation marks, or a comment behind it.
            return name, found[1]
        return name, value[: _LONGEST_TYPE if kind.startswith("content-") else _LONGEST_HEADER]

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The value itself; the parent would show bytes above 127 as question marks."""
        return value

    def fold(self, name: str, value: str) -> str:
        """A header as it came; the parent would break it anew, and refuse some."""
        return f"{name}: {value}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same in bytes."""
        return self.fold(name, value).encode("utf-8", "surrogateescape")


def repaired(raw: bytes) -> tuple[bytes, list[str]] | None:
    """The mail from its first header on and what was wrong with it; None when it has no header."""
    problems = []
    if b"\0" in raw:
        raw = raw.replace(b"\0", b"")
        problems.append("nul")
    if b"\r\r\n" in raw:
        # Written as text by a program that added what was there already.
        raw = raw.replace(b"\r\r\n", b"\r\n")
    raw = _BEFORE.sub(b"", raw, count=1)
    if not _NAME.match(raw[:_SEARCHED]):
        first = _KNOWN.search(raw, 0, _SEARCHED)
        if first is None:
            return None
        raw = raw[first.start() :]
        problems.append("malformed")
    end = found.start() if (found := _BLANK.search(raw)) else len(raw)
    head = _SPACED.sub(rb"\1:", raw[:end])
    kept = _without_strays(head)
    if kept != head:
        problems.append("malformed")
    return kept + raw[end:], problems


def has_too_many_lines(raw: bytes) -> bool:
    """Whether there are so many lines that splitting them into parts would take minutes."""
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n") > _MOST_LINES


def _without_strays(head: bytes) -> bytes:
    """Without single lines that are no headers among headers; more of them are a body."""
    lines = head.split(b"\n")
    strays = [
        at
        for at, line in enumerate(lines)
        if line.strip() and not line[:1].isspace() and not _NAME.match(line)
    ]
    if not strays or len(strays) > _MOST_STRAY:
        return head
    # A body without a blank line before it begins there, unless headers go on behind it.
    if not all(at + 1 < len(lines) and _KNOWN.match(lines[at + 1]) for at in strays):
        return head
    return b"\n".join(line for at, line in enumerate(lines) if at not in set(strays))
