"""``onshi central``: the subcommands of the centre, each imported only when it is called."""

from importlib import import_module

import click

SUBCOMMANDS = {
    "audit": "central.audit.commands:audit",
    "db": "central.db.commands:db",
    "device": "central.facilities.commands:device",
    "disaster": "central.disclosure.commands:disaster",
    "facility": "central.facilities.commands:facility",
    "openapi": "central.api.commands:openapi",
    "query": "central.register.commands:query",
    "register": "central.register.relink_commands:register",
    "run": "central.api.commands:run",
}


class _Domains(click.Group):
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


@click.command(cls=_Domains, context_settings={"help_option_names": ["-h", "--help"]})
def central() -> None:
    """The central server (センター): run it, its database, facilities, devices and audit log."""
