"""`eval`: labelled messages through the running assistant."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from desk.cli.common import as_json, print_json, run
from desk.evaluation.labels import BadLabels, read_labels
from desk.evaluation.runner import DeskUnreachable, send_all
from desk.evaluation.scoring import METRICS, Score
from desk.evaluation.summary import STRATA, Summary, summarise
from desk.evaluation.summary import as_json as figures
from desk.home import Home
from desk.settings import Settings


@click.command("eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Where the HTML report goes; evaluations/<time>.html in the home by default.",
)
@click.option(
    "--clients",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Conversations under way at once.",
)
@as_json
def evaluate(file: Path, report: Path | None, clients: int, as_json: bool) -> None:
    """Send the labelled messages of FILE (JSON Lines) through the running desk and score it."""
    # matplotlib takes a second to import, which no other command should wait for.
    from desk.evaluation.report import render  # noqa: PLC0415

    settings = Settings()
    home = Home(settings.home)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    page = report or home.path / "evaluations" / f"{stamp}.html"
    try:
        labels = read_labels(file)
        page.parent.mkdir(parents=True, exist_ok=True)
        with _progress() as progress:
            task = progress.add_task("messages", total=len(labels))
            done = run(
                send_all(
                    labels,
                    source=file.name,
                    desk=f"http://127.0.0.1:{settings.port}",
                    token=home.secrets().service_token,
                    clients=clients,
                    on_done=lambda: progress.advance(task),
                )
            )
        if len(done.failed) == len(labels):
            raise click.ClickException(f"no usable reply at all; first: {done.failed[0].failure}")
        summary = summarise(done)
        page.write_text(render(summary), encoding="utf-8")
    except DeskUnreachable as error:
        raise click.ClickException(f"{error}; `acedesk up` starts it") from error
    except (BadLabels, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(figures(summary) | {"report": str(page)})
        return
    click.echo(_table(summary))
    click.echo(f"Report: {page}")


def _progress() -> Progress:
    return Progress(
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _table(summary: Summary) -> str:
    """The scores, one a line: over all with interval and count, then the share by language."""
    languages = STRATA[1:]
    head = f"{'per cent':<21}{'all':>7}  {'95 %':<11}{'counted':<12}"
    lines = [head + "".join(f"{name:>7}" for name in languages)]
    for metric in METRICS:
        score = summary.scores["all"][metric.key]
        shares = "".join(f"{_share(summary.scores[name][metric.key]):>7}" for name in languages)
        lines.append(
            f"{metric.title:<21}{_share(score):>7}  {_interval(score):<11}"
            f"{f'{score.hits}/{score.total}':<12}{shares}"
        )
    error, latency = summary.calibration.error, summary.latency
    if error is not None:
        lines.append(f"Calibration error {100 * error:.1f} % of {summary.calibration.total}")
    if latency is not None:
        lines.append(
            f"Reply p50 {1000 * latency.p50:.0f} ms, p95 {1000 * latency.p95:.0f} ms, "
            f"max {1000 * latency.max:.0f} ms; {latency.turns_per_s:.1f} turns/s"
        )
    failed = summary.run.failed
    if failed:
        lines.append(f"Without a usable reply: {len(failed)}; first reason: {failed[0].failure}")
    return "\n".join(lines)


def _share(score: Score) -> str:
    return "–" if score.share is None else f"{100 * score.share:.1f}"


def _interval(score: Score) -> str:
    if score.interval is None:
        return "–"
    low, high = score.interval
    return f"{100 * low:.1f}–{100 * high:.1f}"
