"""Secrets that are numbers: social security and bank numbers, cards, documents.

Works on the plain form of a text (`normalise.plain`). Every pattern has bounded repetitions, and
context is read from a window of fixed size, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textkit import checks
from textkit._secret import Secret, any_of, any_word
from textkit.normalise import Plain

# --- Numbers that are known by their form ---------------------------------------------------

_GAP = r"[\s>/_*-]{1,5}"
_SSN_FORM = re.compile(
    rf"(?<![\d$])(?<!\d[.,])\d ?\d ?\d(?:{_GAP}\d ?\d{_GAP}|\.\s?\d\d\.\s?)\d ?\d ?\d ?\d(?!\d)"
)
_THREES = re.compile(r"(?<!\d)(?<!\d[ .,/-])\d{3}([ -])\d{3}\1\d{3}(?!\d)(?![ -]\d)")
_ONE_BY_ONE = re.compile(r"(?<!\d)(?<!\d[ .-])\d(?:[ .-]\d){8}(?![ .-]?\d)")
_NINE = re.compile(r"(?<!\d)\d{9}(?!\d)")
_EIN_HEAD = re.compile(r"(?<!\d)\d\d-\Z")
_CASE_HEAD = re.compile(r"(?<![a-z0-9])[ac]-\Z")
_PHONE_HEAD = re.compile(
    r"(?:\+\d{1,3}[ -]?|\b(?:tel|telefono|phone|cel|celular|whatsapp)[.: ]{1,3})\Z"
)
_LINE_HEAD = re.compile(r"\b(?:lines?|items?|lineas?|renglon(?:es)?|partidas?) \Z")
_GLUED_CODE = re.compile(r"(?<![a-z0-9])[a-z]{1,4}\Z")
_ITN_DIGITS = 14
_GLUED_LABEL = re.compile(
    r"(?:ssn|ss|itin|tin|social|seguro|nss|aba|rtn|routing|ruta|acct|account|cuenta|cta|card|visa|"
    r"tarjeta|bank|banco|no|num|number|numero|id)\Z"
)
_POSTAL_TAIL = re.compile(r"[a-z]{2}(?![a-z0-9])")
_CODE_CONTEXT = re.compile(
    any_word(
        r"trips? viajes? e?-?manifest\w* e?-?manifiest\w* bl b/l bill_of_lading container "
        r"contenedor scac tracking guia"
    )
)

# --- Context of nine digits -----------------------------------------------------------------

_CONTEXT = re.compile(
    r"(?P<in_bond>\bin[ -]?bonds?\b|\ben bond\b|\b7512s?\b|\btransito\b|\bt ?& ?e\b"
    r"|\bi\.?t\.? (?:no|num|number|#))"
    rf"|(?P<ssn>\bs\.s\.|\bss ?#|{any_word('ssn? (?<!razon_)socials? seguro nss tin tax_?id irs')}"
    rf"|{any_word('importer importador ior')})"
    r"|(?P<itin>\bitin\b)"
    rf"|(?P<bank>{any_word('routing aba rtn ruta bank[a-z]* banc[a-z]+ accounts? acct')}"
    rf"|{any_word('cuentas? cta checking savings ahorros? corriente ach')})"
    r"|(?P<passport>\bpassports?\b|\bpasaportes?\b)"
    r"|(?P<driver_license>\blicen[cs]\w+|\bcdl\b|\bdl\b)"
)
_BEFORE, _AFTER = 60, 30
_LIST_JOINT = re.compile(r"[\s,;/&#]*(?:\b(?:and|or|y|e|o|u)\b)?[\s,;/&#]*")
_LONG_NUMBER = re.compile(r"(?!7512\b)(?<!\d)\d{4,}|\0")

# --- Numbers that are known by the words before them ------------------------------------------

_FILL = re.compile(r"[^\d\0\n]{0,40}(?:(?:\n[ \t|>]{0,4}){1,3}[^\d\0\n]{0,10})?")
_SHORT_FILL = 15  # a number of less than six characters has to stand close to its word
_SEQUENCE = re.compile(r"\d(?:[ ./-]{0,3}\d){2,21}(?!\d)")
_OTHER_WORDS = (
    "tel telefono phones? cel celular cell call\\w* text whatsapp llam\\w+ ext fax tickets? "
    "case caso folio inc entry entries entradas? eins? port puerto forms? forma formulario "
    "container contenedor csms in[_-]?bonds? trip viaje "
    "scac days? dias? hours? horas? since desde error zip postal reports? reporte codes? "
    "codigo ace filed users? usuarios? password token years? anos? dob born date fecha "
    "suffix sufijo trace rastreo"
)
_OTHER_THING = re.compile(
    # Another sentence, unless the stop closes "no.".
    rf"[!?;]|[^no]\. |\$|{any_word(_OTHER_WORDS)}"
    r"|\b(?:ending|ends|termina\w*|last|ultim\w+)\b"
)
_ACE_ACCOUNT = re.compile(
    rf"\b{any_of('top sub ace trade portal user importer broker carrier filer exporter cbp')}[ -]\Z"
)
_NOT_SECRET = re.compile(
    r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"  # a telephone number
    r"|\d{2}-\d{7}(?:-?\d\d)?"  # an EIN
    r"|\d{3}-\d{7}-\d|\d{6}-\d{5}"  # an entry number, a number assigned by CBP
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}"  # a date
)
# `cuenta con 25000 entradas`, where `cuenta` is a verb.
_COUNTED_THINGS = re.compile(
    " "
    + any_word(
        "entradas? entries pendientes lines lineas rows filas users usuarios registros records "
        "camiones trucks files archivos dolares dollars usd pesos kg veces times"
    )
)
# `my social on the 5106` is about a form of CBP.
_FORM_NUMBER = re.compile("3461|7501|5106|4811|7512|4647")
_TOLL_FREE = re.compile(r"1?[ -]?8(?:00|33|44|55|66|77|88)[ -]?\d{3}[ -]?\d{4}")
# A `razón social` is the name of a company.
_SOCIALS = "ssn (?<!razon_)social social_security seguro_social nss"
_SPOKEN_NUMBERS = (
    (
        "ssn",
        re.compile(rf"\bs\.s\.n\.?|\bss ?#|{any_word(_SOCIALS)}"),
        range(4, 12),
    ),
    ("itin", re.compile(r"\bitin\b"), range(4, 12)),
    ("bank", re.compile(any_word("routing aba rtn ruta clabe iban swift")), range(6, 23)),
    (
        "bank",
        re.compile(
            any_word(
                "accounts? acct acc a/c cuentas? cta checking savings ahorros? bank banco "
                "bancari[ao]s? direct_deposit"
            )
        ),
        range(5, 23),
    ),
    (
        "card",
        re.compile(any_word("cards? tarjetas? visa master_?card amex discover")),
        range(12, 20),
    ),
    ("card", re.compile(any_word("cvv2? cvc2?")), range(3, 5)),
)
# `estado de cuenta 2704112345` is a statement of CBP (DOMAIN.md §3), not an account.
_STATEMENT = re.compile(r"\bestados? de \Z")

# --- Social security numbers in pieces, in words, or only their end ---------------------------

_SOCIAL = rf"(?:{any_word(_SOCIALS)}|\bs\.s\.n?\.?)"
_SOCIAL_WORD = re.compile(_SOCIAL)
_ENDING = r"(?:last|ends?|ending|termina\w{0,4}|ultim[oa]s?|acaba\w{0,2})"
_ENDS = (
    re.compile(
        rf"{_SOCIAL}[^\d\0\n!?;]{{0,40}}?\b{_ENDING}\b[^\d\0\n]{{0,20}}"
        r"(?:4\b[^\d\0\n]{0,20})?(?<!\d)(\d{4})(?![\d-])"
    ),
    re.compile(
        rf"\b{_ENDING}\b[^\d\0\n]{{0,20}}(?:4\b)?[^\d\0\n!?;]{{0,30}}?{_SOCIAL}"
        r"[^\d\0\n!?;]{0,20}(?<!\d)(\d{4})(?![\d-])"
    ),
    re.compile(rf"\b{_ENDING}\b[^\d\0\n]{{0,12}}(\d{{4}})(?![\d-])[^\d\0\n!?;]{{1,20}}{_SOCIAL}"),
    re.compile(
        r"(?<![\w-])(\d{4}) (?:are|is|son|es|were|eran)\b[^\d\0\n]{0,12}"
        rf"\b{_ENDING}\b[^\0\n]{{0,20}}?{_SOCIAL}"
    ),
    re.compile(r"(?<![\w-])(\d{3}[ -][x*#•]{2}[ -]\d{4})(?![\d-])"),
    re.compile(r"(?<![\w*#])[x*#•]{3}[ -]{0,3}[x*#•]{2}[ -]{0,3}(\d{4})(?![\d-])"),
)
_PIECES = re.compile(r"(?<![\w$.-])\d{3}[^\d\0\n]{1,14}\d{2}[^\d\0\n]{1,14}\d{4}(?![\w-]|[.,]\d)")
_COUNTED_OUT = re.compile(r"(?<!\d)\d(?:[ .,;/-]{1,3}\d){8}(?!\d)")
_NUMBER_WORD = any_of(
    "zero oh one two three four five six seven eight nine "
    "cero uno dos tres cuatro cinco seis siete ocho nueve"
)
_NUMBER_WORDS = re.compile(rf"\b{_NUMBER_WORD}(?:[ ,.-]{{1,3}}{_NUMBER_WORD}\b){{8,64}}")
_LETTERS = re.compile("[a-z]+")
_SOCIAL_BEFORE, _SOCIAL_AFTER = 60, 30

# --- Bank accounts whose cue stands far off ---------------------------------------------------

_BANKS = (
    "bbva bancomer banamex banorte santander citibank hsbc scotiabank wells_fargo capital_one "
    "banco_popular firstbank oriental_bank truist jpmorgan chase_bank bank_of_america bofa"
)
_RUN = re.compile(r"(?<![\w$.,/#+-])(?:\d{6,20}|\d{3,6}(?:[ -]\d{3,6}){1,4})(?![\w-]|[.,/]\d)")
_BANK_WORDS = (
    f"bank bank_accounts? banco bancari[ao]s? routing aba rtn dda clabe checking savings {_BANKS}"
)
_BANK_THING = (
    r"\b(?:account|acct|a/c)s?(?:'s)? (?:number|no|num|#)"
    r"|\b(?:accounts?|acct|cuenta|cta) ?:|\b(?:numero|no|num)\.? de (?:la )?(?:cuenta|cta)"
    r"|\bcuentas? (?:bancarias?|de banco|de cheques|de ahorros?|corriente|en el banco|clabe)"
    rf"|{any_word(_BANK_WORDS)}"
    r"|\b(?:deposit|wire|transfer)(?:ed|ing)? (?:it |them |the refund |the money |funds )?"
    r"(?:in)?to\b|\bach (?:credit |refund )?(?:to|a la)\b|\bdeposit\w{0,6} (?:en|a)\b"
    r"|\btransfer\w{0,4} a\b|\bdeposit slip\b|\b(?:on|en) (?:our|my|the|los|mis) che(?:ck|que)s\b"
)
_MORE_OTHER = (
    f"{_OTHER_WORDS} invoices? factura order pedido po pedimento references? referencia ref "
    "confirmation confirmacion bl b/l bill awb guia declarations? declaracion hts tariff check "
    "cheque statements? summary summaries resumen liquidat\\w+ protest\\w* cape filer seal sello "
    "lot lote batch user row rows filas? lines? pages? kg usd dollars dolares dolar pesos duty "
    "duties arancel\\w* importer importador irs fda itn serial version quantity cantidad total "
    "amount monto suma branch sucursal po_box apartado"
)
_THINGS = re.compile(rf"(?P<bank>{_BANK_THING})|(?P<other>[$]|{any_word(_MORE_OTHER)})")
_AREA_CODE = re.compile(r"\(\d{3}\) ?\Z")
# `021000021/1234567890`: a routing number and what it routes to need no word.
_ROUTED = re.compile(r"(?<!\d)(\d{9})( ?[/|;] ?)(\d{5,17})(?![\w-]|[.,/]\d)")
_BY_TELEPHONE = re.compile(r"\b(?:on the|over the|by|por|via) (?:tel\w*|phone)\Z")
_FAR_BEFORE, _FAR_AFTER = 160, 120
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_SENTENCE_END = re.compile(r"(?<!\bno)(?<!\bnum)[.!?;]\s|\n")

# --- Cards, CLABE, IBAN ---------------------------------------------------------------------

_GROUPS = re.compile(r"\d+(?:(?:[ .-]{1,3}|\s{1,2})\d+)*")
_DIGITS = re.compile(r"\d+")
_CARD_SHAPES = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 1), (4, 6, 5), (4, 6, 4)}
_CARD_ISSUER = re.compile(r"[3-6]|2[2-7]")
_IBAN_HEAD = re.compile(r"(?<![a-z0-9])([a-z]{2})\d{2}(?=[ -]?[a-z0-9])")


def find_numbers(view: Plain) -> Iterator[Secret]:
    """Every number in `view` that has to be masked; spans may overlap."""
    text = view.text
    for pattern in (_SSN_FORM, _ONE_BY_ONE):
        for match in pattern.finditer(text):
            yield Secret(*match.span(), _nine_kind(text, *match.span()))
    for match in _THREES.finditer(text):
        head = text[max(0, match.start() - 12) : match.start()]
        if not (_CASE_HEAD.search(head) or _PHONE_HEAD.search(head) or _LINE_HEAD.search(head)):
            yield Secret(*match.span(), _nine_kind(text, *match.span()))
    yield from _bare_nine(view)
    yield from _in_pieces(text)
    yield from _spoken(text)
    yield from _far_accounts(view)
    yield from _cards(view)
    yield from _ibans(text)


def _bare_nine(view: Plain) -> Iterator[Secret]:
    """Bare nine digits: masked, except a checked in-bond number in in-bond context."""
    text = view.text
    previous_end, previous_in_bond = 0, False
    for match in _NINE.finditer(text):
        start, end = match.span()
        if _EIN_HEAD.search(text[max(0, start - 4) : start]) or _is_glued_code(view, start, end):
            continue
        chained = previous_in_bond and bool(_LIST_JOINT.fullmatch(text[previous_end:start][:20]))
        in_bond = (chained or _context(text, start, end) == "in_bond") and checks.in_bond(match[0])
        previous_end, previous_in_bond = end, in_bond
        if not in_bond:
            yield Secret(start, end, _nine_kind(text, start, end))


def _is_glued_code(view: Plain, start: int, end: int) -> bool:
    """Letters written against the digits: a carrier's bill, a trip, a postal item or an ITN."""
    text = view.text
    letters = _GLUED_CODE.search(text[max(0, start - 5) : start])
    if letters is None or _GLUED_LABEL.fullmatch(letters[0]):
        return False
    if letters[0] == "x":
        return end - start == _ITN_DIGITS
    first = start - len(letters[0])
    if len(letters[0]) == 4 and view.original(first, start).isupper():
        return True
    in_context = _CODE_CONTEXT.search(text[max(0, first - 40) : first])
    return len(letters[0]) > 1 and bool(in_context or _POSTAL_TAIL.match(text, end))


