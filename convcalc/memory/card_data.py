"""The table of GPUs as data, read by `cards.py`; every figure names where it was found.

It is text because that takes no time to load until a card is asked for.
"""

# name | what nvidia-smi calls it ("NVIDIA" may be left out) | other names
#      | total memory in MiB | compute capability | multiprocessors | source of the memory: a key of
#        `CITATIONS`, or
#        quoted: public files quote nvidia-smi's CSV line, "<its name>, <MiB> MiB"
#        nominal: no listing was found; the figure is the advertised size
TABLE = """
# Data center
k80 | Tesla K80 | | 11441 | 3.7 | 13 | sheffield
m40-24gb | Tesla M40 24GB | | 24576 | 5.2 | 24 | m40
p4 | Tesla P4 | | 7680 | 6.1 | 20 | quoted
p40 | Tesla P40 | | 24576 | 6.1 | 30 | quoted
p100-12gb | Tesla P100-PCIE-12GB | | 12288 | 6.0 | 56 | nominal
p100-16gb | Tesla P100-PCIE-16GB | Tesla P100-SXM2-16GB | 16384 | 6.0 | 56 | gpustat
v100-16gb | Tesla V100-SXM2-16GB | Tesla V100-PCIE-16GB | 16384 | 7.0 | 80 | 1cat
v100-32gb | Tesla V100-SXM2-32GB | V100-PCIE-32GB, V100-SXM3-32GB, V100S | 32768 | 7.0 | 80 | quoted
t4 | Tesla T4 | | 15360 | 7.5 | 40 | modal
a2 | NVIDIA A2 | | 15356 | 8.6 | 10 | a2
a10 | NVIDIA A10 | | 23028 | 8.6 | 72 | modal
a10g | NVIDIA A10G | | 23028 | 8.6 | 80 | telegraf
a30 | NVIDIA A30 | | 24576 | 8.0 | 56 | quoted
a40 | NVIDIA A40 | | 46068 | 8.6 | 84 | thamada
a100-40gb | NVIDIA A100-SXM4-40GB | A100-PCIE-40GB, A100 40GB PCIe | 40960 | 8.0 | 108 | modal
a100-80gb | NVIDIA A100-SXM4-80GB | A100 80GB PCIe, A100-PCIE-80GB | 81920 | 8.0 | 108 | modal
a800-80gb | NVIDIA A800-SXM4-80GB | A800 80GB PCIe | 81920 | 8.0 | 108 | dexbotic
l4 | NVIDIA L4 | | 23034 | 8.9 | 58 | modal
l40 | NVIDIA L40 | | 46068 | 8.9 | 142 | lium
l40s | NVIDIA L40S | | 46068 | 8.9 | 142 | modal
h100 | NVIDIA H100 80GB HBM3 | h100-sxm, h100-sxm5, h100-80gb | 81559 | 9.0 | 132 | nccl
h100-pcie | NVIDIA H100 PCIe | h100-pcie-80gb | 81559 | 9.0 | 114 | lium
h100-nvl | NVIDIA H100 NVL | h100-94gb, h100-nvl-94gb | 95830 | 9.0 | 132 | lium
h200 | NVIDIA H200 | h200-sxm, h200-nvl, h200-141gb | 143771 | 9.0 | 132 | lium
gh200 | NVIDIA GH200 480GB | gh200-96gb | 97871 | 9.0 | 132 | quoted
b200 | NVIDIA B200 | b200-sxm | 183359 | 10.0 | 148 | tensorrt
b300 | NVIDIA B300 SXM6 AC | | 275040 | 10.3 | 148 | lium
# GeForce 10 and 16
gtx-1050-ti | GeForce GTX 1050 Ti | | 4096 | 6.1 | 6 | quoted
gtx-1060-3gb | GeForce GTX 1060 3GB | | 3072 | 6.1 | 9 | quoted
gtx-1060-6gb | GeForce GTX 1060 6GB | | 6144 | 6.1 | 10 | quoted
gtx-1070 | GeForce GTX 1070 | | 8192 | 6.1 | 15 | quoted
gtx-1070-ti | GeForce GTX 1070 Ti | | 8192 | 6.1 | 19 | quoted
gtx-1080 | GeForce GTX 1080 | | 8192 | 6.1 | 20 | quoted
gtx-1080-ti | GeForce GTX 1080 Ti | | 11264 | 6.1 | 28 | localgpt
gtx-1650 | GeForce GTX 1650 | | 4096 | 7.5 | 14 | quoted
gtx-1660-super | GeForce GTX 1660 SUPER | | 6144 | 7.5 | 22 | quoted
gtx-1660-ti | GeForce GTX 1660 Ti | | 6144 | 7.5 | 24 | quoted
# GeForce 20
rtx-2060-6gb | GeForce RTX 2060 | | 6144 | 7.5 | 30 | quoted
rtx-2060-12gb | GeForce RTX 2060 | | 12288 | 7.5 | 34 | quoted
rtx-2060-super | GeForce RTX 2060 SUPER | | 8192 | 7.5 | 34 | quoted
rtx-2070 | GeForce RTX 2070 | | 8192 | 7.5 | 36 | telegraf
rtx-2070-super | GeForce RTX 2070 SUPER | | 8192 | 7.5 | 40 | quoted
rtx-2080 | GeForce RTX 2080 | | 8192 | 7.5 | 46 | telegraf
rtx-2080-super | GeForce RTX 2080 SUPER | | 8192 | 7.5 | 48 | nominal
rtx-2080-ti | GeForce RTX 2080 Ti | | 11264 | 7.5 | 68 | quoted
# GeForce 30
rtx-3050-6gb | GeForce RTX 3050 | | 6144 | 8.6 | 18 | quoted
rtx-3050-8gb | GeForce RTX 3050 | | 8192 | 8.6 | 20 | quoted
rtx-3060-8gb | GeForce RTX 3060 | | 8192 | 8.6 | 28 | nominal
rtx-3060-12gb | GeForce RTX 3060 | | 12288 | 8.6 | 28 | geerling
rtx-3060-ti | GeForce RTX 3060 Ti | | 8192 | 8.6 | 38 | quoted
rtx-3070 | GeForce RTX 3070 | | 8192 | 8.6 | 46 | quoted
rtx-3070-ti | GeForce RTX 3070 Ti | | 8192 | 8.6 | 48 | lium
rtx-3080-10gb | GeForce RTX 3080 | | 10240 | 8.6 | 68 | telegraf
rtx-3080-12gb | GeForce RTX 3080 | | 12288 | 8.6 | 70 | quoted
rtx-3080-ti | GeForce RTX 3080 Ti | | 12288 | 8.6 | 80 | quoted
rtx-3090 | GeForce RTX 3090 | | 24576 | 8.6 | 82 | telegraf
rtx-3090-ti | GeForce RTX 3090 Ti | | 24564 | 8.6 | 84 | club-353
# GeForce 40
rtx-4060 | GeForce RTX 4060 | | 8188 | 8.9 | 24 | quoted
rtx-4060-ti-8gb | GeForce RTX 4060 Ti | | 8188 | 8.9 | 34 | quoted
rtx-4060-ti-16gb | GeForce RTX 4060 Ti | | 16380 | 8.9 | 34 | quoted
rtx-4070 | GeForce RTX 4070 | | 12282 | 8.9 | 46 | quoted
rtx-4070-super | GeForce RTX 4070 SUPER | | 12282 | 8.9 | 56 | quoted
rtx-4070-ti | GeForce RTX 4070 Ti | | 12282 | 8.9 | 60 | quoted
rtx-4070-ti-super | GeForce RTX 4070 Ti SUPER | | 16376 | 8.9 | 66 | quoted
rtx-4080 | GeForce RTX 4080 | | 16376 | 8.9 | 76 | quoted
rtx-4080-super | GeForce RTX 4080 SUPER | | 16376 | 8.9 | 80 | quoted
rtx-4090 | GeForce RTX 4090 | | 24564 | 8.9 | 128 | rlinf
# GeForce 50
rtx-5050 | GeForce RTX 5050 | | 8151 | 12.0 | 20 | quoted
rtx-5060 | GeForce RTX 5060 | | 8151 | 12.0 | 30 | quoted
rtx-5060-ti-8gb | GeForce RTX 5060 Ti | | 8151 | 12.0 | 36 | quoted
rtx-5060-ti-16gb | GeForce RTX 5060 Ti | | 16311 | 12.0 | 36 | quoted
rtx-5070 | GeForce RTX 5070 | | 12227 | 12.0 | 48 | libc6-shim
rtx-5070-ti | GeForce RTX 5070 Ti | | 16303 | 12.0 | 70 | quoted
rtx-5080 | GeForce RTX 5080 | | 16303 | 12.0 | 84 | quoted
rtx-5090 | GeForce RTX 5090 | | 32607 | 12.0 | 170 | club-1229
# Titan and workstation
titan-xp | TITAN Xp | | 12288 | 6.1 | 30 | nominal
titan-v | TITAN V | | 12288 | 7.0 | 80 | cs259
titan-rtx | TITAN RTX | rtx-titan | 24576 | 7.5 | 72 | quoted
quadro-rtx-4000 | Quadro RTX 4000 | | 8192 | 7.5 | 36 | akash-12
quadro-rtx-5000 | Quadro RTX 5000 | | 16384 | 7.5 | 48 | nominal
quadro-rtx-6000 | Quadro RTX 6000 | rtx-6000 | 24576 | 7.5 | 72 | akash-81
quadro-rtx-8000 | Quadro RTX 8000 | rtx-8000 | 49152 | 7.5 | 72 | quoted
rtx-a2000-6gb | RTX A2000 | a2000, a2000-6gb | 6138 | 8.6 | 26 | quoted
rtx-a2000-12gb | RTX A2000 12GB | a2000, a2000-12gb | 12282 | 8.6 | 26 | quoted
rtx-a4000 | RTX A4000 | a4000 | 16376 | 8.6 | 48 | lium
rtx-a4500 | RTX A4500 | a4500 | 20470 | 8.6 | 56 | quoted
rtx-a5000 | RTX A5000 | a5000 | 24564 | 8.6 | 64 | akash-82
rtx-a6000 | RTX A6000 | a6000 | 49140 | 8.6 | 84 | lium
rtx-2000-ada | RTX 2000 Ada Generation | | 16380 | 8.9 | 22 | quoted
rtx-4000-ada | RTX 4000 Ada Generation | | 20475 | 8.9 | 48 | quoted
rtx-4500-ada | RTX 4500 Ada Generation | | 23034 | 8.9 | 60 | lium
rtx-5000-ada | RTX 5000 Ada Generation | | 32760 | 8.9 | 100 | quoted
rtx-6000-ada | RTX 6000 Ada Generation | rtx-6000 | 49140 | 8.9 | 142 | lium
rtx-pro-4000 | RTX PRO 4000 Blackwell | | 24467 | 12.0 | 70 | quoted
rtx-pro-4500 | RTX PRO 4500 Blackwell | | 32623 | 12.0 | 82 | quoted
rtx-pro-5000-48gb | RTX PRO 5000 Blackwell | | 48935 | 12.0 | 110 | quoted
rtx-pro-6000 | RTX PRO 6000 Blackwell | RTX PRO 6000 Max-Q | 97887 | 12.0 | 188 | telegraf
# Jetson: one memory for processor and GPU
jetson-nano | NVIDIA Tegra X1 | jetson-nano-4gb | 3963 | 5.3 | 1 | tegra-docker
jetson-tx2 | NVIDIA Tegra X2 | jetson-tx2-8gb, tx2 | 7842 | 6.2 | 2 | tx2
jetson-xavier-nx-8gb | Jetson Xavier NX | xavier-nx | 7764 | 7.2 | 6 | xavier-nx
jetson-agx-xavier-16gb | Jetson AGX Xavier 16GB | agx-xavier-16gb | 15692 | 7.2 | 8 | xavier-16
jetson-agx-xavier-32gb | Jetson AGX Xavier 32GB | agx-xavier-32gb | 32768 | 7.2 | 8 | nominal
jetson-orin-nano-8gb | Jetson Orin Nano | orin-nano | 7618 | 8.7 | 8 | orin-8
jetson-orin-nx-8gb | Jetson Orin NX 8GB | orin-nx-8gb | 7618 | 8.7 | 8 | orin-8
jetson-orin-nx-16gb | Jetson Orin NX 16GB | orin-nx-16gb | 15388 | 8.7 | 8 | orin-16
jetson-agx-orin-32gb | Jetson AGX Orin 32GB | agx-orin-32gb | 30623 | 8.7 | 14 | orin-32
jetson-agx-orin-64gb | Jetson AGX Orin 64GB | agx-orin-64gb | 62841 | 8.7 | 16 | orin-64
"""

