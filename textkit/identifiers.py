"""Business identifiers in a message: entry numbers, containers, report codes and the like.

The forms and rules are those of DOMAIN.md §3. Patterns run over the plain form of the text; a form
that ordinary words or numbers share counts only beside a context word of either language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _Rule:
    """One way to write one type of identifier; group 1 of `pattern` is the value."""

    type: str
    pattern: re.Pattern[str]
    accept: Callable[[Plain, int, int], bool] | None = None
    check: Callable[[str], bool] | None = None


def find(text: str) -> tuple[Identifier, ...]:
    """The identifiers of `text` in reading order.

    Where two types claim the same characters the more specific one wins; only the SCAC at the head
    of a truck trip number is reported beside it.
    """
    view = plain(text)
    taken = bytearray(len(view.text))
    found: list[Identifier] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(view.text):
            start, end = match.span(1)
            if any(taken[start:end]) or (rule.accept and not rule.accept(view, start, end)):
                continue
            taken[start:end] = b"\1" * (end - start)
            found.append(_identifier(view, rule.type, start, end, rule.check))
            if rule.type == "trip_number":
                found.append(_identifier(view, "scac", start, start + 4, None))
    return tuple(sorted(found, key=lambda item: (item.start, item.end)))


def normalise_report_code(value: str) -> str:
    """`es003`, `ES 003` or `es-003` as `ES-003`; ValueError when it is no report code."""
    match = re.fullmatch(rf"{_REPORT_CODE}", " ".join(plain(value).text.split()))
    if match is None:
        raise ValueError(f"not a report code: {value!r}")
    return f"{match[1]}-{match[2]}".upper()


def _identifier(
    view: Plain, kind: str, start: int, end: int, check: Callable[[str], bool] | None
) -> Identifier:
    compact = re.sub(r"[^a-z0-9]", "", view.text[start:end])
    first, last = view.span(start, end)
    return Identifier(kind, view.source[first:last], first, last, check(compact) if check else None)


# --- What makes an ambiguous form acceptable -------------------------------------------------


def _near(pattern: str, before: int = 45, after: int = 0) -> Callable[[Plain, int, int], bool]:
    """Accept a value with one of the words of `pattern` in the characters around it."""
    context = re.compile(rf"\b(?:{pattern})\b")

    def accept(view: Plain, start: int, end: int) -> bool:
        window = view.text[max(0, start - before) : start] + "\0" + view.text[end : end + after]
        return bool(context.search(window))

    return accept


_in_entry_context = _near(
    r"entry|entries|entrada?s?|summary|summaries|resumen(?:es)?|7501|3461|liquid\w*|protest\w*|cape|"
    r"psc|refund\w*|reembols\w*|filer|declarante",
    after=30,
)


def _typed_as_code(view: Plain, start: int, end: int) -> bool:
    """Typed with a digit or in capitals, and not an ordinary word."""
    typed = view.original(start, end)
    return any(char.isdigit() for char in typed) or (
        typed.isupper() and view.text[start:end] not in _common_words()
    )


def _not_a_word(view: Plain, start: int, end: int) -> bool:
    return view.text[start:end] not in _common_words()


def _common_words() -> frozenset[str]:
    return words("en") | words("es") | words("neutral") | words("not_a_password")


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
    return not re.search(r"(?:[$\d][.,:/-]?|\b(?:port|puerto|code|codigo|ext)\.? *)$", before)


def _both(
    first: Callable[[Plain, int, int], bool], second: Callable[[Plain, int, int], bool]
) -> Callable[[Plain, int, int], bool]:
    return lambda view, start, end: first(view, start, end) and second(view, start, end)


# --- The rules, the most specific first -----------------------------------------------------

_START, _END = r"(?<![a-z0-9.-])", r"(?![a-z0-9]|-[a-z0-9])"
_REPORT_CODE = r"(es|rev|ar|tr|aes|esm)[ -]?(\d{3})"
_IS_WORD = any_of("code codigo number numero num no nos id is es de del the el mi my our nuestro")
_IS = rf"(?: ?{_IS_WORD}\b\.?| ?[#:=(\"'-]){{0,5}} ?"
_IN_BOND = r"in[ -]?bonds?|en bond|7512|transito|it number|t&e"
_TRIP = r"trips?|viajes?|e?-?manifest\w*|e?-?manifiest\w*"


def _rule(
    kind: str,
    pattern: str,
    accept: Callable[[Plain, int, int], bool] | None = None,
    check: Callable[[str], bool] | None = None,
) -> _Rule:
    return _Rule(kind, re.compile(pattern), accept, check)


_RULES = (
    _rule("ticket_number", rf"{_START}((?:inc|ritm|req|cs)\d{{7}}|asd-?\d{{6}}){_END}"),
    _rule("ticket_number", rf"\b(?:tickets?|cas[eo]|folio){_IS}(\d{{5,10}}){_END}"),
    _rule("itn", rf"{_START}(x\d{{14}}){_END}"),
    _rule("adcvd_case", rf"{_START}([ac]-\d{{3}}-\d{{3}}(?:-\d{{3}})?){_END}"),
    _rule("protest", rf"{_START}(\d{{4}}-\d{{2,4}}-\d{{6}}){_END}"),
    _rule("protest", rf"\bprotest\w*{_IS}(\d{{12,13}}){_END}"),
    _rule(
        "csms",
        rf"\bcsms(?: ?(?:messages?|mensajes?)\b)?{_IS}\s?(\d{{8}}|\d{{2}}-\d{{6}})(?!\d)",
    ),
    _rule("ssn", rf"{_START}(\d{{3}}[ -]\d{{2}}[ -]\d{{4}}){_END}"),
    _rule("cbp_assigned_number", rf"{_START}(\d{{6}}-\d{{5}}){_END}"),
    _rule("ein", rf"{_START}(\d{{2}}-\d{{7}}(?:-?[0-9a-hj-np-y]{{2}})?){_END}"),
    _rule(
        "ein",
        rf"{_START}(\d{{9}}(?:-?[0-9a-hj-np-y]{{2}})?|\d{{2}} \d{{7}}(?: \d{{2}})?){_END}",
        _near(r"eins?|irs|importer (?:number|no|id)|numero de importador|tax id", before=25),
    ),
    _rule(
        "container", rf"{_START}([a-z]{{3}}[ujz][ -]?\d{{6}}[ -]?\d){_END}", None, checks.container
    ),
    _rule(
        "entry_number",
        rf"{_START}([a-z0-9]{{3}}[ -]?\d{{7}}[ -]?\d){_END}",
        _is_entry,
        checks.entry_number,
    ),
    _rule("inbond", rf"{_START}(\d{{9}}){_END}", _near(_IN_BOND, after=25), checks.in_bond),
    _rule("hts", rf"{_START}(\d{{4}}\.\d{{2}}\.(?:\d{{4}}|\d{{2}}(?:\.?\d{{2}})?)){_END}"),
    _rule(
        "hts",
        rf"{_START}(\d{{4}}\.\d{{2}}|\d{{8}}|\d{{10}}){_END}",
        _near(
            r"htsu?s?|hs|tariff\w*|arancel\w*|fraccion\w*|partida|subheading|heading|clasific\w*|classif\w*",
            before=30,
        ),
    ),
    _rule(
        "report_code",
        rf"{_START}((?:es|rev|ar|tr|aes|esm)[ -]?\d{{3}}){_END}",
        _is_report_code,
        lambda compact: normalise_report_code(compact) in REPORT_CODES,
    ),
    _rule(
        "statement",
        rf"\b(?:statements?|stmt|estados? de cuenta){_IS}([a-z0-9]{{10,11}}){_END}",
        _has_digits,
    ),
    _rule(
        "bond",
        rf"\b(?:bonds?|fianzas?) ?(?:no|num|number|numero|#)[^a-z0-9]{{1,5}}"
        rf"([a-z0-9]{{6,20}}){_END}",
        _has_digits,
    ),
    _rule(
        "mid",
        rf"\b(?:mid|manufacturer id\w*|id\w* del fabricante){_IS}"
        rf"([a-z]{{2}}[a-z0-9]{{3,6}}\d{{0,4}}[a-z]{{3}}){_END}",
        _typed_as_code,
    ),
    _rule("mid", rf"{_START}([a-z]{{5,8}}\d{{1,4}}[a-z]{{3}}){_END}", _typed_as_code),
    _rule("scac", rf"\bscac{_IS}([a-z]{{4}}|[a-z]{{2,3}}){_END}", _not_a_word),
    _rule(
        "trip_number",
        rf"{_START}([a-z]{{4}}(?=[a-z0-9]*\d)[a-z0-9]{{4,21}}){_END}",
        _both(_near(_TRIP, before=60, after=30), _has_digits),
    ),
    _rule("ace_id", rf"\bace[ -]?id{_IS}(\d{{7}}){_END}"),
    _rule("ace_id", rf"\bid (?:de |del )?ace{_IS}(\d{{7}}){_END}"),
    _rule("filer_code", rf"\bfiler(?: ?code)?{_IS}([a-z0-9]{{3}}){_END}", _typed_as_code),
    _rule(
        "filer_code", rf"\bcodigo de (?:declarante|filer){_IS}([a-z0-9]{{3}}){_END}", _typed_as_code
    ),
    _rule("firms", rf"\bfirms{_IS}([a-z][a-z0-9]{{3}}){_END}", _typed_as_code),
    _rule("surety", rf"\b(?:surety|afianzadora|fiadora){_IS}(\d{{3}}){_END}"),
    _rule(
        "port_code",
        rf"\b(?:ports?|puertos?|poe)\b[^\d\n.;?!]{{0,25}}?{_START}(\d{{4}}){_END}",
    ),
    _rule("port_code", rf"{_START}(\d{{4}}) (?:is|es) (?:the|el) (?:port|codigo de puerto)\b"),
    _rule(
        "form",
        r"(?<![a-z0-9.$,-])(3461|7501|5106|4811|7512|4647)(?![0-9]|[.,:-]\d)",
        _is_form,
    ),
    _rule(
        "form",
        rf"\b(?:(?:cbp|cf)?[ -]?(?:forms?|formas?|formularios?|planilla)|cbpf?|cf)"
        rf"(?: (?:no|number|cbp)\b\.?)?[ #-]{{0,2}}(301|28|29|19|214|400){_END}",
    ),
)
