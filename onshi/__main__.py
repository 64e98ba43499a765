"""The one command line: finds each room's subcommand by entry point and imports none of them itself.

Exit codes: 0 done · 1 refused or failed, the catalogue error is on stderr · 2 the words of the call are off ·
130 interrupted. Programs read ``--json``; progress goes to stderr.
"""

import sys
from importlib.metadata import EntryPoint, entry_points

import click

GROUP = "onshi.commands"


class Rooms(click.Group):
    """A group whose subcommands come from the installed rooms; a room is imported when it is called or listed."""

    def _found(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        point = self._found().get(cmd_name)
        if point is None:
            return None
        try:
            command = point.load()
        except ImportError as missing:
            return _unavailable(cmd_name, missing)
        if not isinstance(command, click.Command):
            raise TypeError(f"{point.value} is not a command")
        return command


def _unavailable(name: str, missing: ImportError) -> click.Command:
    """Stands in for a room whose packages are not installed, and says how to get them."""
    remedy = f"needs the package '{missing.name}': pip install 'onshi[{name}]', or `make demo`, which installs it"

    @click.command(name, short_help=remedy, context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1, type=click.UNPROCESSED)
    def unavailable(words: tuple[str, ...]) -> None:
        raise click.ClickException(f"`onshi {name}` {remedy}")

    return unavailable


@click.command(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="onshi", prog_name="onshi")
def main() -> None:
    """Onshi (オン資): online eligibility confirmation, from the card on the reader to the clinic's software."""


def run() -> None:
    """What ``onshi`` on the command line calls: `main`, with 130 after Ctrl-C at whatever moment."""
    try:
        main.main(standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as refused:
        refused.show()
        sys.exit(refused.exit_code)
    except click.exceptions.Exit as over:
        sys.exit(over.exit_code)


if __name__ == "__main__":
    run()