_GITHUB = "https://github.com/"
_SMI, _CUDA = "nvidia-smi: ", "CUDA deviceQuery: "

CITATIONS: dict[str, str] = {
    "1cat": f"{_SMI}{_GITHUB}1CatAI/1Cat-vLLM/issues/85",
    "a2": f'{_SMI}public files quoting "NVIDIA A2, 15356"',
    "akash-12": f"{_SMI}{_GITHUB}akash-network/provider-configs/pull/12",
    "akash-81": f"{_SMI}{_GITHUB}akash-network/provider-configs/issues/81",
    "akash-82": f"{_SMI}{_GITHUB}akash-network/provider-configs/issues/82",
    "club-1229": f"{_SMI}{_GITHUB}noonghunna/club-3090/issues/1229",
    "club-353": f"{_SMI}{_GITHUB}noonghunna/club-3090/issues/353",
    "cs259": f"{_SMI}{_GITHUB}hershey890/cs259 README.md",
    "dexbotic": f"{_SMI}{_GITHUB}dexmal/dexbotic/issues/41",
    "geerling": f"{_SMI}{_GITHUB}geerlingguy/raspberry-pi-pcie-devices/issues/790",
    "gpustat": f"{_SMI}{_GITHUB}wookayin/gpustat/issues/130",
    "libc6-shim": f"{_SMI}{_GITHUB}shkhln/libc6-shim/issues/14",
    "lium": f"{_SMI}{_GITHUB}Datura-ai/lium-io neurons/validators/src/services/gpu_spec_table.py"
    " (NVML totals observed)",
    "localgpt": f"{_SMI}{_GITHUB}PromtEngineer/localGPT/issues/14",
    "m40": f'{_SMI}public files quoting "Tesla M40 24GB, 24576" (23040 with ECC on)',
    "modal": f"{_SMI}{_GITHUB}modal-labs/modal-client/pull/2797",
    "nccl": f"{_SMI}{_GITHUB}NVIDIA/nccl/issues/1264",
    "nominal": "nominal: no listing found, the advertised size",
    "orin-16": f'{_CUDA}public files quoting "15388 MBytes (16136011776 bytes)";'
    " 15657 on newer JetPack",
    "orin-32": f'{_CUDA}public files quoting "30623 MBytes (32110190592 bytes)"',
    "orin-64": f'{_CUDA}public files quoting "62841 MBytes (65893089280 bytes)"',
    "orin-8": f'{_CUDA}public files quoting "7618 MBytes (7987728384 bytes)", an 8 GB Orin module',
    "rlinf": f"{_SMI}{_GITHUB}RLinf/RLinf/issues/255",
    "sheffield": f"{_SMI}{_GITHUB}rcgsheffield/sheffield_hpc/pull/1030",
    "tegra-docker": f"{_CUDA}{_GITHUB}Technica-Corporation/Tegra-Docker/issues/12",
    "telegraf": f"{_SMI}{_GITHUB}influxdata/telegraf plugins/inputs/nvidia_smi/nvidia_smi_test.go",
    "tensorrt": f"{_SMI}{_GITHUB}NVIDIA/TensorRT-LLM/issues/10278",
    "thamada": f"{_SMI}{_GITHUB}thamada/nvidia-smi nvsim/A40x10_smi.py",
    "tx2": f'{_CUDA}public files quoting "7842 MBytes (8223334400 bytes)"; up to 7858 elsewhere',
    "xavier-16": f'{_CUDA}public files quoting "15692 MBytes (16454430720 bytes)"; 15815 elsewhere',
    "xavier-nx": f'{_CUDA}public files quoting "7764 MBytes (8140709888 bytes)"; 7770 elsewhere',
}


