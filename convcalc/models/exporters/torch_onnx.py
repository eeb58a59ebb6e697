"""`convcalc export torch --onnx`: the exported module run through torch's own exporter."""

import os
import tempfile
import warnings
from types import ModuleType

from convcalc.facts.torch_calls import BUFFER
from convcalc.models.exporters.torch_code import module_source
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation


def _mark_buffers(path: str, names: set[str]) -> None:
    """Say in the file which of its weights nothing learns: ONNX has no word for it."""
    import onnx

    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.name in names:
            tensor.doc_string = BUFFER
    onnx.save(model, path)


def write_onnx(walk: Propagation, source: str, path: str) -> None:
    """Write an ONNX file of a network in evaluation mode, with random weights.

    Raises:
        ConvcalcError: torch or onnx is missing, or torch cannot export a layer.
    """
    try:
        import onnx  # noqa: F401 - torch's exporter asks for it when it is nearly done
        import torch
    except ModuleNotFoundError as error:
        raise ConvcalcError(f"writing ONNX needs {error.name}", "pip install torch onnx") from None
    module = ModuleType("exported")
    exec(compile(module_source(walk, source), "exported", "exec"), module.__dict__)
    network = [kind for kind in vars(module).values() if isinstance(kind, type)][-1]()
    inputs = [node for node in walk.nodes if not node.inputs]
    images = tuple(torch.zeros(1, *node.facts.output.in_torch) for node in inputs)
    names = [node.name for node in inputs] if len(inputs) > 1 else ["images"]
    folder = os.path.dirname(os.path.realpath(path))
    handle, beside = tempfile.mkstemp(dir=folder, prefix=".convcalc-")
    os.close(handle)
    axes = {name: {0: "batch"} for name in names}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(network.eval(), images, beside, dynamo=False,
                              training=torch.onnx.TrainingMode.PRESERVE,
                              do_constant_folding=False,
                              input_names=names, dynamic_axes=axes)  # fmt: skip
        _mark_buffers(beside, {name for name, _ in network.named_buffers()})
        os.replace(beside, path)
    except Exception as error:
        os.unlink(beside)
        line = str(error).split("\n")[0]
        raise ConvcalcError(f"torch cannot write {printable(path)}: {line}") from None
