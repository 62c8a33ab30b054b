"""What the sender of a mail has written, without what the mail quotes and how it is signed.

Nothing is thrown away: the whole body is kept beside it, and an analyst can unfold it. When all
would be cut (a mail that is forwarded without a word), all is kept.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("quotes.toml")
_LONGEST = 20_000
"""Lines; nobody writes more by hand."""
_WIDEST = 1_000
_ATTRIBUTION_LINES = 4
_HEADER_LINES = 10
_LINES_OF_A_SIGNATURE = 15
_QUOTED = re.compile(r"^\s{0,3}(?:>|&gt;|\|\s)")
_DASHES = re.compile(r"^\s*(?:--+|[–—]{1,}|_{2,}|={5,}|\*{5,}|#{5,}|~{5,}|-\s-[\s-]*)\s*$")
_SIGNATURE = re.compile(r"^--\s?$")
_DAY_OR_ADDRESS = re.compile(r"\d|@")
_HEADER = re.compile(r"^[\s*_>]{0,4}([^\W\d_][^:：*\n]{0,24}?)\s*\*?\s*[:：]\s?\*?(?=\s|\*|$|\S)")


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
    lines = [line.rstrip().replace("\xa0", " ") for line in body.split("\n")[:_LONGEST]]
    marks = _marks(lines)
    kept = list(range(_end(lines, marks)))
    kept = _without_signature(lines, marks, kept)
    kept = [at for at in kept if not _device(lines[at])]
    kept = _without_outer(lines, marks, kept)
    kept = _without_notices(lines, marks, kept)
    kept = _without_outer(lines, marks, kept)
    text = "\n".join(lines[at] for at in kept).strip("\n").rstrip()
    if not text.strip():
        text = "\n".join(lines).strip()
    return Trimmed(text=text)


def _marks(lines: list[str]) -> list[str]:
    """By line: `q` quoted or naming who is quoted, `x` where an older mail begins, else `t`."""
    marks = ["q" if _QUOTED.match(line) else "t" for line in lines]
    at = 0
    while at < len(lines):
        if marks[at] == "t" and lines[at].strip():
            if _is(lines[at], "dividers") or _opens_headers(lines, at):
                marks[at] = "x"
            elif size := _attribution(lines, marks, at):
                quotes = _quotation_follows(marks, lines, at + size)
                marks[at : at + size] = ["q"] * size if quotes else ["x"] + ["q"] * (size - 1)
                at += size - 1
        at += 1
    return marks


def _end(lines: list[str], marks: list[str]) -> int:
    """The first line of an older mail that is quoted whole."""
    return next((at for at, mark in enumerate(marks) if mark == "x"), len(lines))


def _attribution(lines: list[str], marks: list[str], at: int) -> int:
    """How many lines, from `at` on, say who wrote what follows; 0 for none."""
    joined = ""
    for size in range(1, _ATTRIBUTION_LINES + 1):
        if at + size > len(lines) or marks[at + size - 1] != "t":
            return 0
        line = lines[at + size - 1].strip()
        if not line and size > 1:
            return 0
        joined = f"{joined} {line}".strip()
        # Who wrote it comes with a day or an address; else it may be a sentence.
        if _DAY_OR_ADDRESS.search(joined) and _is(joined, "attributions"):
            return size
        if _quotation_follows(marks, lines, at + size) and _is(joined, "introductions"):
            return size
    return 0


def _quotation_follows(marks: list[str], lines: list[str], at: int) -> bool:
    following = next((one for one in range(at, len(lines)) if lines[one].strip()), None)
    return following is not None and following <= at + 2 and marks[following] == "q"


def _opens_headers(lines: list[str], at: int) -> bool:
    """Whether the headers of an older mail begin here: who wrote it, and two others."""
    first = _header(lines[at])
    if not _is_header(first):
        return False
    names = {first} | {
        name for line in lines[at + 1 : at + _HEADER_LINES] if _is_header(name := _header(line))
    }
    return bool(
        len(names) >= 3
        and names & _headers("opening_headers")
        and names & _headers("telling_headers")
    )


def _is_header(name: str) -> bool:
    return name in _headers("opening_headers") or bool(_headers_pattern().fullmatch(name))


def _header(line: str) -> str:
    found = _HEADER.match(line)
    return found[1].strip().lower() if found else ""


def _without_signature(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without the lines from a signature's mark to the next quotation or the end."""
    found: list[int] = []
    cut = False
    for place, at in enumerate(kept):
        if marks[at] == "q":
            cut = False
        elif not cut and _DASHES.match(lines[at]) and any(lines[one].strip() for one in found):
            follow = [one for one in kept[place + 1 :] if lines[one].strip()]
            own = [one for one in follow if marks[one] != "q"]
            cut = bool(_SIGNATURE.match(lines[at])) or len(own) <= _LINES_OF_A_SIGNATURE
        if not cut:
            found.append(at)
    return found


def _without_notices(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without the paragraphs, from the first notice on, that stand at the end."""
    for place, at in enumerate(kept):
        begins = place > 0 and not lines[kept[place - 1]].strip()
        if not begins or marks[at] == "q":
            continue
        paragraph = " ".join(
            line.strip(" *_") for line in lines[at : at + 3] if line.strip()
        )[:_WIDEST]  # fmt: skip
        if any(form.match(paragraph) for form in _forms("disclaimers")) and not any(
            marks[one] == "q" for one in kept[place:]
        ):
            return kept[:place]
    return kept


def _without_outer(lines: list[str], marks: list[str], kept: list[int]) -> list[int]:
    """Without quotations before and after all that was written."""
    own = [
        place for place, at in enumerate(kept) if marks[at] == "t" and lines[at].strip()
    ]  # fmt: skip
    return kept[own[0] : own[-1] + 1] if own else kept


def _device(line: str) -> bool:
    plain = line.strip(" *_<>[]-–—.")
    return bool(
        len(plain) < 100
        and _is(plain, "devices")
        and (_device_end().search(plain) or plain.lower().startswith("get outlook"))
    )


def _is(line: str, group: str) -> bool:
    plain = line.strip(" *_") if group != "dividers" else line.strip(" *")
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
def _device_end() -> re.Pattern[str]:
    return re.compile(str(_words()["devices_end"]), re.IGNORECASE)