# Streaming multiprocessors: where each count was found, if it is not by NVIDIA's CUDA cores.
MULTIPROCESSORS_SOURCE = "NVIDIA's specification: CUDA cores over those of a multiprocessor"
MULTIPROCESSORS_FOUND: dict[str, str] = {
    "t4": "https://chiemon.github.io/2024/12/25/%E6%98%BE%E5%8D%A1%E4%BF%A1%E6%81%AF.html",
    "a100-40gb": f"{_GITHUB}bottlerocket-os/bottlerocket/pull/3873",
    "b200": f"{_GITHUB}pytorch/ao/pull/4002",
    "b300": "public files quoting a listing of compute capability 10.3 with 148 multiprocessors",
    "rtx-2080-ti": f"{_GITHUB}10gic/vanitygen-plusplus/issues/15",
    "jetson-nano": f"{_GITHUB}Technica-Corporation/Tegra-Docker/issues/12",
    "jetson-agx-orin-64gb": f"{_GITHUB}tmcdonell/cuda/issues/77",
}

# MiB that CUDA offers of nvidia-smi's total, where that was seen: on the newest driver that was.
# Every row is in benchmarks/gpu/public/context.json, with its source.
CAPACITIES: dict[str, int] = {
    "p100-16gb": 16280,
    "gtx-1080-ti": 11178,
    "v100-32gb": 32502,
    "t4": 14910,
    "rtx-2060-super": 7974,
    "a100-40gb": 40438,
    "a100-80gb": 81050,
    "a800-80gb": 81050,
    "rtx-3060-12gb": 11908,
    "rtx-3090": 24125,
    "rtx-3090-ti": 24114,
    "rtx-a5000": 24114,
    "rtx-a6000": 48538,
    "a40": 45416,
    "a10g": 22587,
    "l40s": 45466,
    "rtx-6000-ada": 48509,
    "rtx-4070": 11837,
    "rtx-4070-ti": 11981,
    "rtx-4070-ti-super": 15934,
    "rtx-4080": 16049,
    "rtx-4090": 24084,
    "h100": 81089,
    "h100-nvl": 95232,
    "h200": 143156,
    "b200": 182633,
    "b300": 274115,
    "rtx-5060-ti-16gb": 15841,
    "rtx-pro-6000": 97250,
}

