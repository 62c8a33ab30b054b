"""The tables by their own structure, by published figures, and the lookup."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.quality.errors import UnknownPlan
from desk.quality.plans import SEVERITIES, aqls, levels, plan
from desk.settings import PROJECT

TABLES = tomllib.loads(
    (PROJECT / "desk" / "quality" / "mil_std_105e.toml").read_text(encoding="utf-8")
)
LETTERS = "ABCDEFGHJKLMNPQR"
SIZES = [2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150]
AC = {
    "normal": ["0", "↑", "↓", "1", "2", "3", "5", "7", "10", "14", "21"],
    "tightened": ["0", "↓", "↓", "1", "2", "3", "5", "8", "12", "18"],
    "reduced": ["0/1", "↑", "↓", "0/2", "1/3", "1/4", "2/5", "3/6", "5/8", "7/10", "10/13"],
}
BEYOND = {
    "normal": ["30", "44"],
    "tightened": ["27", "41"],
    "reduced": ["14/17", "21/24"],
}
"""Further plans of the first five letters, at an AQL of 150 and more."""
OUT_OF_STEP = {
    # Nothing stands above A, and nothing but S below R.
    "normal": {("A", 10): "↓", ("R", 0.015): "↑"},
    "tightened": {("A", 10): "↓", ("R", 0.015): "↑"},
    "reduced": {
        ("A", 10): "↓",
        ("R", 0.015): "↑",
        # A and B review two tickets, as C does, and accept what two tickets accept.
        **{
            ("A", aql): cell
            for aql, cell in zip(
                [25, 40, 65, 100, 150, 250, 400, 650, 1000],
                ["1/2", "2/3", "3/4", "5/6", "7/8", "10/11", "14/15", "21/22", "30/31"],
                strict=True,
            )
        },
        **{
            ("B", aql): cell
            for aql, cell in zip(
                [40, 65, 100, 150, 250, 400, 650, 1000],
                ["2/4", "3/5", "5/6", "7/8", "10/11", "14/15", "21/22", "30/31"],
                strict=True,
            )
        },
    },
}

lots = st.integers(2, 2_000_000)
keys = st.tuples(st.sampled_from(levels()), st.sampled_from(aqls()), st.sampled_from(SEVERITIES))


def rows(severity):
    return [line.split() for line in TABLES[severity].strip().splitlines()]


def expected(severity, letter, aql):
    """A cell from the diagonals alone: one letter more is as far as one AQL less."""
    known = OUT_OF_STEP[severity].get((letter, aql))
    if known is not None:
        return known
    diagonal = LETTERS.index(letter) + aqls().index(aql)
    first = 15 if severity == "tightened" else 14
    ac = AC[severity]
    if diagonal < first:
        return "↓"
    if diagonal - first < len(ac):
        return ac[diagonal - first]
    if letter in "ABCDE" and aql >= 150 and diagonal - first - len(ac) < 2:
        return BEYOND[severity][diagonal - first - len(ac)]
    return "↑"


@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_cell_lies_on_its_diagonal(severity):
    found = {row[0]: row[2:] for row in rows(severity)}
    assert [*found][: len(LETTERS)] == list(LETTERS)
    for letter in LETTERS:
        assert found[letter] == [expected(severity, letter, aql) for aql in aqls()], letter


def test_the_samples_are_those_of_the_standard():
    assert [int(row[1]) for row in rows("normal")] == SIZES[:16]
    assert [int(row[1]) for row in rows("tightened")] == SIZES
    assert [int(row[1]) for row in rows("reduced")] == [2, 2, *SIZES[:14]]


def test_the_row_below_r_holds_one_tightened_plan():
    letter, _, *cells = rows("tightened")[-1]
    assert letter == "S"
    assert [(aql, cell) for aql, cell in zip(aqls(), cells, strict=True) if cell != "↑"] == [
        (0.025, "1")
    ]


# Reject numbers of Level II, normal inspection, at AQL 0.65 to 15 (Table I-A of a public guide for
# quality assurance evaluators that was made from MIL-STD-105E); None where an arrow stands.
REJECTS = {
    (281, 500, "H", 50): [None, 2, 3, 4, 6, 8, 11, 15],
    (501, 1200, "J", 80): [2, 3, 4, 6, 8, 11, 15, 22],
    (1201, 3200, "K", 125): [3, 4, 6, 8, 11, 15, 22, None],
    (3201, 10000, "L", 200): [4, 6, 8, 11, 15, 22, None, None],
}


@pytest.mark.parametrize("lot", REJECTS)
def test_the_published_reject_numbers_come_out(lot):
    smallest, largest, letter, sample = lot
    for size in (smallest, largest):
        for aql, reject in zip([0.65, 1, 1.5, 2.5, 4, 6.5, 10, 15], REJECTS[lot], strict=True):
            found = plan(size, "II", aql)
            assert found.letter == letter
            if reject is None:
                assert found.plan_letter != letter
            else:
                assert (found.plan_letter, found.sample_size, found.reject) == (
                    letter,
                    sample,
                    reject,
                )
                assert found.accept == reject - 1


@pytest.mark.parametrize(
    ("size", "level", "aql", "severity", "n_ac_re"),
    [
        # D. C. Montgomery, Introduction to Statistical Quality Control: N = 2,000, AQL 0.65.
        (2000, "II", 0.65, "normal", (125, 2, 3)),
        (2000, "II", 0.65, "tightened", (125, 1, 2)),
        (2000, "II", 0.65, "reduced", (50, 1, 3)),
        (1000, "II", 10, "normal", (80, 14, 15)),
        (1000, "II", 10, "tightened", (80, 12, 13)),
        (1000, "II", 10, "reduced", (32, 7, 10)),
        # An arrow down takes a larger sample, an arrow up a smaller one.
        (400, "II", 0.65, "normal", (80, 1, 2)),
        (400, "II", 0.40, "normal", (32, 0, 1)),
        (2000, "II", 15, "normal", (80, 21, 22)),
        (10_000_000, "III", 0.025, "tightened", (3150, 1, 2)),
        (10_000_000, "III", 0.015, "tightened", (1250, 0, 1)),
        # The table asks for as many as there are, or for more.
        (50, "II", 0.25, "normal", (50, 0, 1)),
        (40, "II", 0.010, "normal", (40, 0, 1)),
        (2, "II", 10, "normal", (2, 1, 2)),
    ],
)
def test_plans_of_single_lots(size, level, aql, severity, n_ac_re):
    found = plan(size, level, aql, severity)
    assert (found.sample_size, found.accept, found.reject) == n_ac_re
    assert found.whole_lot == (found.sample_size == size)


@pytest.mark.parametrize(
    ("lot_size", "letters"),
    [
        (2, "AAAAAAB"),
        (8, "AAAAAAB"),
        (9, "AAAAABC"),
        (25, "AABBBCD"),
        (150, "BBCDDFG"),
        (151, "BCDEEGH"),
        (1200, "CCEFGJK"),
        (35_000, "CDFHKMN"),
        (500_000, "DEGJMPQ"),
        (500_001, "DEHKNQR"),
    ],
)
def test_code_letters_by_lot_and_level(lot_size, letters):
    assert "".join(plan(lot_size, level).letter for level in levels()) == letters


@given(lots, keys)
def test_every_lot_has_a_plan_that_fits_it(lot_size, key):
    found = plan(lot_size, *key)
    assert 2 <= found.sample_size <= lot_size
    assert 0 <= found.accept < found.reject
    if found.severity != "reduced":
        assert found.reject == found.accept + 1


@given(lots, st.sampled_from(levels()), st.sampled_from(aqls()))
def test_tightened_never_accepts_more_and_reduced_never_reviews_more(lot_size, level, aql):
    normal, tightened, reduced = (plan(lot_size, level, aql, name) for name in SEVERITIES)
    # Per ticket reviewed: an arrow may lead tightened inspection to another sample.
    assert tightened.accept * normal.sample_size <= normal.accept * tightened.sample_size or (
        normal.accept == 0
    )
    assert reduced.sample_size <= normal.sample_size


@given(lots, keys, st.integers(0, 100))
def test_a_lot_is_decided_by_its_two_numbers(lot_size, key, nonconforming):
    found = plan(lot_size, *key)
    decision = found.decide(nonconforming)
    assert (decision == "accepted") == (nonconforming <= found.accept)
    assert (decision == "rejected") == (nonconforming >= found.reject)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((1,), "at least two"),
        ((0,), "at least two"),
        ((100, "IV"), "no level IV; the levels are S-1"),
        ((100, "II", 9), "no AQL 9; the standard has 0.01, 0.015"),
        ((100, "II", 10, "lenient"), "no lenient inspection"),
    ],
)
def test_what_has_no_table_is_a_clear_error(arguments, reason):
    with pytest.raises(UnknownPlan, match=reason):
        plan(*arguments)
