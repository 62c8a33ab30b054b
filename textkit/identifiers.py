"""Business identifiers in a message: entry numbers, containers, report codes and the like.

The forms, check digits and classes are those of DOMAIN.md §3. `RULES` is the one table of them: it
is compiled to regular expressions here and to spaCy's token patterns in the bot, and `settle`
decides, for both, what a form found in a text is worth.

In forms and cues `~` stands for a blank, a hyphen or nothing, `_` for a blank or a hyphen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from textkit import checks
from textkit._secret import any_of
from textkit.lexicon import words
from textkit.normalise import Plain, plain

REPORT_CODES = frozenset(
    [
        "ES-001",
        "ES-002",
        "ES-003",
        "ES-022",
        "REV-101",
        "REV-102",
        "REV-103",
        "REV-104",
        "REV-603",
        "REV-613",
        "REV-615",
        "AR-007",
        "TR-011",
    ]
)


# P1 is never stored or echoed, P2 is shown by its last four, P3 is public (DOMAIN.md §3).
Sensitivity = Literal["P1", "P2", "P3"]
_P1 = "ssn itin bank card password token birth_date passport driver_license"
_P2 = (
    "entry_number filer_code ein cbp_assigned_number trip_number ace_id inbond bond statement "
    "protest itn ticket_number"
)
_P3 = "hts port_code scac firms mid container surety csms adcvd_case report_code form"
SENSITIVITY: dict[str, Sensitivity] = {
    **dict.fromkeys(_P1.split(), "P1"),
    **dict.fromkeys(_P2.split(), "P2"),
    **dict.fromkeys(_P3.split(), "P3"),
}
# Where a failing check means a slip of the keyboard; a report code may be newer than our list.
CHECK_DIGITS = frozenset({"entry_number", "container", "inbond"})


NAMES = {
    "entry_number": {"en": "entry number", "es": "número de entrada"},
    "container": {"en": "container number", "es": "número de contenedor"},
    "inbond": {"en": "in-bond number", "es": "número de in-bond"},
}
"""What a reply calls them (DOMAIN.md §2)."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as typed, with its place in the text.

    `checked` is the result of the check digit or of the list of known codes, None where the type
    has neither. A failing check means "looks mistyped", never "invalid".
    """

    type: str
    value: str
    start: int
    end: int
    checked: bool | None

    @property
    def sensitivity(self) -> Sensitivity:
        """P1, P2 or P3."""
        return SENSITIVITY[self.type]

    @property
    def shown(self) -> str:
        """The value as a reply, a log line or a chart may show it."""
        match self.sensitivity:
            case "P1":
                return f"[{self.type.replace('_', '-')}]"
            case "P2":
                return _last_four(self.value)
            case _:
                return self.value


@dataclass(frozen=True)
class Rule:
    """One way to write one type of identifier, and what has to stand around it."""

    type: str
    forms: tuple[str, ...]
    """What the value looks like, in lower case; earlier forms are preferred."""
    lead: str = ""
    """Cues of which one has to stand right before, with nothing but `gap` between."""
    tail: str = ""
    """Cues of which one has to stand right behind."""
    near: str = ""
    """Cues of which one has to stand among the `before` and `after` characters around."""
    before: int = 45
    after: int = 0
    gap: str = ""
    accept: Callable[[Plain, int, int], bool] | None = None
    check: Callable[[str], bool] | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The rule as a regular expression; group 1 is the value."""
        value = "|".join(map(as_regex, self.forms))
        lead = rf"\b(?:{_cues(self.lead)})(?![a-z]){self.gap or _IS}" if self.lead else _START
        tail = rf" (?:{_cues(self.tail)})\b" if self.tail else ""
        return re.compile(f"{lead}({value}){_END}{tail}")

    @cached_property
    def cue(self) -> re.Pattern[str]:
        """The cues of `near`."""
        return re.compile(rf"\b(?:{_cues(self.near)})\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where a rule's form and its neighbouring cue were found, in the plain text."""

    rule: Rule
    start: int
    end: int


def find(text: str) -> tuple[Identifier, ...]:
    """The identifiers of `text` in reading order.

    Where two types claim the same characters the more specific one wins; only the SCAC at the head
    of a truck trip number is reported beside it.
    """
    view = plain(text)
    return settle(view, _candidates(view.text), cued)


def settle(
    view: Plain,
    candidates: Iterable[Candidate],
    near: Callable[[Plain, Candidate], bool],
) -> tuple[Identifier, ...]:
    """The identifiers among `candidates`, in reading order.

    The candidates come in the order of their rules, which settles collisions: the first to claim
    its characters has them (DOMAIN.md §3, collision rule). `near` says whether one of the cues
    that a rule wants in the neighbourhood is there.
    """
    taken = bytearray(len(view.text))
    found: list[Identifier] = []
    for candidate in candidates:
        rule, start, end = candidate.rule, candidate.start, candidate.end
        if any(taken[start:end]) or (rule.near and not near(view, candidate)):
            continue
        if rule.accept and not rule.accept(view, start, end):
            continue
        taken[start:end] = b"\1" * (end - start)
        found.append(_identifier(view, rule.type, start, end, rule.check))
        if rule.type == "trip_number":
            found.append(_identifier(view, "scac", start, start + 4, None))
    return tuple(sorted(found, key=lambda item: (item.start, item.end)))


def cued(view: Plain, candidate: Candidate) -> bool:
    """Whether one of the rule's cues stands near the candidate."""
    rule, start, end = candidate.rule, candidate.start, candidate.end
    before = view.text[max(0, start - rule.before) : start]
    return bool(rule.cue.search(f"{before}\0{view.text[end : end + rule.after]}"))


def mistyped(text: str) -> Identifier | None:
    """The first identifier of `text` whose check digit fails: it looks mistyped.

    Only where the writer names the thing, or the form can be nothing else, is a wrong digit worth
    a word; what passes for an entry number by its check digit alone is none without it. Other
    numberings of in-bond movements have no check digit (DOMAIN.md §3.2), and nine digits that
    fail it have been masked before they come here.
    """
    return next(
        (item for item in find(text) if item.type in CHECK_DIGITS and item.checked is False), None
    )


def mask_business(text: str) -> str:
    """`text` with P2 values shown by their last four, for display, logs and analytics."""
    pieces: list[str] = []
    position = 0
    for item in find(text):
        if item.sensitivity != "P3" and item.start >= position:
            pieces += text[position : item.start], item.shown
            position = item.end
    return "".join(pieces) + text[position:]


def normalise_report_code(value: str) -> str:
    """`es003`, `ES 003` or `es-003` as `ES-003`; ValueError when it is no report code."""
    match = re.fullmatch(_REPORT_CODE, " ".join(plain(value).text.split()))
    if match is None:
        raise ValueError(f"not a report code: {value!r}")
    return f"{match[1]}-{match[2]}".upper()


def as_regex(form: str) -> str:
    """A form or a cue as a regular expression."""
    return form.replace("~", "[ -]?").replace("_", "[ -]")


def _cues(cues: str) -> str:
    return "|".join(as_regex(cue) for cue in cues.split())


def _candidates(text: str) -> Iterator[Candidate]:
    for rule in RULES:
        for match in rule.pattern.finditer(text):
            yield Candidate(rule, *match.span(1))


def _identifier(
    view: Plain, kind: str, start: int, end: int, check: Callable[[str], bool] | None
) -> Identifier:
    compact = re.sub(r"[^a-z0-9]", "", view.text[start:end])
    first, last = view.span(start, end)
    return Identifier(kind, view.source[first:last], first, last, check(compact) if check else None)


def _last_four(value: str) -> str:
    compact = "".join(char for char in value if char.isalnum())
    return f"…{compact[-4:]}" if len(compact) > 6 else "…" + compact[-2:]


# --- What makes an ambiguous form acceptable -------------------------------------------------


_ENTRY_CONTEXT = re.compile(
    r"\b(?:entry|entries|entrada?s?|summary|summaries|resumen(?:es)?|7501|3461|liquid\w*|protest\w*"
    r"|cape|psc|refund\w*|reembols\w*|filer|declarante)\b"
)


def _in_entry_context(view: Plain, start: int, end: int) -> bool:
    around = view.text[max(0, start - 45) : start] + "\0" + view.text[end : end + 30]
    return bool(_ENTRY_CONTEXT.search(around))


def _typed_as_code(view: Plain, start: int, end: int) -> bool:
    """Typed with a digit or in capitals, and not an ordinary word."""
    typed = view.original(start, end)
    return any(char.isdigit() for char in typed) or (
        typed.isupper() and view.text[start:end] not in _common_words()
    )


def _not_a_word(view: Plain, start: int, end: int) -> bool:
    return view.text[start:end] not in _common_words()


def _common_words() -> frozenset[str]:
    return words("not_a_code") | words("neutral") | words("not_a_password")


def _is_entry(view: Plain, start: int, end: int) -> bool:
    value = view.text[start:end]
    compact = re.sub(r"[ -]", "", value)
    if value[3] == "-" and value[-2] == "-":
        return True
    if _in_entry_context(view, start, end) and (" " not in value or compact[:3].isdigit()):
        return True
    telephone = re.fullmatch(r"1[2-9]\d\d[2-9]\d{6}", compact)
    return _typed_as_code(view, start, start + 3) and not telephone and checks.entry_number(compact)


def _is_report_code(view: Plain, start: int, end: int) -> bool:
    """`es 100` is also Spanish for "is 100": with a blank, only capitals or a known code count."""
    value = view.text[start:end]
    known = normalise_report_code(value) in REPORT_CODES
    return " " not in value or known or view.original(start, end).isupper()


def _has_digits(view: Plain, start: int, end: int) -> bool:
    return sum(char.isdigit() for char in view.text[start:end]) >= 4


def _is_form(view: Plain, start: int, end: int) -> bool:
    before = view.text[max(0, start - 14) : start]
    return not re.search(r"(?:[$\d][.,:/-]?|\b(?:port|puerto|code|codigo|ext)\.? *)\Z", before)


def _is_card(view: Plain, start: int, end: int) -> bool:
    return checks.luhn(re.sub("[ -]", "", view.text[start:end]))


# --- The rules, the most specific first -----------------------------------------------------

_START, _END = r"(?<![a-z0-9.-])", r"(?![a-z0-9]|-[a-z0-9])"
_REPORT_CODE = r"(es|rev|ar|tr|aes|esm)[ -]?(\d{3})"
FILLERS = "code codigo number numero num no nos id is es de del the el mi my our nuestro"
SIGNS = "#:=(\"'-"
_IS = rf"(?: ?{any_of(FILLERS)}\b\.?| ?[{re.escape(SIGNS)}]){{0,5}} ?"
ANYTHING = r"[^\d\n.;?!]{0,25}?(?<![a-z0-9.-])"
_SUFFIX = "[0-9a-hj-np-y]{2}"  # an EIN's suffix knows no O, I, Z

RULES = (
    Rule("ticket_number", (r"(?:inc|ritm|req|cs)\d{7}", r"asd~\d{6}")),
    Rule("ticket_number", (r"\d{5,10}",), lead="tickets? cas[eo] folio"),
    Rule("itn", (r"x\d{14}",)),
    Rule("adcvd_case", (r"[ac]-\d{3}-\d{3}-\d{3}", r"[ac]-\d{3}-\d{3}")),
    Rule("protest", (r"\d{4}-\d{2,4}-\d{6}",)),
    Rule("protest", (r"\d{12,13}",), lead="protest[a-z]*"),
    Rule("csms", (r"\d{8}", r"\d{2}-\d{6}"), lead="csms csms_(?:messages?|mensajes?)"),
    Rule("card", (r"\d{4}_\d{4}_\d{4}_\d{4}",), accept=_is_card, check=checks.luhn),
    Rule("itin", (r"9\d{2}_\d{2}_\d{4}",)),
    Rule("ssn", (r"\d{3}_\d{2}_\d{4}",)),
    Rule("bank", (r"\d{9}",), lead="routing aba rtn ruta ruta_bancaria", check=checks.aba_routing),
    Rule("cbp_assigned_number", (r"\d{6}-\d{5}",)),
    Rule("ein", (rf"\d{{2}}-\d{{7}}-{_SUFFIX}", rf"\d{{2}}-\d{{7}}{_SUFFIX}", r"\d{2}-\d{7}")),
    Rule(
        "ein",
        (
            rf"\d{{9}}-{_SUFFIX}",
            rf"\d{{9}}{_SUFFIX}",
            r"\d{9}",
            r"\d{2}_\d{7}_\d{2}",
            r"\d{2}_\d{7}",
        ),
        near="eins? irs importer_(?:number|id|no) numero_de_importador tax_id",
        before=25,
    ),
    Rule("container", (r"[a-z]{3}[ujz]~\d{6}~\d",), check=checks.container),
    Rule(
        "entry_number",
        (r"[a-z0-9]{3}~\d{7}~\d",),
        accept=_is_entry,
        check=checks.entry_number,
    ),
    Rule(
        "inbond",
        (r"\d{9}",),
        near="in~bonds? en_bond 7512s? transito it_number t&e",
        after=25,
        check=checks.in_bond,
    ),
    Rule(
        "hts",
        (
            r"\d{4}\.\d{2}\.\d{4}",
            r"\d{4}\.\d{2}\.\d{2}\.\d{2}",
            r"\d{4}\.\d{2}\.\d{2}",
        ),
    ),
    Rule(
        "hts",
        (r"\d{4}\.\d{2}", r"\d{8}", r"\d{10}"),
        near=r"htsu?s? hs tariff\w* arancel\w* fraccion\w* partida (?:sub)?heading clas+ific\w*",
        before=30,
    ),
    Rule(
        "report_code",
        (r"(?:es|rev|ar|tr|aes|esm)~\d{3}",),
        accept=_is_report_code,
        check=lambda compact: normalise_report_code(compact) in REPORT_CODES,
    ),
    Rule(
        "statement",
        ("[a-z0-9]{10,11}",),
        lead="statements? stmt estados?_de_cuenta",
        accept=_has_digits,
    ),
    Rule(
        "bond",
        ("[a-z0-9]{6,20}",),
        lead="(?:bonds?|fianzas?)_(?:no|num|number|numero) (?:bonds?|fianzas?)~#",
        accept=_has_digits,
    ),
    Rule(
        "mid",
        (r"[a-z]{2}[a-z0-9]{3,6}\d{0,4}[a-z]{3}",),
        lead="mid manufacturer_id[a-z]* id[a-z]*_del_fabricante",
        accept=_typed_as_code,
    ),
    Rule("mid", (r"[a-z]{5,8}\d{1,4}[a-z]{3}",), accept=_typed_as_code),
    Rule("scac", ("[a-z]{2,4}",), lead="scac", accept=_not_a_word),
    Rule(
        "trip_number",
        (r"[a-z]{4}(?=[a-z0-9]*\d)[a-z0-9]{4,21}",),
        near=r"trips? viajes? e?mani(?:fest|fiest)\w* e_mani(?:fest|fiest)\w*",
        before=60,
        after=30,
        accept=_has_digits,
    ),
    Rule("ace_id", (r"\d{7}",), lead="ace~id id_ace id_(?:del?)_ace"),
    Rule(
        "filer_code",
        ("[a-z0-9]{3}",),
        lead="filer filer_code codigo_de_declarante codigo_de_filer",
        accept=_typed_as_code,
    ),
    Rule("firms", ("[a-z][a-z0-9]{3}",), lead="firms", accept=_typed_as_code),
    Rule("surety", (r"\d{3}",), lead="surety afianzadora fiadora"),
    Rule("port_code", (r"\d{4}",), lead="ports? puertos? poe", gap=ANYTHING),
    Rule("port_code", (r"\d{4}",), tail="is_the_port es_el_puerto es_el_codigo_de_puerto"),
    Rule("form", ("3461|7501|5106|4811|7512|4647",), accept=_is_form),
    Rule(
        "form",
        ("301|214|400|28|29|19",),
        lead="forms? formas? formularios? planilla cbpf? cf",
    ),
)
