"""What the sender of a mail has written, without what the mail quotes and how it is signed.

Nothing is thrown away: the whole body is kept beside it, and an analyst can unfold it. When all
would be cut (a mail that is forwarded without a word), all is kept.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

WORDS = Path(__file__).with_name("quotes.toml")
_LONGEST = 20_000
"""Lines; nobody writes more by hand."""
_WIDEST = 1_000
_ATTRIBUTION_LINES = 4
_HEADER_LINES = 14
_LINES_OF_A_SIGNATURE = 15
_LINES_OF_A_BANNER = 8
_BANNERS = 3
_WORDS_OF_A_NAME = 6
_WRAPPED_AT = 66
# A bar at the left quotes; one at the left and another further on are the columns of a table.
_QUOTED = re.compile(r"^\s{0,3}(?:>|&gt;|\|\s[^|]*$)")
_DASHES = re.compile(
    r"^\s*(?:[-–—]{2,}|[–—]|_{2,}|={5,}|\*{5,}|#{5,}|~{5,}|-\s-[\s-]*)\s*$"
)  # fmt: skip
_SIGNATURE = re.compile(r"^--\s?$")
_FENCE = re.compile(r"^\s{0,3}```")
_DAY_OR_ADDRESS = re.compile(r"\d|@")
_TIME_YEAR_OR_ADDRESS = re.compile(r"\d[:.h]\d\d|\b\d{4}\b|@")
_DAY_AND_TIME = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4},?\s{1,4}\d{1,2}[:.]\d{2}[\w\s:.]{0,16}"
)  # fmt: skip
_LAST_OF_AN_ATTRIBUTION = (":", "：", ">")
_GAP = re.compile(r"(?<=[:：])\s{2,}(?=\S)")
_LINK = re.compile(r"<(?:https?:|mailto:|#)[^<>\s]*>|\[?\]?\(https?:[^()\s]*\)")
_AROUND = {"dividers": " *", "quoted_dividers": " *", "attributions": " *_-–—"}
"""What may stand around a line of a group, and does not count."""
_UNSEEN = "\ufeff\u200b\u200e\u200f\u2060"
"""What programs put at the ends of a line and nobody sees."""
_NO_WORD = re.compile(r"^[\W_]+")
_QUESTION = re.compile(r"\?[\s\"'”»)]|\?$")
_FRAME = " *_<>[](){}\"'“”«»|#=~!:-–—."
_WRITTEN = re.compile(r"^\s{0,3}(?:#{1,6}\s|\d{1,2}[.)]\s)|\?$")
"""A title, a step or a question: none of them is in a signature."""
_HEADER = re.compile(r"^[\s*_>]{0,40}([^\W\d_][^:：*\n]{0,24}?)\s*\*?\s*[:：]\s?\*?(?=\s|\*|$|\S)")


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """The parts of a body."""

    text: str
    """What was written, with what it quotes in between, where it answers point by point."""

    @property
    def own_words(self) -> str:
        """The text without any quoted line: what its language and meaning are told from."""
        lines = [line for line in self.text.split("\n") if not _QUOTED.match(line)]
        return "\n".join(lines).strip()


def trim(body: str) -> Trimmed:
    """Cut what is quoted, the signature and notices from a plain text body."""
    whole = [_clean(line) for line in body.split("\n")[:_LONGEST]]
    lines = _below_banners(whole)
    marks = _marks(lines)
    kept = list(range(_end(lines, marks)))
    kept = _without_signature(lines, marks, kept)
    kept = _without_devices(lines, marks, kept)
    kept = _without_outer(lines, marks, kept)
    kept = _without_notices(lines, marks, kept)
    kept = _without_outer(lines, marks, kept)
    left = [lines[at] for at in kept]
    if all(_DASHES.match(line) or not line.strip() or _device(line) for line in left):
        return Trimmed(text="\n".join(whole).strip())
    return Trimmed(text="\n".join(left).strip("\n").rstrip())


def _clean(line: str) -> str:
    return line.strip(_UNSEEN).rstrip().replace("\xa0", " ")


def _below_banners(lines: list[str]) -> list[str]:
    """The lines below what the border of a company puts above each mail from outside."""
    for _ in range(_BANNERS):
        first = next(
            (at for at, line in enumerate(lines) if line.strip() and not _DASHES.match(line)), 0
        )
        size = _size_of_paragraph(lines, first)
        if size > _LINES_OF_A_BANNER or not _begins_like(lines[first : first + size], "banners"):
            break
        after = first + _size_of_banner(lines[first : first + size])
        while after < len(lines) and (not lines[after].strip() or _DASHES.match(lines[after])):
            after += 1
        lines = lines[after:]
    return lines


def _size_of_banner(paragraph: list[str]) -> int:
    """How many lines of a paragraph are a banner: an answer may begin directly below it."""
    said = (at for at, line in enumerate(paragraph) if _form("banner_words").search(line))
    return max(said, default=0) + 1


def _size_of_paragraph(lines: list[str], at: int) -> int:
    """How many lines there are up to the next that is empty or a rule; a few suffice."""
    last = min(len(lines), at + _LINES_OF_A_BANNER + 1)
    return next(
        (
            one - at
            for one in range(at, last)
            if not lines[one].strip() or _DASHES.match(lines[one])
        ),
        last - at,
    )


def _begins_like(lines: list[str], group: str) -> bool:
    """Whether a paragraph, without links and what frames it, begins like one of a group."""
    words = " ".join(line.strip() for line in lines if line.strip())[:_WIDEST]
    words = _NO_WORD.sub("", _LINK.sub(" ", words)).rstrip(_FRAME)
    return any(form.match(words) for form in _forms(group))


def _marks(lines: list[str]) -> list[str]:
    """By line: `q` quoted or naming who is quoted, `x` where an older mail begins, else `t`.

    And `c` for what stands between two fences, in which no line means what it would elsewhere.
    """
    marks = ["q" if _QUOTED.match(line) else "t" for line in lines]
    _mark_code(lines, marks)
    _mark_wrapped(lines, marks)
    names = [_header(line) if marks[at] == "t" else "" for at, line in enumerate(lines)]
    at = 0
    while at < len(lines):
        if marks[at] == "q" and _is(lines[at], "quoted_dividers"):
            marks[at] = "x"
        elif marks[at] == "t" and lines[at].strip():
            at += _mark_older(lines, marks, names, at) - 1
        at += 1
    return marks


def _mark_older(lines: list[str], marks: list[str], names: list[str], at: int) -> int:
    """Mark what leads to an older mail, if that is what begins here; how many lines it is."""
    if _is(lines[at], "dividers") or _opens_headers(names, at):
        # Most programs mark nothing below headers; below those of others may be the answer.
        size = 1 + len(list(takewhile(bool, names[at + 1 : at + _HEADER_LINES])))
        quotes = _quotation_follows(marks, lines, at + size)
        marks[at : at + size] = ["q" if quotes else "x"] * size
        return size
    if _opens_table(lines, names, at):
        marks[at] = "x"
    elif size := _attribution(lines, marks, at):
        quotes = _quotation_follows(marks, lines, at + size)
        marks[at : at + size] = ["q"] * size if quotes else ["x"] + ["q"] * (size - 1)
        return size
    return 1


def _mark_code(lines: list[str], marks: list[str]) -> None:
    fences = [at for at, line in enumerate(lines) if marks[at] == "t" and _FENCE.match(line)]
    for begins, ends in zip(fences[::2], fences[1::2], strict=False):
        marks[begins : ends + 1] = ["c"] * (ends + 1 - begins)


def _mark_wrapped(lines: list[str], marks: list[str]) -> None:
    """Mark the rest of a quoted line that a program broke again and put no `>` before.

    An answer in between comes after the end of a sentence.
    """
    for at in range(1, len(lines) - 1):
        above, line = lines[at - 1], lines[at]
        between = marks[at - 1] == marks[at + 1] == "q" and marks[at] == "t" and line.strip()
        if between and len(above) >= _WRAPPED_AT and len(line) < len(above):
            marks[at] = "t" if above.endswith((".", "?", "!", ":")) else "q"


def _end(lines: list[str], marks: list[str]) -> int:
    """The first line of an older mail that is quoted whole."""
    return next((at for at, mark in enumerate(marks) if mark == "x"), len(lines))


def _attribution(lines: list[str], marks: list[str], at: int) -> int:
    """How many lines, from `at` on, say who wrote what follows; 0 for none."""
    joined, whole = "", True
    for size in range(1, _ATTRIBUTION_LINES + 1):
        last = at + size - 1
        if last >= len(lines) or marks[last] != "t":
            return 0
        line = lines[last].strip()
        if not line and size > 1:
            return 0
        whole = whole and (size == 1 or _continues(joined, line))
        # One program goes on in the same line, after a gap, with what it quotes.
        said = _LINK.sub("", _GAP.split(f"{joined} {line}", maxsplit=1)[0]).strip(" \t*_")
        if said.endswith("--"):
            said = said.rstrip("- ") + ":"
        if said.endswith(_LAST_OF_AN_ATTRIBUTION):
            quotes = _quotation_follows(marks, lines, at + size)
            if _attributes(said, quotes=quotes, whole=whole):
                return 0 if _begins_again(lines[at + 1 : at + size]) else size
        joined = f"{joined} {line}".strip()
    return 0


def _attributes(said: str, *, quotes: bool, whole: bool) -> bool:
    """Whether this says who wrote what follows.

    It comes with a day or an address, else it may be a sentence; if what follows is not marked as
    quoted, with a time, a year or an address. And what need not begin with a certain word must be
    a whole: else the last words of the answer were taken for its beginning.
    """
    signs = _DAY_OR_ADDRESS if quotes else _TIME_YEAR_OR_ADDRESS
    if signs.search(said) and (
        _is(said, "attributions")
        or (whole and _is(said, "names_first"))
        or (whole and quotes and _is(said, "dated_introductions"))
    ):
        return True
    return whole and quotes and _is(said, "introductions")


def _continues(above: str, line: str) -> bool:
    """Whether a line is the rest of the one above, broken where programs break it."""
    return above.endswith(("<", "(")) or line[0] in "<([0123456789" or _is(line, "verbs")


def _begins_again(lines: list[str]) -> bool:
    """Whether the attribution begins further below, and what is above it is an answer."""
    return any(
        _DAY_OR_ADDRESS.search(lines[one]) and _is(" ".join(lines[one:]), "attributions")
        for one in range(len(lines))
    )


def _quotation_follows(marks: list[str], lines: list[str], at: int) -> bool:
    near = range(at, min(at + 3, len(lines)))
    following = next((one for one in near if lines[one].strip()), None)
    return following is not None and marks[following] == "q"


def _opens_table(lines: list[str], names: list[str], at: int) -> bool:
    """Whether here are the name and, below it, the day under which one program puts headers.

    It draws them as a table, so that in plain text each name may be on a line of its own.
    """
    if at + 1 >= len(lines) or not _DAY_AND_TIME.fullmatch(lines[at + 1].strip()):
        return False
    near = range(at + 2, min(at + 2 + _HEADER_LINES, len(lines)))
    found = {names[one] or lines[one].strip().lower() for one in near}
    return len({name for name in found if _is_header(name)}) >= 2 and bool(
        found & _headers("telling_headers")
    )


def _opens_headers(names: list[str], at: int) -> bool:
    """Whether the headers of an older mail begin here: who wrote it, and two others."""
    if not names[at]:
        return False
    found = {name for name in names[at : at + _HEADER_LINES] if name}
    return len(found) >= 3 and bool(
        found & _headers("opening_headers") and found & _headers("telling_headers")
    )


def _is_header(name: str) -> bool:
    return name in _headers("opening_headers") or bool(_headers_pattern().fullmatch(name))


def _header(line: str) -> str:
    """The name of the header that a line begins with; empty for none."""
    found = _HEADER.match(line)
    name = found[1].strip().lower() if found else ""
    return name if _is_header(name) else ""


def _without_signature(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without the lines from a signature's mark to the next quotation or the end."""
    found: list[int] = []
    begun = cut = False
    frames: set[str] = set()
    for place, at in enumerate(kept):
        if marks[at] == "q":
            cut = False
        elif not cut and begun and marks[at] == "t" and _DASHES.match(lines[at]):
            # What one rule of a pair begins, the other ends.
            cut = lines[at] not in frames and (
                bool(_SIGNATURE.match(lines[at])) or _signs(lines, marks, kept, place)
            )
            frames.add("" if cut else lines[at])
        if not cut:
            found.append(at)
            begun = begun or bool(lines[at].strip())
    return found


