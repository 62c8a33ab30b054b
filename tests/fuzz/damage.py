"""Damaged forms of what is right: pieces left out, put in, doubled and cut off."""

from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st


def damaged(
    wholes: Sequence[bytes], pieces: Sequence[bytes], *, most: int = 6
) -> st.SearchStrategy[bytes]:
    """One of the wholes after up to `most` edits, each by a piece or by any bytes."""
    piece = st.one_of(st.sampled_from(pieces), st.binary(max_size=12))
    edits = st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 24), piece, st.sampled_from([1, 1, 1, 60])),
        max_size=most,
    )
    return st.builds(_edited, st.sampled_from(wholes), edits)


def _edited(whole: bytes, edits: list[tuple[float, int, bytes, int]]) -> bytes:
    for where, left_out, piece, times in edits:
        at = int(where * len(whole))
        whole = whole[:at] + piece * times + whole[at + left_out :]
    return whole


def part(share: int) -> int:
    """How many examples a test gets whose every example asks a server: a part, and at least 20."""
    return max(20, settings().max_examples // share)


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\0", "9" * 400, "2026-13-01", "24:00", "NaN", "🚚", "' --", "../..", ""]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)
"""Any value that JSON may hold, and NaN, which it may not."""
