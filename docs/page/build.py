"""Build the calculator as a static site: `python docs/page/build.py FOLDER`.

Fetches Python for the browser (the npm package pyodide) and PyYAML by npm and pip, of pinned
versions and checksums; builds convcalc's wheel; compiles all of it with that same Python, of the
standard library what library.txt names; and works out the answer that the page opens with. The
folder is then served by any web server. Needs npm, node, and pip in the Python that runs this.

`--library` prints the modules of the standard library that the page uses, for library.txt.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYODIDE = "314.0.7"
PYODIDE_SHA256 = "66b7949e5a0cba2250b586d7e368bf12fb482800748d182c4618254b685ffaa0"
PYYAML = "6.0.3"
PYYAML_SHA256 = "0f29edc409a6392443abf94b9cf89ce99889a1dd5376d94316ae5145dfedd5d6"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
NOT_SHIPPED = ("convcalc/cli/", "convcalc/__main__", "convcalc/models/importers/")
LIBRARY = HERE / "library.txt"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the time of every file in an archive, so that builds are equal


def main() -> None:
    """Build the site, or print which library it uses."""
    parser = argparse.ArgumentParser(description="Build the calculator as a static site.")
    parser.add_argument("folder", type=Path, help="where the site goes; made anew")
    parser.add_argument("--library", action="store_true", help="print the modules that are used")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        if given.library:
            print("\n".join(used_library(Path(work))))
        else:
            build_site(given.folder, Path(work))


def build_site(folder: Path, work: Path) -> None:
    """Write the site into a folder, which is emptied if a site stands in it."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "service-worker.js").exists():
        sys.exit(f"{folder} holds something else; name a new folder")
    runtime, packages = fetch_runtime(work), fetch_packages(work)
    modules = LIBRARY.read_text("utf-8").split()
    sources = work / "sources"
    gather_library(runtime / "python_stdlib.zip", sources / "library", modules)
    shutil.copytree(packages, sources / "packages")
    compiled = work / "compiled"
    run_node(runtime, sources, compiled)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "site", folder)
    (folder / "python").mkdir()
    for name in RUNTIME:
        shutil.copy(runtime / name, folder / "python" / name)
    archive_folder(compiled / "library", folder / "python" / "library.zip")
    archive_folder(compiled / "packages", folder / "python" / "packages.zip")
    write_shared(folder)
    write_index(folder, packages)
    write_service_worker(folder)
    print(f"{folder}: {len(site_files(folder))} files, {folder_size(folder):,} bytes")


def fetch_runtime(work: Path) -> Path:
    """Python for the browser, unpacked."""
    run("npm", "pack", f"pyodide@{PYODIDE}", "--silent", "--pack-destination", str(work))
    archive = work / f"pyodide-{PYODIDE}.tgz"
    check_sum(archive, PYODIDE_SHA256)
    with tarfile.open(archive) as file:
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from 3.11.4 on
        file.extractall(work / "runtime", **safe)
    return work / "runtime" / "package"


def fetch_packages(work: Path) -> Path:
    """convcalc, PyYAML without its compiled part, and the page's own Python, in one folder."""
    wheels, packages = work / "wheels", work / "packages"
    platform = ("--platform", "manylinux2014_x86_64", "--python-version", "3.13")
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:",
        *platform, "-d", str(wheels), f"PyYAML=={PYYAML}")  # fmt: skip
    (yaml,) = wheels.iterdir()
    check_sum(yaml, PYYAML_SHA256)
    checkout = work / "checkout"
    checkout.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout / name)
    for name in ("convcalc", "specs"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("*.pyc"))
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels), str(checkout))
    for wheel in wheels.iterdir():
        with zipfile.ZipFile(wheel) as file:
            wanted = [name for name in file.namelist() if is_shipped(name)]
            file.extractall(packages, wanted)
    for module in (HERE / "python").glob("*.py"):
        shutil.copy(module, packages / module.name)
    shutil.copy(HERE / "site" / "words.json", packages / "words.json")
    shutil.copy(ROOT / "docs" / "notes.yaml", packages / "notes.yaml")
    return packages


def is_shipped(name: str) -> bool:
    """Whether a file of a wheel is of use in a browser."""
    return not (name.startswith(NOT_SHIPPED) or name.endswith(".so")
                or ("dist-info/" in name and "LICENSE" not in name))  # fmt: skip


