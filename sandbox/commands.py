"""``onshi sandbox``: the invented world on the command line, each subcommand imported only when it is called."""

from importlib import import_module

import click

SUBCOMMANDS = {
    "card": "sandbox.card_commands:card",
    "centre": "sandbox.centre_commands:centre",
    "cast": "sandbox.cast.commands:cast_command",
    "checkups": "sandbox.checkups.commands:checkups",
    "front": "sandbox.fronts.commands:front",
    "jlis": "sandbox.jlis_commands:jlis",
    "people": "sandbox.residents.commands:people",
    "portraits": "sandbox.portrait_commands:portraits",
    "receipts": "sandbox.receipts.commands:receipts",
    "residents": "sandbox.residents.commands:residents",
}


class _Parts(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = SUBCOMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{place} is not a command")
        return command


@click.command(cls=_Parts, context_settings={"help_option_names": ["-h", "--help"]})
def sandbox() -> None:
    """The world outside, on one laptop (箱庭): the cast, a toy card on a reader, the J-LIS stand-in."""
