"""`convcalc schema`: the JSON Schema of YAML specs, for editors."""

import click

from convcalc.cli._output import OUTPUT_OPTION, write


@click.command(name="schema")
@OUTPUT_OPTION
def command(output: str | None) -> int:
    """Print the JSON Schema of specs, which editors use to complete and check them.

    In an editor with the YAML language server a first line such as
    `# yaml-language-server: $schema=convcalc.network.schema.json` turns it on for a file.
    """
    import json

    from convcalc.network.schema import schema

    write(json.dumps(schema(), indent=2), output)
    return 0
