"""`convcalc schema`: the JSON Schema of YAML specs, for editors."""

import click


@click.command(name="schema")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write a file instead.")
def command(output: str | None) -> int:
    """Print the JSON Schema of specs, which editors use to complete and check them.

    In an editor with the YAML language server a first line such as
    `# yaml-language-server: $schema=convcalc.network.schema.json` turns it on for a file.
    """
    import json

    from convcalc.cli._output import write
    from convcalc.network.schema import schema

    write(json.dumps(schema(), indent=2), output)
    return 0
