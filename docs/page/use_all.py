"""Run by build.py in the browser's Python: uses everything that the page can do.

One network of each family is enough: the layers differ, the standard library that they use not.

Leaves in `result` which modules of the standard library were loaded.
"""

import sys

import convcalc_page

for names in convcalc_page.offered()["networks"].values():
    name = names[0][0]
    found = convcalc_page.analyze("a", convcalc_page.shipped_text(name)["text"], {}, name)
    assert found["ok"], name
TEXTS = (
    "INPUT[10x10x1] -> CONV3-8/2(P=0) -> POOL -> FC",
    "INPUT[32x32x3] -> [CONV3-8 -> RELU]*2 -> FC-10",
    "INPUT[32×32×3] → CONV3-8/2(P=0) → FC-10",
    "# 网络 \U0001f600\ninput: 32x32x3\nlayers: [FC-10]",
    *("INPUT —> CONV3-8", "name: 网络\nlayers:\n  - cnv: {filters: 16}", "\tx: 1"),
    *("INPUT -> CONW", "layers: [1", "", "#", "x: 1", "INPUT -> CONV(K=x)", "a\0b"),
)
for text in TEXTS:
    for setup in ({"gpu": "t4", "batch": 4}, {"mode": "infer"}, {"amp": True, "optimizer": "adam"}):
        convcalc_page.analyze("b", text, setup)
    convcalc_page.compare(["a", "b"])
    for kind in ("yaml", "pattern", "torch", "csv", "json", "html"):
        convcalc_page.export("b", kind)
    convcalc_page.explain("b", "conv1_1")
convcalc_page.analyze("a", convcalc_page.shipped_text("vgg16")["text"], {"gpu": "t4", "batch": 4})
list(convcalc_page.fit_texts("a"))
convcalc_page.answer('{"call": "shipped", "arguments": ["vgg16"]}')

"".encode("cp437")  # of the names in an archive

LIBRARY = "/lib/python314.zip/"
files = {getattr(module, "__file__", None) or "" for module in sys.modules.values()}
inside = {file.removeprefix(LIBRARY) for file in files if file.startswith(LIBRARY)}
stems = {file.removesuffix(".py").removesuffix("/__init__") for file in inside}
result = "\n".join(sorted(stem.replace("/", ".") for stem in stems))