def _context(text: str, start: int, end: int) -> str | None:
    """The kind of number that the words around say; any secret beats an in-bond."""
    before = text[max(0, start - _BEFORE) : start]
    numbers = [number.end() for number in _LONG_NUMBER.finditer(before)]
    before = before[numbers[-1] if numbers else 0 :]
    kinds = [str(match.lastgroup) for match in _CONTEXT.finditer(before)]
    if not kinds:
        after = text[end : end + _AFTER]
        number = _LONG_NUMBER.search(after)
        kinds = [
            str(match.lastgroup)
            for match in _CONTEXT.finditer(after, 0, number.start() if number else _AFTER)
        ][:1]
    secret = [kind for kind in kinds if kind != "in_bond"]
    if secret:
        return secret[-1]
    return kinds[-1] if kinds else None


def _nine_kind(text: str, start: int, end: int) -> str:
    context = _context(text, start, end)
    if context and context not in {"in_bond", "ssn"}:
        return context
    return "itin" if context != "ssn" and text[start] == "9" else "ssn"


def _spoken(text: str) -> Iterator[Secret]:
    for kind, pattern, lengths in _SPOKEN_NUMBERS:
        for word in pattern.finditer(text):
            fill = _FILL.match(text, word.end())
            if fill is None or _OTHER_THING.search(fill[0]):
                continue
            number = _number_at(text, fill.end(), lengths)
            if number is None or _NOT_SECRET.fullmatch(text, *number):
                continue
            if _COUNTED_THINGS.match(text, number[1]):
                continue
            if fill[0].strip() and _FORM_NUMBER.fullmatch(text, *number):
                continue
            head = text[max(0, word.start() - 12) : word.start()]
            if kind == "bank" and (_ACE_ACCOUNT.search(head) or _STATEMENT.search(head)):
                continue
            if number[1] - number[0] < 6 and len(fill[0]) > _SHORT_FILL:
                continue
            yield Secret(*number, kind)


