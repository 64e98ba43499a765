"""Who acts at a command, for the record: the option that every command shares which writes to an audit log.

An audit row holds ids and no names, so an operator is an id as well; another word is refused before anything is done.
"""

import getpass
import re

import click
import msgspec

from central.audit.entry import Code


def account() -> str:
    """Who calls the command: the account's name."""
    return f"cli:{re.sub('[^A-Za-z0-9._-]', '_', getpass.getuser())[:32]}"


def _an_id(context: click.Context, option: click.Parameter, told: str) -> str:
    try:
        return msgspec.convert(told, Code)
    except msgspec.ValidationError:
        raise click.BadParameter("an id of at most 64 of A-Z a-z 0-9 . _ : - and no name", context, option) from None


operator_option = click.option(
    "--operator", default=account, callback=_an_id, help="Who acts, for the record: an id. Default: the account's name."
)