# MiB of a process besides the allocator's segments with cuBLAS and cuDNN loaded, lazily: the
# median of the rows of each card in benchmarks/gpu/public/context.json, and the most of them.
# H100 and H200: 376 runs of convolutional networks on our own cards (docs/measured.md).
CONTEXTS: dict[str, tuple[int, int]] = {
    "t4": (135, 198),
    "rtx-2080-ti": (189, 197),
    "v100-16gb": (387, 399),
    "v100-32gb": (387, 399),
    "p100-16gb": (317, 317),
    "titan-xp": (119, 119),
    "gtx-1650": (68, 68),
    "rtx-3080-10gb": (265, 266),
    "rtx-3090": (309, 317),
    "rtx-a6000": (323, 328),
    "a10g": (295, 307),
    "l4": (251, 251),
    "rtx-4090": (464, 504),
    "l40s": (424, 517),
    "rtx-6000-ada": (429, 429),
    "a100-40gb": (513, 522),
    "a100-80gb": (513, 522),
    "a800-80gb": (512, 522),
    "h100": (762, 762),
    "h100-pcie": (762, 762),
    "h100-nvl": (762, 762),
    "h200": (762, 762),
    "gh200": (762, 762),
    "b200": (762, 762),
    "b300": (762, 762),
    "rtx-5090": (594, 619),
    "rtx-pro-6000": (549, 549),
}

