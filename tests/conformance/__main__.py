"""``python -m tests.conformance``: run the kit against a server and report. Exit 1: something did not pass."""

import json
import ssl
import sys
import tomllib
from pathlib import Path

import click

from tests.conformance.runner import Folders, WebApi, World, cases, run


@click.command()
@click.option(
    "--people", type=click.Path(exists=True, path_type=Path), required=True, help="TOML: who the server knows."
)
@click.option("--root", type=click.Path(exists=True, path_type=Path), help="Folder with req and res.")
@click.option("--url", help="Address of the web API.")
@click.option("--certificate", type=click.Path(exists=True), help="Client certificate (PEM), for --url.")
@click.option("--key", type=click.Path(exists=True), help="Its key (PEM), where the certificate's file has none.")
@click.option("--ca", type=click.Path(exists=True), help="CA of the server, for --url.")
@click.option("--seconds", default=15.0, show_default=True, help="Longest time for one answer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def main(
    people: Path,
    root: Path | None,
    url: str | None,
    certificate: str | None,
    key: str | None,
    ca: str | None,
    seconds: float,
    as_json: bool,
) -> None:
    """Black-box conformance of the clinic interface."""
    if root is None and url is None:
        raise click.UsageError("--root or --url")
    world = _world(people)
    outcomes = []
    if root is not None:
        outcomes += list(run(Folders(root, world, seconds=seconds), cases("folder")))
    if url is not None:
        plain, certified = _tls(ca), _tls(ca)
        if certificate is not None:
            _own(certified, certificate, key)
        outcomes += list(run(WebApi(url, world, certified=certified, plain=plain), cases("web")))
    failed = [one for one in outcomes if one.why]
    if as_json:
        told = [{"case": one.name, "passed": not one.why, "why": one.why, "seconds": one.seconds} for one in outcomes]
        click.echo(json.dumps({"passed": len(outcomes) - len(failed), "failed": len(failed), "cases": told}))
    else:
        for one in outcomes:
            click.echo(
                f"{'×' if one.why else '○'} {one.seconds:6.2f} s  {one.name}"
                + (f"\n      {one.why}" if one.why else "")
            )
        click.echo(f"{len(outcomes) - len(failed)} of {len(outcomes)} passed")
    sys.exit(1 if failed else 0)


def _world(file: Path) -> World:
    try:
        return World(tomllib.loads(file.read_text("utf-8")))
    except (OSError, ValueError) as wrong:  # TOML's and UTF-8's errors are among them
        raise click.UsageError(f"--people: {file}: {wrong}") from None


def _tls(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as wrong:
        raise click.UsageError(f"--ca: no certificate (PEM) in {ca}: {wrong}") from None


def _own(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except OSError as wrong:
        where = f"{certificate} and its key in {key}" if key else f"{certificate} (is its key in another file? --key)"
        raise click.UsageError(f"--certificate: cannot use {where}: {wrong}") from None


if __name__ == "__main__":
    main()
