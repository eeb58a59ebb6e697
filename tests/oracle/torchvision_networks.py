"""torchvision's transformers and its networks for segmentation, with and without auxiliary loss.

    python tests/oracle/hold.py tests/oracle/torchvision_networks.py [NAME ...]

holds them as they are published, which takes half an hour. `small_` ones are of the same code with
few channels, and held by test_hold.py. The other classification networks are in import_all.py.
"""

from functools import partial

from torchvision_import import models

TRANSFORMERS = {
    **dict.fromkeys(("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"), 224),
    **dict.fromkeys(("swin_t", "swin_s", "swin_b"), 224),
    **dict.fromkeys(("swin_v2_t", "swin_v2_s", "swin_v2_b"), 256),
    "maxvit_t": 224,
}
SEGMENTATION = {  # and whether it has an auxiliary head
    "fcn_resnet50": True,
    "fcn_resnet101": True,
    "deeplabv3_resnet50": True,
    "deeplabv3_resnet101": True,
    "deeplabv3_mobilenet_v3_large": True,
    "lraspp_mobilenet_v3_large": False,
}
ITEMS = []


def add_item(name, make, size, **options):
    globals()[name] = partial(make, **options)
    ITEMS.append({"name": name, "inputs": [[3, size, size]]})


for name, size in TRANSFORMERS.items():
    add_item(name, getattr(models, name), size, weights=None)
for name, has_auxiliary in SEGMENTATION.items():
    make, options = getattr(models.segmentation, name), {"weights": None, "weights_backbone": None}
    add_item(name, make, 224, **options)
    if has_auxiliary:
        add_item(f"{name}_aux", make, 224, **options, aux_loss=True)

swin = {"patch_size": [4, 4], "embed_dim": 8, "depths": [2, 2], "num_heads": [2, 2],
        "window_size": [4, 4], "num_classes": 10}  # fmt: skip
SMALL = {
    "small_swin": (models.SwinTransformer, 48, swin),  # 12 and 6 positions a side: padded windows
    "small_swin_v2": (
        models.SwinTransformer,
        32,
        {
            **swin,
            "block": models.swin_transformer.SwinTransformerBlockV2,
            "downsample_layer": models.swin_transformer.PatchMergingV2,
        },
    ),
    "small_vit": (
        models.VisionTransformer,
        32,
        {"image_size": 32, "patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16,
         "mlp_dim": 32, "num_classes": 10},
    ),
    "small_maxvit": (
        models.MaxVit,
        64,
        {"input_size": (64, 64), "stem_channels": 8, "partition_size": 4, "block_channels": [8, 16],
         "block_layers": [1, 1], "head_dim": 4, "stochastic_depth_prob": 0.2, "num_classes": 10},
    ),
}  # fmt: skip
for name, (make, size, options) in SMALL.items():
    add_item(name, make, size, **options)