def _in_pieces(text: str) -> Iterator[Secret]:
    """Social security numbers in pieces, in words, or only their last four digits."""
    for pattern in _ENDS:
        for match in pattern.finditer(text):
            yield Secret(*match.span(1), "ssn")
    for pattern in (_PIECES, _COUNTED_OUT):
        for match in pattern.finditer(text):
            first = max(0, match.start() - _SOCIAL_BEFORE)
            around = text[first : match.end() + _SOCIAL_AFTER]
            if _SOCIAL_WORD.search(around):
                yield Secret(*match.span(), "ssn")
    for match in _NUMBER_WORDS.finditer(text):
        if len(_LETTERS.findall(match[0])) == 9:
            yield Secret(*match.span(), _nine_kind(text, *match.span()))


def _far_accounts(view: Plain) -> Iterator[Secret]:
    """Digits for which the nearest thing named, before or else behind them, is a bank account."""
    text = view.text
    for pair in _ROUTED.finditer(text):
        if checks.aba_routing(pair[1]) and _context(text, *pair.span()) != "in_bond":
            yield Secret(pair.start(1), pair.end(3), "bank")
    for run in _RUN.finditer(text):
        start, end = run.span()
        area = _AREA_CODE.search(text[max(0, start - 7) : start])
        if area or _NOT_SECRET.fullmatch(run[0]) or _TOLL_FREE.fullmatch(run[0]):
            continue
        before = _PARAGRAPH.split(text[max(0, start - _FAR_BEFORE) : start])[-1]
        numbers = [number.end() for number in _LONG_NUMBER.finditer(before)]
        *earlier, before = _SENTENCE_END.split(before[numbers[-1] if numbers else 0 :])
        after = _PARAGRAPH.split(text[end : end + _FAR_AFTER])[0]
        number = _LONG_NUMBER.search(after)
        after, *later = _SENTENCE_END.split(after[: number.start() if number else _FAR_AFTER])
        # Its own sentence says best what a number is.
        thing = (
            _last_thing(before)
            or _first_thing(after)
            or _last_thing(". ".join(earlier))
            or _first_thing(". ".join(later))
        )
        if thing == "bank":
            yield Secret(start, end, "bank")


