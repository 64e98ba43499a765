"""`onshi models evaluate`: what a pack is worth on labelled pairs; the model card's tables come from its output.

Reads a CSV ``left,right,same`` (paths relative to the CSV, same = 1/0/true/false), compares every pair with the
production engine and prints rates with the number of pairs behind them. Pairs with a side that shows no face or cannot
be read are counted as failures to acquire, apart from the rates.
"""

import csv
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from edge.commands import fail
from protocol.errors import OnshiError, face, input_, words

TRUE, FALSE = {"1", "true", "same", "yes"}, {"0", "false", "different", "no"}


class Pair(NamedTuple):
    left: Path
    right: Path
    same: bool


def read_pairs(file: Path) -> Iterator[Pair]:
    """The pairs of the CSV; raises `PAIRS_WRONG` with the line."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as refused:
        raise OnshiError(face.PAIRS_WRONG, reason=type(refused).__name__) from None
    except UnicodeDecodeError as broken:
        line = broken.object.count(b"\n", 0, broken.start) + 1
        raise OnshiError(face.PAIRS_WRONG, line=line, reason="not UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if rows.fieldnames is None or not {"left", "right", "same"} <= {name.strip() for name in rows.fieldnames}:
            raise OnshiError(face.PAIRS_WRONG, line=1, reason="the header must be left,right,same")
        for row in rows:
            told = {(name or "").strip(): (value or "").strip() for name, value in row.items() if name is not None}
            truth = told["same"].lower()
            if truth not in TRUE | FALSE or not told["left"] or not told["right"]:
                raise OnshiError(face.PAIRS_WRONG, line=rows.line_num, reason="left, right, and same as 1 or 0")
            pair = Pair(file.parent / told["left"], file.parent / told["right"], truth in TRUE)
            for picture in (pair.left, pair.right):
                if not picture.is_file():
                    reason = "a picture is not there"
                    raise OnshiError(face.PAIRS_WRONG, line=rows.line_num, reason=reason, file=picture.name)
            yield pair
    except (csv.Error, OSError) as broken:
        raise OnshiError(face.PAIRS_WRONG, line=rows.line_num, reason=type(broken).__name__) from None


@click.command("evaluate")
@click.option("--pairs", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The CSV.")
@click.option("--degrade", type=click.Choice(["none", "chip"]), default="none", help="Make LEFT a chip photo first.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="Where the built pack is.",
)
@click.option("--det", type=click.Path(dir_okay=False, path_type=Path), help="Write the DET plot here (PNG).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--table", is_flag=True, help="A table for a model card (Markdown).")
def evaluate(pairs: Path, degrade: str, folder: Path, det: Path | None, as_json: bool, table: bool) -> None:
    """Error rates of the pack on labelled pairs: 10-fold accuracy, EER, TAR at FMR 1e-2, 1e-3, 1e-4."""
    try:
        told = run(pairs, degrade=degrade, folder=folder, det=det)
    except OnshiError as refused:
        fail(refused, as_json=as_json)
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    if table:
        click.echo(card_table(told))
        return
    for name, value in told.items():
        click.echo(f"{name:<24} {_words(value)}")


def card_table(told: dict[str, Any]) -> str:
    """The figures as a table, to four places; what the pairs cannot carry is a dash."""

    def cell(value: float | None) -> str:
        return "–" if value is None else f"{value:.4f}"

    columns = {
        "genuine, impostor pairs": f"{told['genuine']}, {told['impostor']}",
        "LEFT degraded": told["degrade"],
        "failure to acquire": str(told["failure_to_acquire"]),
        "10-fold accuracy": cell(told["accuracy"]),
        "EER": cell(told["eer"]),
        **{f"TAR at FMR {rate}": cell(value) for rate, value in told["tar_at_fmr"].items()},
        "lowest genuine": cell(told["lowest_genuine"]),
        "highest impostor": cell(told["highest_impostor"]),
    }
    rows = (columns.keys(), ["---"] * len(columns), columns.values())
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name}: {_words(one)}" for name, one in value.items())
    if value is None:
        return "too few pairs to say"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        raise OnshiError(input_.OUTPUT_UNWRITABLE, file=str(target), reason=type(refused).__name__) from None


def _try_writing(target: Path) -> None:
    """Whether the file can be written, before the work of which it is the end; leaves nothing behind."""
    if target.exists():
        target.open("ab").close()
    else:
        tempfile.TemporaryFile(dir=target.parent).close()


def run(pairs: Path, *, degrade: str, folder: Path, det: Path | None) -> dict[str, Any]:
    """Every figure of the evaluation, ready for JSON."""
    import numpy as np

    from edge.face.chip import chip_photo
    from edge.face.engine import Vector
    from edge.face.engines import open_engine
    from edge.face.metrics import rates
    from edge.face.pack import Pack
    from edge.face.picture import decode, decode_file

    if det is not None:
        with _writing(det):
            _try_writing(det)
    engine = open_engine(Pack(folder))
    known: dict[tuple[Path, bool], Vector | None] = {}
    unreadable: dict[Path, OnshiError] = {}

    def vector(file: Path, as_chip: bool) -> Vector | None:
        key = (file, as_chip)
        if key not in known:
            try:
                image = decode_file(file)
            except OnshiError as refused:
                unreadable[file] = refused
                known[key] = None
                return None
            found = engine.detect(image)
            if found and as_chip:
                image = decode(chip_photo(image, found[0]))
                found = engine.detect(image)
            known[key] = engine.embed(image, found[0]) if found else None
        return known[key]

    scores, truth, failed = [], [], 0
    listed = list(read_pairs(pairs))
    with click.progressbar(listed, file=sys.stderr, label="pairs") as shown:
        for pair in shown:
            left, right = vector(pair.left, degrade == "chip"), vector(pair.right, False)
            if left is None or right is None:
                failed += 1
                continue
            scores.append(float(left @ right))
            truth.append(pair.same)
    for one in unreadable.values():
        click.echo(words(one), err=True)
    given, same = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=np.bool_)
    figures = rates(given, same)
    if det is not None:
        from edge.face.plot import det_plot

        with _writing(det):
            det_plot(given[same], given[~same], det)
    return {
        "model": engine.verifier.identity,
        "pairs": len(listed),
        "genuine": int(same.sum()),
        "impostor": int((~same).sum()),
        "degrade": degrade,
        "failure_to_acquire": failed,
        "unreadable": len(unreadable),
        "accuracy": figures.accuracy,
        "accuracy_deviation": figures.accuracy_deviation,
        "eer": figures.eer,
        "tar_at_fmr": figures.tar,
        "lowest_genuine": float(given[same].min()) if same.any() else None,
        "highest_impostor": float(given[~same].max()) if not same.all() else None,
        "det": str(det) if det else None,
    }
