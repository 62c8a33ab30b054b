"""The text of bytes, in the character set that they are in rather than in the one they name."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

_ENOUGH_TO_GUESS, _LONGEST_TO_GUESS = 40, 64 * 1024
_NOT_GUESSED = ["utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"]
_JAPANESE = ["cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213"]
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_LONGEST_NAME = 40
_NO_SETS = {"unicode_escape", "raw_unicode_escape", "punycode", "idna", "undefined", "mbcs", "oem"}
_WESTERN = ("cp1252", "latin_1")
_CHINESE, _KOREAN, _SHIFT_JIS = ("gb18030",), ("cp949",), ("cp932", "shift_jis_2004")
_ISO_2022_JP = ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004")
_MEANT: dict[str, tuple[str, ...]] = {
    # What Windows writes under the name of the smaller set that its own set extends.
    **dict.fromkeys(("ascii", "iso8859-1", "cp1252"), _WESTERN),
    **dict.fromkeys(("gb2312", "gbk"), _CHINESE),
    **dict.fromkeys(("euc_kr", "cp949"), _KOREAN),
    **dict.fromkeys(("shift_jis", "cp932"), _SHIFT_JIS),
    **dict.fromkeys(("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2"), _ISO_2022_JP),
    "iso8859-9": ("cp1254", "iso8859-9"),
    "iso8859-11": ("cp874", "iso8859-11"),
    "tis-620": ("cp874", "tis-620"),
    "big5": ("cp950", "big5hkscs"),
}
_NAMES: dict[str, tuple[str, ...]] = {
    # Names that programs write and that Python does not know.
    **dict.fromkeys(("ansi", "x-ansi", "x-user-defined", "ansi_x3.110-1983"), _WESTERN),
    **dict.fromkeys(("x-gbk", "gb_2312-80", "gb2312_charset"), _CHINESE),
    **dict.fromkeys(("ks_c_5601-1987", "ks_c_5601", "ksc5601", "x-euc-kr"), _KOREAN),
    **dict.fromkeys(("x-sjis", "ms_kanji", "shift-jis", "x-ms-cp932"), _SHIFT_JIS),
    "x-euc-jp": ("euc_jp",),
    "x-big5": ("cp950", "big5hkscs"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "logical", "visual"), ("cp1255", "iso8859-8")),
    **dict.fromkeys(("iso-8859-6-i", "iso-8859-6-e"), ("iso8859-6",)),
    **dict.fromkeys(("x-mac-roman", "x-macintosh", "mac"), ("mac_roman",)),
    "x-mac-ce": ("mac_latin2",),
    "x-mac-cyrillic": ("mac_cyrillic",),
    **dict.fromkeys(("x-unicode-2-0-utf-7", "unicode-2-0-utf-7"), ("utf_7",)),
    **dict.fromkeys(("utf8mb4", "utf-8-mb4", "x-utf-8"), ("utf_8",)),
}
_NUMBERED = re.compile(r"(?:x-)?(?:cp|win|windows|ibm|ms)?[-_]?(?:cp)?[-_]?(\d{3,4})")
_BEHIND = re.compile(r"[\s\"';,(].*$")
_ESCAPES = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b(I")
_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_BARE = re.compile(r"[\udc80-\udcff]")
_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def text_of(content: bytes, named: str | None, *, guess: bool = True) -> tuple[str, bool]:
    """The text, and whether it was in the character set that it named.

    Args:
        content: the bytes.
        named: the character set that they are said to be in.
        guess: whether an unknown one may be guessed, which takes long for many small texts.
    """
    sets = _sets(named)
    multi = _as_utf_8(content) if sets is None or sets[0] in {"utf_8", *_WESTERN} else None
    # Bytes above 127 that happen to be UTF-8 are nothing else.
    good = sets is not None and not (sets[0] == "utf_8" and multi is None)
    if named is not None and named.strip().lower() in {"ascii", "us-ascii"}:
        good = content.isascii()
    if content.isascii() and any(escape in content for escape in _ESCAPES):
        sets, multi, good = _ISO_2022_JP, None, good and sets == _ISO_2022_JP
    for mark, name in _MARKS:
        if content.startswith(mark) and (sets is None or sets[0] in {"utf_8", *_WESTERN}):
            sets, multi = (name,), None
    if multi is not None:
        return multi.replace("\ufeff", ""), good
    for one in () if sets is None else sets:
        text = _decoded(content, one)
        if text is not None:
            return text.replace("\ufeff", ""), good
    if sets is None or sets[0] == "utf_8":
        return _as_nearly_utf_8(content) or _guessed(content, guess), False
    return content.decode(sets[0], "replace"), False


def named_in_html(content: bytes) -> str | None:
    """The character set that HTML names within itself."""
    found = _META.search(content[:2048])
    return found[1].decode("ascii", "ignore") if found else None


def _sets(named: str | None) -> tuple[str, ...] | None:
    """What to read a named character set in, the likeliest first; None when it is unknown."""
    whole = (
        (named or "utf-8")[: 2 * _LONGEST_NAME].lower().removeprefix("charset=").strip(" \t\"';")
    )
    name = _BEHIND.sub("", whole)[:_LONGEST_NAME]
    if name in _NAMES:
        return _NAMES[name]
    numbered = _NUMBERED.fullmatch(name)
    for one in (name, whole, f"cp{numbered[1]}" if numbered else ""):
        try:
            codec = codecs.lookup(one)
        except (LookupError, ValueError, UnicodeError):
            continue
        # Python has codecs that are no character sets, such as `zip`.
        if codec._is_text_encoding and codec.name.replace("-", "_") not in _NO_SETS:
            known = "utf_8" if codec.name in {"utf-8", "utf-8-sig"} else codec.name
            return _MEANT.get(known, (known,))
    return None


def _decoded(content: bytes, codec: str) -> str | None:
    if codec == "iso2022_jp_2004":
        # The set that has the circled numbers of Windows bears another mark.
        content = content.replace(b"\x1b$B", b"\x1b$(Q")
    try:
        text = content.decode(codec)
    except (UnicodeError, ValueError):
        return None
    # Vietnamese writes its accents behind their letters.
    return unicodedata.normalize("NFC", text) if codec == "cp1258" else text


def _as_utf_8(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _as_nearly_utf_8(content: bytes) -> str | None:
    """UTF-8 that was cut or has a few bytes of another set in it."""
    text = content.decode("utf-8", "surrogateescape")
    good = len(text.encode("utf-8", "ignore").decode())
    bare = len(text) - good
    if good - len(text.encode("ascii", "ignore")) <= 2 * bare:
        return None
    # A letter that is cut at the end is no letter.
    return _BARE.sub(
        lambda found: bytes([ord(found[0]) - 0xDC00]).decode("cp1252", "ignore"),
        re.sub(r"[\udc80-\udcff]{1,3}\Z", "", text),
    )


def _guessed(content: bytes, guess: bool) -> str:
    """Guessed from many letters; of few, guesses are wild, and most who write here use cp1252."""
    if guess and sum(byte > 127 for byte in content[:_LONGEST_TO_GUESS]) >= _ENOUGH_TO_GUESS:
        # Few write Japanese in half-width letters; Cyrillic read as Japanese is full of them.
        for excluded in (_NOT_GUESSED, _NOT_GUESSED + _JAPANESE):
            best = from_bytes(content[:_LONGEST_TO_GUESS], cp_exclusion=excluded).best()
            text = content.decode(best.encoding, "replace") if best is not None else ""
            start = text[:_LONGEST_TO_GUESS]
            if len(_HALF_WIDTH.findall(start)) * 3 < sum(x > "\x7f" for x in start):
                return text
    return next(
        text for text in (_decoded(content, one) for one in _WESTERN) if text is not None
    )  # fmt: skip
