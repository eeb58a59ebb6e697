// Run by build.py: lets the Python that ships with the page compile what ships with it.
// node compile.mjs PYODIDE_FOLDER SOURCES TARGETS -> compiled modules, so that no browser compiles.
// node compile.mjs PYODIDE_FOLDER --run FOLDER SCRIPT -> prints what the script leaves in `result`.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [runtime, first, second, third] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(runtime, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: `${resolve(runtime)}/` });

const mount = (place, root) => {
  python.FS.mkdir(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(root) }, place);
};

if (first === "--run") {
  mount("/packages", second);
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  python.runPython(readFileSync(third, "utf8"));
  console.log(python.globals.get("result"));
} else {
  mount("/sources", first);
  mount("/targets", second);
  python.runPython(`
import os
from importlib import _bootstrap_external as bootstrap
from importlib.util import source_hash

LESS = {"library": 2}  # the standard library needs no docstrings; convcalc explains with its own

for folder, _, names in os.walk("/sources"):
    below = os.path.relpath(folder, "/sources")
    os.makedirs(os.path.join("/targets", below), exist_ok=True)
    for name in names:
        place = os.path.join(folder, name)
        with open(place, "rb") as file:
            data = file.read()
        target = os.path.join("/targets", below, name)
        if name.endswith(".py"):
            part = below.split(os.sep)[0]
            shown = os.path.relpath(place, os.path.join("/sources", part))
            code = compile(data, shown, "exec", dont_inherit=True, optimize=LESS.get(part, 1))
            data = bootstrap._code_to_hash_pyc(code, source_hash(data), False)
            target += "c"
        with open(target, "wb") as file:
            file.write(data)
`);
}
