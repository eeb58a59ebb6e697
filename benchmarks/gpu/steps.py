"""The loops that are measured: those of docs/pytorch-memory.md."""


def optimizer_for(row: dict, parameters):
    """PyTorch's optimizer as convcalc's `--optimizer`, `--implementation` mean it."""
    import torch

    how = {"foreach": {"foreach": True}, "for-loop": {"foreach": False}, "fused": {"fused": True}}
    options = {"weight_decay": row["weight_decay"], **how[row["implementation"]]}
    make = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=0.01, **options),
        "momentum": lambda: torch.optim.SGD(parameters, lr=0.01, momentum=0.9, **options),
        "nesterov": lambda: torch.optim.SGD(
            parameters, lr=0.01, momentum=0.9, nesterov=True, **options
        ),
        "adagrad": lambda: torch.optim.Adagrad(parameters, **options),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, **options),
        "adam": lambda: torch.optim.Adam(parameters, **options),
        "adamw": lambda: torch.optim.AdamW(parameters, **options),
        "amsgrad": lambda: torch.optim.Adam(parameters, amsgrad=True, **options),
    }
    return make[row["optimizer"]]()


def build_model(name: str):
    """A torchvision model without weights; auxiliary heads off, as in the specs."""
    import torchvision

    extra = {"aux_logits": False, "init_weights": False} if name in (
        "googlenet", "inception_v3") else {}  # fmt: skip
    return getattr(torchvision.models, name)(**extra)


def autocast(row: dict):
    """Autocast as the row asks for it."""
    import torch

    precision = row["precision"]
    half = torch.bfloat16 if precision == "amp-bfloat16" else torch.float16
    return torch.autocast("cuda", dtype=half, enabled=precision.startswith("amp"))


def batch_for(row: dict, model):
    """Images of the parameters' type, and labels."""
    import torch

    size = (row["batch"], 3, row["image"], row["image"])
    x = torch.randn(size, device="cuda", dtype=next(model.parameters()).dtype)
    return x, torch.randint(0, 1000, (row["batch"],), device="cuda")


def train(model, row: dict, steps: int, mark=lambda phase: None):
    """The reference loop; yields after each step. `mark` hears what begins."""
    import torch
    from torch.nn import functional as F

    mark("model")
    optimizer = optimizer_for(row, model.parameters())
    model.train()
    for number in range(1, steps + 1):
        mark(f"batch{number}")
        x, y = batch_for(row, model)
        optimizer.zero_grad()
        mark(f"fwd{number}")
        with autocast(row):
            out = model(x)
            loss = F.cross_entropy(out, y)
        mark(f"bwd{number}")
        loss.backward()
        mark(f"opt{number}")
        optimizer.step()
        torch.cuda.synchronize()
        yield


def infer(model, row: dict, steps: int, mark=lambda phase: None):
    """Running the network without gradients; yields after each batch."""
    import torch

    mark("model")
    model.eval()
    with torch.no_grad():
        for number in range(1, steps + 1):
            mark(f"batch{number}")
            x, _ = batch_for(row, model)
            mark(f"fwd{number}")
            with autocast(row):
                out = model(x)  # noqa: F841 - kept alive as a caller would
            torch.cuda.synchronize()
            yield
