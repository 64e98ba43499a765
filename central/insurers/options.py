"""Options that the importer's commands share; their meaning is said once."""

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