def _last_thing(before: str) -> str | None:
    """Whether the thing named last is a bank account; an account in ACE is another thing."""
    last = None
    for match in _THINGS.finditer(before):
        head = before[max(0, match.start() - 12) : match.start()]
        if not _BY_TELEPHONE.search(head + match[0]):
            last = "other" if _ACE_ACCOUNT.search(head) else match.lastgroup
    return last


def _first_thing(after: str) -> str | None:
    first = _THINGS.search(after)
    return first.lastgroup if first else None


def _number_at(text: str, start: int, lengths: range) -> tuple[int, int] | None:
    """The longest run of digit groups at `start` whose count of digits is in `lengths`."""
    match = _SEQUENCE.match(text, start)
    if match is None:
        return None
    best = None
    digits = 0
    for position in range(start, match.end()):
        digits += text[position].isdigit()
        at_border = position + 1 == len(text) or not text[position + 1].isdigit()
        if text[position].isdigit() and at_border and digits in lengths:
            best = start, position + 1
    return best


def _cards(view: Plain) -> Iterator[Secret]:
    """Card numbers and CLABEs, written in one run or in groups of at least three digits."""
    for run in _GROUPS.finditer(view.text):
        groups = [
            (run.start() + match.start(), run.start() + match.end())
            for match in _DIGITS.finditer(run[0])
        ]
        for first, (start, end) in enumerate(groups):
            if end - start < 3 or _is_glued_code(view, start, end):
                continue
            secret = _card_from(view.text, groups[first : first + 7])
            if secret:
                yield secret


