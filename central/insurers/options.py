"""Options that the importer's commands share; their meaning is said once."""

import getpass
import re
from pathlib import Path

import click

from central.insurers.settings import CONFIG_VARIABLE

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar=CONFIG_VARIABLE,
    help="Settings file (TOML). Without it: defaults and the environment.",
)


def account() -> str:
    """Who calls the command, for the record: the account's name."""
    return f"cli:{re.sub('[^A-Za-z0-9._-]', '_', getpass.getuser())[:32]}"


operator_option = click.option(
    "--operator", default=account, help="Who acts, for the record. Default: the account's name."
)