def _signs(lines: list[str], marks: list[str], kept: list[int], place: int) -> bool:
    """Whether the rule at this place stands above a signature, and not between paragraphs."""
    if _underlines(lines, kept[place]) or _introduces(lines, kept[place]):
        return False
    own: list[int] = []
    for at in kept[place + 1 :]:
        if marks[at] != "q" and lines[at].strip():
            own.append(at)
        if len(own) > _LINES_OF_A_SIGNATURE:
            return False
    for number, at in enumerate(own):
        if _begins_like(lines[at : at + 3], "disclaimers"):
            return True
        ruled = number > 0 and bool(_DASHES.match(lines[own[number - 1]]))
        framed = ruled and lines[own[number - 1]] == lines[kept[place]]
        sentence = (ruled or number == 0) and not _names(lines[at]) and not _device(lines[at])
        if framed or sentence or _WRITTEN.search(lines[at]):
            return False
    return True


def _introduces(lines: list[str], at: int) -> bool:
    """Whether what is above the rule leads to what is below it."""
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return above.endswith(":")


def _underlines(lines: list[str], at: int) -> bool:
    """Whether the rule is as long as the line above it, which is a title then."""
    above = lines[at - 1].strip() if at else ""
    alone = at < 2 or not lines[at - 2].strip()
    return bool(above) and alone and abs(len(above) - len(lines[at].strip())) <= 1


