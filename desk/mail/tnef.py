"""What Outlook packs into a `winmail.dat` (MS-OXTNEF): the words of a mail and its files."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, error

_HEAD, _NUMBER, _SUM = Struct("<BII"), Struct("<I"), Struct("<H")
_PROPERTY = Struct("<HH")
_SIGNATURE, _KEY = 0x223E9F78, 2
_MOST = 20_000
"""Attributes of one pack, and properties of one attribute."""
_CODE_PAGE, _PROPERTIES = 0x00069007, 0x00069003
_NEXT_FILE, _FILE, _FILE_NAME, _FILE_PROPERTIES = 0x00069002, 0x0006800F, 0x00018010, 0x00069005
_BODY, _BODY_HTML = 0x1000, 0x1013
_SHORT_NAME, _LONG_NAME, _MEDIA_TYPE, _CONTENT = 0x3704, 0x3707, 0x370E, 0x3701
_TEXT_8, _TEXT_16, _BINARY, _OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_SIZES = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8,
    0x48: 16,
}  # fmt: skip
_NAMED, _SEVERAL, _WHICH = 0x8000, 0x1000, 16
"""Which properties bear a name, which have several contents; how long a class's name is."""


@dataclass(kw_only=True)
class Packed:
    """One file of a pack; what it does not say is empty."""

    name: str = ""
    media_type: str = ""
    content: bytes = b""


@dataclass(kw_only=True)
class Pack:
    """What a pack holds."""

    text: str = ""
    html: str = ""
    files: list[Packed] = field(default_factory=list)


def unpacked(content: bytes) -> Pack | None:
    """What is in a pack; None when it is none, is empty or is broken."""
    pack, encoding = Pack(), "cp1252"
    try:
        for attribute, value in _attributes(content):
            if attribute == _CODE_PAGE:
                encoding = _encoding(_NUMBER.unpack_from(value)[0])
            elif attribute == _PROPERTIES:
                _read_words(pack, value, encoding)
            elif attribute == _NEXT_FILE:
                pack.files.append(Packed())
            elif pack.files:
                _read_file(pack.files[-1], attribute, value, encoding)
    except (error, ValueError):
        return None
    return pack if pack.text or pack.html or pack.files else None


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    if _NUMBER.unpack_from(content)[0] != _SIGNATURE:
        raise ValueError("no pack")
    at = _NUMBER.size + _KEY
    for _ in range(_MOST):
        # Some fill up the end with zeros.
        if not content[at : at + _HEAD.size].strip(b"\0"):
            return
        _, attribute, size = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        value = content[at : at + size]
        (check,) = _SUM.unpack_from(content, at + size)
        if sum(value) & 0xFFFF != check:
            raise ValueError("damaged")
        yield attribute, value
        at += size + _SUM.size
    raise ValueError("too much")


def _read_words(pack: Pack, value: bytes, encoding: str) -> None:
    for name, kind, one in _properties(value):
        if name == _BODY:
            pack.text = _text(one, kind, encoding)
        elif name == _BODY_HTML:
            pack.html = _text(one, kind, encoding)


def _read_file(file: Packed, attribute: int, value: bytes, encoding: str) -> None:
    if attribute == _FILE:
        file.content = value
    elif attribute == _FILE_NAME:
        file.name = file.name or _text(value, _TEXT_8, encoding)
    elif attribute == _FILE_PROPERTIES:
        names: dict[int, str] = {}
        for name, kind, one in _properties(value):
            if name == _CONTENT and not file.content:
                file.content = one[_WHICH:] if kind == _OBJECT else one
            elif name == _MEDIA_TYPE:
                file.media_type = _text(one, kind, encoding)
            elif name in {_SHORT_NAME, _LONG_NAME}:
                names[name] = _text(one, kind, encoding)
        file.name = names.get(_LONG_NAME) or file.name or names.get(_SHORT_NAME, "")


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The name, the type and the content of each property; of several contents, the last."""
    (count,) = _NUMBER.unpack_from(value)
    at = _NUMBER.size
    for _ in range(min(count, _MOST)):
        kind, name = _PROPERTY.unpack_from(value, at)
        at += _PROPERTY.size
        if name >= _NAMED:
            at += _WHICH + _NUMBER.size
            (size,) = _NUMBER.unpack_from(value, at)
            # A number, or the length of a name that follows.
            at += _NUMBER.size
            if _NUMBER.unpack_from(value, at - 2 * _NUMBER.size)[0]:
                at += _padded(size)
        several, kind = kind & _SEVERAL, kind & ~_SEVERAL
        varies = kind in {_TEXT_8, _TEXT_16, _BINARY, _OBJECT}
        contents = 1
        if several or varies:
            (contents,) = _NUMBER.unpack_from(value, at)
            at += _NUMBER.size
        for _ in range(min(contents, _MOST)):
            size = _SIZES.get(kind, 0)
            if varies:
                (size,) = _NUMBER.unpack_from(value, at)
                at += _NUMBER.size
            if (not size and not varies) or at + size > len(value):
                raise ValueError("damaged")
            yield name, kind, value[at : at + size]
            at += _padded(size)


def _padded(size: int) -> int:
    return size + -size % 4


def _text(value: bytes, kind: int, encoding: str) -> str:
    text = value.decode("utf-16-le" if kind == _TEXT_16 else encoding, "replace")
    return text.rstrip("\0")


def _encoding(code_page: int) -> str:
    try:
        return codecs.lookup("utf-8" if code_page == 65001 else f"cp{code_page}").name
    except LookupError:
        return "cp1252"
