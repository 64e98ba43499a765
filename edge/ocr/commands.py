"""``onshi edge front``: reads one picture of a card front, for trying out a camera and its light.

The digits are a credential of the card: they are masked unless they are asked for, and never logged.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from protocol.eras import JST
from protocol.errors import OnshiError
from protocol.errors import face as faults


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--show", is_flag=True, help="Print the digits; they open the card face, so only for a toy card.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Day against which the dates are checked [now].")
@click.option(
    "--models",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".onshi/models"),
    envvar="ONSHI_MODELS",
    show_default=True,
    help="The built model pack.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def front(image: Path, show: bool, today: datetime | None, folder: Path, as_json: bool) -> None:
    """Say whether 照合番号B can be read off the card front in IMAGE, and if not, what would help.

    Exit 0 when it was read, 1 when not (the catalogue error says why).
    """
    from edge.commands import fail

    day = (today or datetime.now(UTC).astimezone(JST)).date()
    try:
        told = _read(image, folder, day, show=show)
    except OnshiError as refused:
        fail(refused, as_json=as_json)
    if as_json:
        click.echo(msgspec.json.encode(told))
        return
    click.echo(f"読み取りました / read: {told['number_b']}  ({told['way']}, {told['ms']:.0f} ms)")
    for name, sure in told["sure"].items():
        click.echo(f"  {name:<7} {sure:.3f}")
    if not show:
        click.echo("--show prints the digits", err=True)
    sys.stdout.flush()


def _read(image: Path, folder: Path, day: Any, *, show: bool) -> dict[str, Any]:
    from edge.face.pack import Pack
    from edge.face.picture import decode
    from edge.ocr.reader import FrontReader

    reader = FrontReader(Pack(folder))
    try:
        picture = decode(image.read_bytes())
    except OnshiError as refused:
        raise OnshiError(faults.FRONT_PICTURE, **refused.details) from None
    except OSError as refused:
        raise OnshiError(faults.FRONT_PICTURE, reason=type(refused).__name__) from None
    began, spent = time.perf_counter(), time.process_time()
    reading = reader.read(picture, day)
    try:
        return {
            "result": "read",
            "number_b": reading.number_b.decode("ascii") if show else "*" * len(reading.number_b),
            "sure": {"birth": reading.birth, "expiry": reading.expiry, "code": reading.code},
            "way": reading.way,
            "ms": round((time.perf_counter() - began) * 1000, 1),
            "cpu_ms": round((time.process_time() - spent) * 1000, 1),
        }
    finally:
        reading.wipe()