def _without_devices(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without what a telephone signs with below a text, and the name directly below that."""
    found: list[int] = []
    begun = signed = False
    for at in kept:
        line = lines[at]
        if marks[at] == "c":
            signed = False
        elif begun and _device(line):
            signed = True
            # Of the empty lines around it, one is enough.
            if found and not lines[found[-1]].strip():
                found.pop()
        else:
            signed = signed and bool(line.strip()) and marks[at] == "t" and _names(line)
        if not signed:
            found.append(at)
            begun = begun or (marks[at] != "q" and bool(line.strip()))
    return found


def _names(line: str) -> bool:
    """Whether a line may be a name or a place below a signature."""
    return len(line.split()) <= _WORDS_OF_A_NAME and not _WRITTEN.search(line)


def _without_notices(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without the paragraphs, from the first notice on, that stand at the end."""
    quoted = [place for place, at in enumerate(kept) if marks[at] == "q"]
    below = quoted[-1] + 1 if quoted else 1
    asked = max(
        (place for place, at in enumerate(kept) if _QUESTION.search(_LINK.sub("", lines[at]))),
        default=-1,
    )
    for place, at in enumerate(kept[below:], below):
        # A line as short as a name was not broken there, so a paragraph may begin below it.
        if not _names(lines[kept[place - 1]]) or not lines[at].strip():
            continue
        # Who asks something wants to be read.
        if place > asked and _begins_like(lines[at : at + 3], "disclaimers"):
            return kept[:place]
    return kept


def _without_outer(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without quotations before and after all that was written; nothing, where nothing was."""
    own = [
        place for place, at in enumerate(kept) if marks[at] in "tc" and lines[at].strip()
    ]  # fmt: skip
    return kept[own[0] : own[-1] + 1] if own else []


def _device(line: str) -> bool:
    plain = " ".join(_LINK.sub(" ", line).split()).strip(" *_<>[]()-–—.")
    return bool(
        len(plain) < 100
        and _is(plain, "devices")
        and (_form("devices_end").search(plain) or plain.lower().startswith("get outlook"))
    )


def _is(line: str, group: str) -> bool:
    plain = line.strip(_AROUND.get(group, " *_"))
    return len(plain) <= _WIDEST and any(form.fullmatch(plain) for form in _forms(group))


@cache
def _words() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return found


@cache
def _forms(group: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form, re.IGNORECASE) for form in _words()[group])


@cache
def _headers(group: str) -> frozenset[str]:
    return frozenset(_words()[group])


@cache
def _headers_pattern() -> re.Pattern[str]:
    return re.compile("|".join(_words()["other_headers"]), re.IGNORECASE)


@cache
def _form(name: str) -> re.Pattern[str]:
    return re.compile(str(_words()[name]), re.IGNORECASE)
