"""``python -m bench``: benchmarks that print ratios against a floor measured in the same run."""

import click

from bench.beside import beside
from bench.bundle import fhir
from bench.checkups import checkups
from bench.clinic import clinic
from bench.door import door
from bench.face import face
from bench.medical import medical
from bench.mislinks import mislinks
from bench.ocr import ocr
from bench.receipts import receipts
from bench.register import register
from bench.upload import upload
from bench.visit import visit


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Benchmarks. Without a name: visit."""
    if context.invoked_subcommand is None:
        context.invoke(visit, visits=100, reader="both", method="pin", as_json=False)


main.add_command(beside)
main.add_command(checkups)
main.add_command(clinic)
main.add_command(door)
main.add_command(face)
main.add_command(fhir)
main.add_command(ocr)
main.add_command(medical)
main.add_command(mislinks)
main.add_command(receipts)
main.add_command(register)
main.add_command(upload)
main.add_command(visit)

if __name__ == "__main__":
    main()
