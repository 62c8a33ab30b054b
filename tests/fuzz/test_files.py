"""Files that are handed in: uploads, Outlook's packs, articles, macros, replays."""

import json
import re
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.attachments.file_types import ALLOWED, UNKNOWN, ZIP
from desk.attachments.service import MAX_NAME, UnusableFile, bare_name, checked, clean_name
from desk.knowledge.files import UnreadableArticle, read_article, render
from desk.knowledge.html import article_html
from desk.macros.files import UnreadableMacro, read_macros
from desk.mail.tnef import unpacked
from desk.settings import PROJECT
from desk.sla.replay import UnusableReplay, replay
from tests.fuzz.damage import ANY_JSON, damaged
from tests.unit.attachments.files import DOCX, MAIL, PDF, XLSM, XLSX, picture
from tests.unit.mail.test_tnef import PACK

FILES = [PDF, DOCX, XLSX, XLSM, MAIL, picture("PNG"), picture("TIFF"), b"a;b\n1;2\n", PACK]
ZIPPED = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"\xff\xff\xff\xff",
    b"\0" * 8,
]
ARTICLES = [path.read_bytes() for path in sorted((PROJECT / "data" / "kb").glob("*/*.md"))[:8]]
MACROS = [path.read_bytes() for path in sorted((PROJECT / "data" / "macros").glob("en/*.md"))]
MARKUP = [
    b"---\n", b": ", b"- ", b"&a ", b"*a", b"!!python/object ", b"<<: ", b"\t", b"|\n", b'"', b"'",
    b"[", b"{", b"\xff", b"\xed\xa0\x80", b"2026-02-30", b"<script>", b"](javascript:", b"![",
    b"> ",
    b"\0", b"\r", b"{name}", b"{", b"1e999", b"\xe2\x80\xae",
]  # fmt: skip
REPLAY = json.dumps(
    {
        "policy": {"metric": "processed", "target_s": 14400},
        "calendar": {
            "zone": "America/New_York",
            "week": {"0": [["09:00", "17:00"]], "4": [["09:00", "24:00"]]},
            "holidays": ["2026-11-26"],
        },
        "events": [
            {"id": "1", "at": "2026-11-23T15:00:00Z", "kind": "opened", "actor": "customer"},
            {"id": 2, "at": "2026-11-23T16:00:00Z", "kind": "paused", "seq": 1},
            {"id": "3", "at": "2026-11-24T16:00:00Z", "kind": "policy_changed",
             "payload": {"target_s": 60}},
            {"id": "4", "at": "2026-11-25T16:00:00Z", "kind": "resolved"},
        ],
        "now": "2026-11-27T00:00:00Z",
    }
).encode()  # fmt: skip
NUMBERS = [
    b"NaN", b"Infinity", b"-1", b"1e400", b"9" * 30, b"null", b"[]", b"{}", b'""', b"0001-01-01",
    b"9999-12-31T23:59:59Z", b"-23:59", b"24:00", b"Asia/Kolkata", b"../../etc/passwd", b'"6"',
]  # fmt: skip


@settings(deadline=None)
@given(damaged(FILES, ZIPPED))
def test_a_file_is_taken_for_what_it_is_or_refused(content):
    try:
        assert checked(content) in ALLOWED
    except UnusableFile as error:
        media_type = getattr(error, "media_type", None)
        assert media_type in (None, UNKNOWN, ZIP)


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(sorted(ALLOWED)))
def test_a_files_name_can_be_shown_and_saved(name, media_type):
    made = clean_name(name, media_type)
    assert 0 < len(made) <= MAX_NAME
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in made)
    assert not set(made) & set('/\\<>:"|?*')
    assert not made.startswith(".")
    assert made.lower().endswith(ALLOWED[media_type])
    made.encode()
    assert bare_name(bare_name(name)) == bare_name(name)


@settings(deadline=None)
@given(damaged([PACK], [b"\xff\xff\xff\xff", b"\0" * 4, b"\x01", b"\xff\x7f"]))
def test_a_pack_is_read_or_left(content):
    found = unpacked(content)
    if found is not None:
        (found.text + found.html).encode(errors="surrogatepass")
        assert sum(len(file.content) for file in found.files) <= len(content)


@settings(deadline=None)
@given(damaged(ARTICLES, MARKUP))
def test_an_article_is_read_or_refused_by_name(content):
    with TemporaryDirectory() as folder:
        named = re.search(rb"slug: ([a-z_]+)\n", content)
        path = Path(folder) / f"{named[1].decode() if named else 'x'}.md"
        path.write_bytes(content)
        try:
            article = read_article(path, "en")
        except UnreadableArticle as error:
            assert path.name in str(error)
            return
        shown = article_html(article.body, "en").lower()
        assert "<script" not in shown
        assert 'href="javascript' not in shown
        path.write_text(render(article.meta, article.body), encoding="utf-8")
        assert read_article(path, "en").meta == article.meta


@settings(deadline=None)
@given(damaged(MACROS, MARKUP), damaged(MACROS, MARKUP))
def test_a_macro_is_read_or_refused_by_name(english, spanish):
    with TemporaryDirectory() as folder:
        for language, content in (("en", english), ("es", spanish)):
            path = Path(folder) / language / "macro.md"
            path.parent.mkdir()
            path.write_bytes(content)
        try:
            list(read_macros(Path(folder)))
        except UnreadableMacro as error:
            assert "macro" in str(error)


@settings(deadline=None)
@given(damaged([REPLAY], [*NUMBERS, *MARKUP]))
def test_a_replay_is_run_or_refused(content):
    try:
        json.dumps(replay(content), allow_nan=False)
    except UnusableReplay as error:
        assert str(error)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["policy", "calendar", "events", "now"]), ANY_JSON)),
    st.sampled_from(
        [
            "policy",
            "calendar",
            "events",
            "now",
            "week",
            "zone",
            "holidays",
            "at",
            "id",
            "seq",
            "payload",
            "target_s",
            "metric",
            "kind",
            "actor",
        ]
    ),
    ANY_JSON,
)
def test_a_replay_of_the_right_form_with_any_values_is_run_or_refused(tops, name, value):
    document = json.loads(REPLAY)
    for top, other in tops[:1]:
        document[top] = other
    for place in (
        document,
        document.get("calendar"),
        document.get("policy"),
        *(document["events"] if isinstance(document.get("events"), list) else ()),
    ):
        if isinstance(place, dict) and name in place:
            place[name] = value
    try:
        json.dumps(replay(json.dumps(document)), allow_nan=False)
    except UnusableReplay as error:
        assert str(error)