def _card_from(text: str, groups: list[tuple[int, int]]) -> Secret | None:
    """The longest card or CLABE that begins with the first group."""
    begin = groups[0][0]
    digits = ""
    shape: tuple[int, ...] = ()
    longest = None
    for start, end in groups:
        digits += text[start:end]
        shape = (*shape, end - start)
        if len(digits) > 19:
            break
        if len(digits) == 18 and checks.clabe(digits):
            return Secret(begin, end, "bank")
        issued = shape[0] >= 4 and _CARD_ISSUER.match(digits)
        plausible = len(digits) >= 13 and (len(shape) == 1 or shape in _CARD_SHAPES or issued)
        if plausible and checks.luhn(digits):
            longest = Secret(begin, end, "card")
    return longest


def _ibans(text: str) -> Iterator[Secret]:
    for head in _IBAN_HEAD.finditer(text):
        length = checks.IBAN_LENGTHS.get(head[1].upper())
        if length is None:
            continue
        positions = [
            position
            for position in range(head.start(), min(len(text), head.start() + 2 * length))
            if text[position] not in " -"
        ][:length]
        compact = "".join(text[position] for position in positions)
        if (
            len(compact) == length
            and compact.isascii()
            and compact.isalnum()
            and checks.iban(compact)
        ):
            yield Secret(head.start(), positions[-1] + 1, "bank")