def gather_library(archive: Path, target: Path, modules: Iterable[str]) -> None:
    """Take the modules that are used out of the whole standard library."""
    with zipfile.ZipFile(archive) as file:
        there = set(file.namelist())
        for module in modules:
            stem = module.replace(".", "/")
            found = {f"{stem}.py", f"{stem}/__init__.py"} & there
            if not found:
                sys.exit(f"{LIBRARY.name}: there is no module {module}")
            file.extractall(target, found)


def used_library(work: Path) -> list[str]:
    """Modules of the standard library that are loaded once everything has been used."""
    runtime, packages = fetch_runtime(work), fetch_packages(work)
    done = run("node", str(HERE / "compile.mjs"), str(runtime), "--run", str(packages),
               str(HERE / "use_all.py"))  # fmt: skip
    return done.split()


def run_node(runtime: Path, sources: Path, compiled: Path) -> None:
    """Compile everything by the Python that will run it."""
    compiled.mkdir()
    run("node", str(HERE / "compile.mjs"), str(runtime), str(sources), str(compiled))


def write_shared(folder: Path) -> None:
    """The look and the behaviour of the HTML report, which the page has too."""
    shared = ROOT / "convcalc" / "render" / "html"
    style = (shared / "report.css").read_text("utf-8")
    (folder / "report.css").write_text(with_chosen_scheme(style), "utf-8")
    behaviour = (shared / "behaviour.js").read_text("utf-8")
    (folder / "behaviour.js").write_text(f"{behaviour}\nexport {{ attachReport }};\n", "utf-8")


def with_chosen_scheme(style: str) -> str:
    """The style sheet, its dark colours where one asks for them, not where one asks for light."""
    dark = re.search(
        r"@media \(prefers-color-scheme: dark\) \{\n  :root \{(.*?)\n  \}\n\}", style, re.S
    )
    if dark is None:
        sys.exit("report.css: its dark colours stand elsewhere now")
    kept = style.replace(dark[0], dark[0].replace(":root {", ':root:not([data-scheme="light"]) {'))
    return f'{kept}\n:root[data-scheme="dark"] {{{dark[1]}\n}}\n'


def write_index(folder: Path, packages: Path) -> None:
    """Fill the page's template with the first answer, worked out here and now."""
    code = "import convcalc_page, json; print(json.dumps(convcalc_page.first_answer()))"
    environment = {**os.environ, "PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    parts = json.loads(run(sys.executable, "-P", "-c", code, environment=environment))
    page = (folder / "index.html").read_text("utf-8")
    words = json.loads((folder / "words.json").read_text("utf-8"))
    page = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], page)
    page = re.sub(r"\[\[(\w+)\]\]", lambda match: words["page"][match[1]][0], page)
    (folder / "index.html").write_text(page, "utf-8")


def write_service_worker(folder: Path) -> None:
    """Tell the service worker what to keep, and of which build."""
    files = site_files(folder)
    digest = hashlib.sha256()
    for name in files:
        digest.update(name.encode() + (folder / name).read_bytes())
    place = folder / "service-worker.js"
    text = place.read_text("utf-8").replace('"@build@"', json.dumps(digest.hexdigest()[:16]))
    text = text.replace('["@files@"]', json.dumps(["./", *files], indent=1))
    place.write_text(text, "utf-8")


def site_files(folder: Path) -> list[str]:
    """Every file of the site but the service worker itself."""
    found = (each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())
    return sorted(name for name in found if name != "service-worker.js")


def archive_folder(folder: Path, archive: Path) -> None:
    """A zip of a folder that is the same whenever its files are."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                info = zipfile.ZipInfo(each.relative_to(folder).as_posix(), EARLIEST)
                info.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(info, each.read_bytes(), compresslevel=9)


def folder_size(folder: Path) -> int:
    """Bytes of everything in a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def check_sum(file: Path, expected: str) -> None:
    """Refuse a file that is not the one that was pinned."""
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != expected:
        sys.exit(f"{file.name}: its SHA-256 is {found}, not {expected}")


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    """Run a program; what it prints. Its errors end the build."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(command[:3])} ...: failed with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
