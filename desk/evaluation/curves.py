"""Draws the curves that the limits were chosen from, for docs/understanding.md.

`python -m desk.evaluation.curves` draws `desk/routing/curves.json` and the limits in
`thresholds.toml` into `docs/pictures/curves.svg`; tuning does so at its end.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desk.evaluation.drawing import ACCENT, INK, PERCENT, QUIET, WARN, draw, standalone
from desk.routing import decision
from desk.settings import PROJECT

FILE = decision.FILE.with_name("curves.json")
PICTURE = PROJECT / "docs" / "pictures" / "curves.svg"

type Curves = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]
"""Language → limit's name → points, each with `limit` and what it would give, 0 to 1."""
type Limits = Mapping[str, Mapping[str, float]]
"""Language → limit's name → the limit chosen."""

_LANGUAGES = {"en": "English", "es": "Spanish"}


@dataclass(frozen=True, kw_only=True)
class _Line:
    key: str
    title: str
    colour: str
    dashes: str = "-"
    width: float = 1.2


_PANELS = {
    "person": (
        "a person",
        (
            _Line(key="f1", title="F1 (chosen by)", colour=ACCENT, width=2.2),
            _Line(key="precision", title="precision", colour=INK, dashes="--"),
            _Line(key="recall", title="recall", colour=QUIET, dashes=":"),
        ),
    ),
    "decline": (
        "declining",
        (
            _Line(key="wrongly", title="wrongly declined (chosen by)", colour=ACCENT, width=2.2),
            _Line(key="recall", title="rightly declined", colour=INK, dashes="--"),
        ),
    ),
    "answer": (
        "an answer",
        (
            _Line(key="worth", title="worth (chosen by)", colour=ACCENT, width=2.2),
            _Line(key="right", title="right answers", colour=INK, dashes="--"),
            _Line(key="answered", title="answered", colour=QUIET, dashes=":"),
        ),
    ),
}
_LOW = (0, 0, 50)
"""Where each column's scale begins, in per cent."""


def main() -> None:
    """Draw what is stored."""
    curves = json.loads(FILE.read_text(encoding="utf-8"))
    limits = tomllib.loads(decision.FILE.read_text(encoding="utf-8"))["limits"]
    PICTURE.write_text(drawing(curves, limits), encoding="utf-8")


def drawing(curves: Curves, limits: Limits) -> str:
    """The picture as an SVG file that stands alone: a row a language, a column a limit."""
    alt = "What each limit would give, by language. " + "; ".join(
        f"{_LANGUAGES[language]}: " + ", ".join(f"{name} {limit}" for name, limit in one.items())
        for language, one in limits.items()
    )
    svg = draw("curves", (9.6, 6.0), lambda figure: _paint(figure, curves, limits))
    return standalone(svg, alt)


def _paint(figure: Any, curves: Curves, limits: Limits) -> None:
    grid = figure.subplots(len(curves), len(_PANELS), sharex=True, sharey="col", squeeze=False)
    for row, (language, by_name) in zip(grid, curves.items(), strict=True):
        for axes, (name, (title, lines)) in zip(row, _PANELS.items(), strict=True):
            points, limit = by_name[name], limits[language][name]
            for line in lines:
                axes.plot(
                    [point["limit"] for point in points],
                    [100 * point[line.key] for point in points],
                    color=line.colour,
                    linestyle=line.dashes,
                    linewidth=line.width,
                    label=line.title,
                )
            axes.axvline(limit, color=WARN, linewidth=1.4)
            axes.set_title(f"{_LANGUAGES[language]}: {title}, limit {limit:.2f}")
            axes.grid()
    for axes in grid[-1]:
        axes.set_xlabel("limit of probability")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), frameon=False)
    for axes in grid[:, 0]:
        axes.set_ylabel("per cent")
    grid[0, 0].set_xlim(0, 1)
    for axes, low in zip(grid[0], _LOW, strict=True):
        axes.set_ylim(low, 100 + 0.03 * (100 - low))
        axes.set_yticks([tick for tick in PERCENT if tick >= low])


if __name__ == "__main__":
    main()
