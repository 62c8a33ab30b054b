"""A text is read in the set that it is in, whatever the mail calls it."""

import pytest

from desk.mail.charsets import text_of
from desk.mail.parse import decoded, parse
from tests.unit.mail.mails import raw


@pytest.mark.parametrize(
    ("named", "content", "text"),
    [
        ("gb2312", "朱镕基 你好".encode("gbk"), "朱镕基 你好"),
        ("gb2312", "你好 㐀 €".encode("gb18030"), "你好 㐀 €"),
        ("ks_c_5601-1987", "안녕 똠방 햏".encode("cp949"), "안녕 똠방 햏"),
        ("shift_jis", "①こんにちは～髙".encode("cp932"), "①こんにちは～髙"),
        ("x-sjis", "こんにちは".encode("cp932"), "こんにちは"),
        ("big5", "你好 嘅".encode("big5hkscs"), "你好 嘅"),
        ("iso-2022-jp", "こんにちは".encode("iso2022_jp"), "こんにちは"),
        ("iso-2022-jp", b"\x1b$B-!$3$s\x1b(B", "①こん"),
        ("iso-2022-jp", b"\x1b$B$3\x1b(I1234\x1b(B", "こｱｲｳｴ"),
        ("iso-8859-1", "“Hola” — 5 €".encode("cp1252"), "“Hola” — 5 €"),
        ("iso-8859-1", "Sesión “Núñez”".encode(), "Sesión “Núñez”"),
        ("windows-1258", "Cha\u0300y".encode("cp1258"), "Chày"),
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        ("windows-874", "สวัสดี".encode("cp874"), "สวัสดี"),
        ("x-mac-roman", "Sesión".encode("mac_roman"), "Sesión"),
        ("x-unicode-2-0-utf-7", "Sesión".encode("utf-7"), "Sesión"),
        ("utf8mb4", "Sesión".encode(), "Sesión"),
        ("cp-850", "Sesión".encode("cp850"), "Sesión"),
        ("iso 8859-1", "Sesión".encode("latin-1"), "Sesión"),
        ("ISO-8859-1 (Western)", "Sesión".encode("latin-1"), "Sesión"),
        ("charset=utf-8", "Sesión".encode(), "Sesión"),
        ("utf-8", b"\xef\xbb\xbfHola", "Hola"),
        (None, "Sesión".encode(), "Sesión"),
    ],
)
def test_a_name_that_is_nearly_right_is_right(named, content, text):
    assert text_of(content, named) == (text, True)


@pytest.mark.parametrize(
    ("named", "content", "text"),
    [
        ("unknown-8bit", "Sesión".encode("cp1252"), "Sesión"),
        ("us-ascii", "Sesión".encode(), "Sesión"),
        ("us-ascii", "こんにちは".encode("iso2022_jp"), "こんにちは"),
        (None, "こんにちは".encode("iso2022_jp"), "こんにちは"),
        ("x-none", "Hola señor".encode("utf-16"), "Hola señor"),
        ("utf-8", "mañana una reunión, años ".encode() + b"\xe9", "mañana una reunión, años "),
        ("utf-8", "mañana una reunión, años".encode() + b"\xe9.", "mañana una reunión, añosé."),
        ("utf-8", "Здравствуйте, я не могу войти в систему. Помогите пожалуйста".encode("koi8-r"),
         "Здравствуйте, я не могу войти в систему. Помогите пожалуйста"),
        ("unicode_escape", b"C:\\new\\u0041", "C:\\new\\u0041"),
        ("punycode", b"a-b", "a-b"),
        ("x" * 100_000, b"Hola", "Hola"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_told_and_costs_no_letter(named, content, text):
    assert text_of(content, named) == (text, False)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=?utf-8?B?U2VzacM=?= =?utf-8?B?s24=?=", "Sesión"),
        ("=?utf-8?Q?Sesi=C3?=\n =?UTF-8?Q?=B3n?= x", "Sesión x"),
        ("=?utf-8*es?Q?Sesi=C3=B3n?=", "Sesión"),
        ("=??Q?Sesi=C3=B3n?=", "Sesión"),
        ("=?gb2312?B?1uzpRrv5?=", "朱镕基"),
        ("=?utf-8?B?U2VzacOzbg?=", "Sesión"),
        ("a\x1b$B$3$s\x1b(B", "aこん"),
        ("\udcf3 =?utf-8?Q?=C3=B3?= \udcf3", "ó ó ó"),
    ],
)
def test_words_of_headers_are_joined_before_they_are_read(written, shown):
    assert decoded(written) == shown


def test_html_names_its_set_within_itself():
    body = "<meta charset=windows-1251><p>Привет</p>".encode("cp1251")
    found = parse(raw("", Content_Type="text/html") + body)
    assert (found.text.strip(), found.problems) == ("Привет", [])