# MiB of the same where every kernel is loaded at once (before CUDA 11.7, or as told to):
# constants that fit published rows of training, with libraries, and what they leave.
EAGER: dict[str, tuple[int, str]] = {
    "k80": (472, "46 rows of public_memory.json, mean error 6.4 %"),
    "v100-16gb": (1291, "48 rows of public_memory.json, mean error 3.1 %"),
    "v100-32gb": (1291, "as the V100 with 16 GB"),
    "rtx-3090": (1311, "48 rows of public_memory.json, mean error 3.6 %"),
    "rtx-3090-ti": (1323, "as the RTX 3090, with two more multiprocessors"),
    "a100-40gb": (1793, "77 rows of public_memory.json, mean error 3.9 %"),
    "a100-80gb": (1793, "as the A100 with 40 GB; 1823 was seen bare under torch 1.10"),
    "a800-80gb": (1793, "as the A100 with 40 GB"),
    "rtx-3070": (1247, "constant of a card of 46 multiprocessors on a stack of 2021"),
    "rtx-2070-super": (1044, "constant of a card of 40 multiprocessors on a stack of 2021"),
    "rtx-2080-ti": (878, "one measurement, bare"),
    "gtx-1080": (721, "one measurement, bare, torch 1.8, CUDA 10.1"),
}
# MiB that eager loading adds elsewhere, from each capability on: what it adds to the cards above.
EAGER_MODULES: tuple[tuple[tuple[int, int], int], ...] = (
    ((3, 0), 390),
    ((5, 0), 630),
    ((7, 0), 900),
    ((8, 0), 1280),
    ((8, 6), 1030),
    ((8, 9), 1280),
)
