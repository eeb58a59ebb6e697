"""`convcalc schema`: the JSON Schema of YAML specs, for editors."""

from convcalc.cli._help import new_command
from convcalc.cli._output import OUTPUT_OPTION, write


@new_command("schema", "Print the JSON Schema of specs, for editors.")
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
