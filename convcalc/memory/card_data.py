"""The table of GPUs as data, read by `cards.py`; every figure names where it was found.

It is text because that takes no time to load until a card is asked for.
"""

# name | what nvidia-smi calls it ("NVIDIA" may be left out) | other names
#      | total memory in MiB | compute capability | source of the memory: a key of `CITATIONS`, or
#        quoted: public files quote nvidia-smi's CSV line, "<its name>, <MiB> MiB"
#        nominal: no listing was found; the figure is the advertised size
TABLE = """
# Data center
k80 | Tesla K80 | | 11441 | 3.7 | sheffield
m40-24gb | Tesla M40 24GB | | 24576 | 5.2 | m40
p4 | Tesla P4 | | 7680 | 6.1 | quoted
p40 | Tesla P40 | | 24576 | 6.1 | quoted
p100-12gb | Tesla P100-PCIE-12GB | | 12288 | 6.0 | nominal
p100-16gb | Tesla P100-PCIE-16GB | Tesla P100-SXM2-16GB | 16384 | 6.0 | gpustat
v100-16gb | Tesla V100-SXM2-16GB | Tesla V100-PCIE-16GB | 16384 | 7.0 | 1cat
v100-32gb | Tesla V100-SXM2-32GB | V100-PCIE-32GB, V100-SXM3-32GB, V100S | 32768 | 7.0 | quoted
t4 | Tesla T4 | | 15360 | 7.5 | modal
a2 | NVIDIA A2 | | 15356 | 8.6 | a2
a10 | NVIDIA A10 | | 23028 | 8.6 | modal
a10g | NVIDIA A10G | | 23028 | 8.6 | telegraf
a30 | NVIDIA A30 | | 24576 | 8.0 | quoted
a40 | NVIDIA A40 | | 46068 | 8.6 | thamada
a100-40gb | NVIDIA A100-SXM4-40GB | A100-PCIE-40GB, A100 40GB PCIe | 40960 | 8.0 | modal
a100-80gb | NVIDIA A100-SXM4-80GB | A100 80GB PCIe, A100-PCIE-80GB | 81920 | 8.0 | modal
a800-80gb | NVIDIA A800-SXM4-80GB | A800 80GB PCIe | 81920 | 8.0 | dexbotic
l4 | NVIDIA L4 | | 23034 | 8.9 | modal
l40 | NVIDIA L40 | | 46068 | 8.9 | lium
l40s | NVIDIA L40S | | 46068 | 8.9 | modal
h100 | NVIDIA H100 80GB HBM3 | h100-sxm, h100-sxm5, h100-80gb | 81559 | 9.0 | nccl
h100-pcie | NVIDIA H100 PCIe | h100-pcie-80gb | 81559 | 9.0 | lium
h100-nvl | NVIDIA H100 NVL | h100-94gb, h100-nvl-94gb | 95830 | 9.0 | lium
h200 | NVIDIA H200 | h200-sxm, h200-nvl, h200-141gb | 143771 | 9.0 | lium
gh200 | NVIDIA GH200 480GB | gh200-96gb | 97871 | 9.0 | quoted
b200 | NVIDIA B200 | b200-sxm | 183359 | 10.0 | tensorrt
b300 | NVIDIA B300 SXM6 AC | | 275040 | 10.3 | lium
# GeForce 10 and 16
gtx-1050-ti | GeForce GTX 1050 Ti | | 4096 | 6.1 | quoted
gtx-1060-3gb | GeForce GTX 1060 3GB | | 3072 | 6.1 | quoted
gtx-1060-6gb | GeForce GTX 1060 6GB | | 6144 | 6.1 | quoted
gtx-1070 | GeForce GTX 1070 | | 8192 | 6.1 | quoted
gtx-1070-ti | GeForce GTX 1070 Ti | | 8192 | 6.1 | quoted
gtx-1080 | GeForce GTX 1080 | | 8192 | 6.1 | quoted
gtx-1080-ti | GeForce GTX 1080 Ti | | 11264 | 6.1 | localgpt
gtx-1650 | GeForce GTX 1650 | | 4096 | 7.5 | quoted
gtx-1660-super | GeForce GTX 1660 SUPER | | 6144 | 7.5 | quoted
gtx-1660-ti | GeForce GTX 1660 Ti | | 6144 | 7.5 | quoted
# GeForce 20
rtx-2060-6gb | GeForce RTX 2060 | | 6144 | 7.5 | quoted
rtx-2060-12gb | GeForce RTX 2060 | | 12288 | 7.5 | quoted
rtx-2060-super | GeForce RTX 2060 SUPER | | 8192 | 7.5 | quoted
rtx-2070 | GeForce RTX 2070 | | 8192 | 7.5 | telegraf
rtx-2070-super | GeForce RTX 2070 SUPER | | 8192 | 7.5 | quoted
rtx-2080 | GeForce RTX 2080 | | 8192 | 7.5 | telegraf
rtx-2080-super | GeForce RTX 2080 SUPER | | 8192 | 7.5 | nominal
rtx-2080-ti | GeForce RTX 2080 Ti | | 11264 | 7.5 | quoted
# GeForce 30
rtx-3050-6gb | GeForce RTX 3050 | | 6144 | 8.6 | quoted
rtx-3050-8gb | GeForce RTX 3050 | | 8192 | 8.6 | quoted
rtx-3060-8gb | GeForce RTX 3060 | | 8192 | 8.6 | nominal
rtx-3060-12gb | GeForce RTX 3060 | | 12288 | 8.6 | geerling
rtx-3060-ti | GeForce RTX 3060 Ti | | 8192 | 8.6 | quoted
rtx-3070 | GeForce RTX 3070 | | 8192 | 8.6 | quoted
rtx-3070-ti | GeForce RTX 3070 Ti | | 8192 | 8.6 | lium
rtx-3080-10gb | GeForce RTX 3080 | | 10240 | 8.6 | telegraf
rtx-3080-12gb | GeForce RTX 3080 | | 12288 | 8.6 | quoted
rtx-3080-ti | GeForce RTX 3080 Ti | | 12288 | 8.6 | quoted
rtx-3090 | GeForce RTX 3090 | | 24576 | 8.6 | telegraf
rtx-3090-ti | GeForce RTX 3090 Ti | | 24564 | 8.6 | club-353
# GeForce 40
rtx-4060 | GeForce RTX 4060 | | 8188 | 8.9 | quoted
rtx-4060-ti-8gb | GeForce RTX 4060 Ti | | 8188 | 8.9 | quoted
rtx-4060-ti-16gb | GeForce RTX 4060 Ti | | 16380 | 8.9 | quoted
rtx-4070 | GeForce RTX 4070 | | 12282 | 8.9 | quoted
rtx-4070-super | GeForce RTX 4070 SUPER | | 12282 | 8.9 | quoted
rtx-4070-ti | GeForce RTX 4070 Ti | | 12282 | 8.9 | quoted
rtx-4070-ti-super | GeForce RTX 4070 Ti SUPER | | 16376 | 8.9 | quoted
rtx-4080 | GeForce RTX 4080 | | 16376 | 8.9 | quoted
rtx-4080-super | GeForce RTX 4080 SUPER | | 16376 | 8.9 | quoted
rtx-4090 | GeForce RTX 4090 | | 24564 | 8.9 | rlinf
# GeForce 50
rtx-5050 | GeForce RTX 5050 | | 8151 | 12.0 | quoted
rtx-5060 | GeForce RTX 5060 | | 8151 | 12.0 | quoted
rtx-5060-ti-8gb | GeForce RTX 5060 Ti | | 8151 | 12.0 | quoted
rtx-5060-ti-16gb | GeForce RTX 5060 Ti | | 16311 | 12.0 | quoted
rtx-5070 | GeForce RTX 5070 | | 12227 | 12.0 | libc6-shim
rtx-5070-ti | GeForce RTX 5070 Ti | | 16303 | 12.0 | quoted
rtx-5080 | GeForce RTX 5080 | | 16303 | 12.0 | quoted
rtx-5090 | GeForce RTX 5090 | | 32607 | 12.0 | club-1229
# Titan and workstation
titan-xp | TITAN Xp | | 12288 | 6.1 | nominal
titan-v | TITAN V | | 12288 | 7.0 | cs259
titan-rtx | TITAN RTX | rtx-titan | 24576 | 7.5 | quoted
quadro-rtx-4000 | Quadro RTX 4000 | | 8192 | 7.5 | akash-12
quadro-rtx-5000 | Quadro RTX 5000 | | 16384 | 7.5 | nominal
quadro-rtx-6000 | Quadro RTX 6000 | rtx-6000 | 24576 | 7.5 | akash-81
quadro-rtx-8000 | Quadro RTX 8000 | rtx-8000 | 49152 | 7.5 | quoted
rtx-a2000-6gb | RTX A2000 | a2000, a2000-6gb | 6138 | 8.6 | quoted
rtx-a2000-12gb | RTX A2000 12GB | a2000, a2000-12gb | 12282 | 8.6 | quoted
rtx-a4000 | RTX A4000 | a4000 | 16376 | 8.6 | lium
rtx-a4500 | RTX A4500 | a4500 | 20470 | 8.6 | quoted
rtx-a5000 | RTX A5000 | a5000 | 24564 | 8.6 | akash-82
rtx-a6000 | RTX A6000 | a6000 | 49140 | 8.6 | lium
rtx-2000-ada | RTX 2000 Ada Generation | | 16380 | 8.9 | quoted
rtx-4000-ada | RTX 4000 Ada Generation | | 20475 | 8.9 | quoted
rtx-4500-ada | RTX 4500 Ada Generation | | 23034 | 8.9 | lium
rtx-5000-ada | RTX 5000 Ada Generation | | 32760 | 8.9 | quoted
rtx-6000-ada | RTX 6000 Ada Generation | rtx-6000 | 49140 | 8.9 | lium
rtx-pro-4000 | RTX PRO 4000 Blackwell | | 24467 | 12.0 | quoted
rtx-pro-4500 | RTX PRO 4500 Blackwell | | 32623 | 12.0 | quoted
rtx-pro-5000-48gb | RTX PRO 5000 Blackwell | | 48935 | 12.0 | quoted
rtx-pro-6000 | RTX PRO 6000 Blackwell | RTX PRO 6000 Max-Q | 97887 | 12.0 | telegraf
# Jetson: one memory for processor and GPU
jetson-nano | NVIDIA Tegra X1 | jetson-nano-4gb | 3963 | 5.3 | tegra-docker
jetson-tx2 | NVIDIA Tegra X2 | jetson-tx2-8gb, tx2 | 7842 | 6.2 | tx2
jetson-xavier-nx-8gb | Jetson Xavier NX | xavier-nx | 7764 | 7.2 | xavier-nx
jetson-agx-xavier-16gb | Jetson AGX Xavier 16GB | agx-xavier-16gb | 15692 | 7.2 | xavier-16
jetson-agx-xavier-32gb | Jetson AGX Xavier 32GB | agx-xavier-32gb | 32768 | 7.2 | nominal
jetson-orin-nano-8gb | Jetson Orin Nano | orin-nano | 7618 | 8.7 | orin-8
jetson-orin-nx-8gb | Jetson Orin NX 8GB | orin-nx-8gb | 7618 | 8.7 | orin-8
jetson-orin-nx-16gb | Jetson Orin NX 16GB | orin-nx-16gb | 15388 | 8.7 | orin-16
jetson-agx-orin-32gb | Jetson AGX Orin 32GB | agx-orin-32gb | 30623 | 8.7 | orin-32
jetson-agx-orin-64gb | Jetson AGX Orin 64GB | agx-orin-64gb | 62841 | 8.7 | orin-64
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

# MiB that a process takes on the card besides its tensors, where it is not `cards.CONTEXT_MIB`.
_MEASURED = "measured, torch 2.11, CUDA 13.0, driver 580: docs/measured.md"
_SAME_CHIP = "as measured on the H100 and the H200, which have the same chip"
_GUESSED = "no measurement found; estimate between 500 and 600 MiB"
CONTEXTS: dict[str, tuple[int, str]] = {
    "rtx-6000-ada": (426, f"measured, torch 2.10: {_GITHUB}unslothai/unsloth-zoo/pull/1053"),
    "b200": (600, f"measured: {_GITHUB}Datura-ai/lium-io, PROBE_CUDA_CONTEXT_MB"),
    "l4": (550, _GUESSED),
    "h100": (762, _MEASURED),
    "h100-pcie": (762, _SAME_CHIP),
    "h100-nvl": (762, _SAME_CHIP),
    "h200": (762, _MEASURED),
    "gh200": (762, _SAME_CHIP),
}

# MiB of the context that a process without cuBLAS does without, by the same measurements.
CUBLAS_CONTEXTS = dict.fromkeys(("h100", "h100-pcie", "h100-nvl", "h200", "gh200"), 126)

# MiB of context and libraries together, fitted to measurements of the stacks of 2021.
CALIBRATED_2021: dict[str, int] = {"k80": 463, "v100-16gb": 1334, "rtx-3090": 1374}

# Streaming multiprocessors, where a source was found: as counted, or as CUDA cores / 128.
_CORES = (
    f"{_GITHUB}CYBIRD-D/How-to-Choose-your-LLM-Model-for-translation Nvidia_GPU_Specification.md"
)
CORES_PER_MULTIPROCESSOR = 128  # compute capability 8.6 and 8.9
MULTIPROCESSORS_FROM_CORES = f"CUDA cores / {CORES_PER_MULTIPROCESSOR}: {_CORES}"
CORES: dict[str, int] = {
    "rtx-3050-6gb": 2304,
    "rtx-3050-8gb": 2560,
    "rtx-3060-8gb": 3584,
    "rtx-3060-12gb": 3584,
    "rtx-3060-ti": 4864,
    "rtx-3070": 5888,
    "rtx-3070-ti": 6144,
    "rtx-3080-10gb": 8704,
    "rtx-3080-12gb": 8960,
    "rtx-3080-ti": 10240,
    "rtx-3090": 10496,
    "rtx-3090-ti": 10752,
    "rtx-4060": 3072,
    "rtx-4060-ti-8gb": 4352,
    "rtx-4060-ti-16gb": 4352,
    "rtx-4070": 5888,
    "rtx-4070-super": 7168,
    "rtx-4070-ti": 7680,
    "rtx-4070-ti-super": 8448,
    "rtx-4080": 9728,
    "rtx-4080-super": 10240,
    "rtx-4090": 16384,
}
MULTIPROCESSORS: dict[str, tuple[int, str]] = {
    "t4": (40, "https://chiemon.github.io/2024/12/25/%E6%98%BE%E5%8D%A1%E4%BF%A1%E6%81%AF.html"),
    "a100-40gb": (108, f"{_GITHUB}bottlerocket-os/bottlerocket/pull/3873"),
    "b200": (148, f"{_GITHUB}pytorch/ao/pull/4002"),
    "rtx-2080-ti": (68, f"{_GITHUB}10gic/vanitygen-plusplus/issues/15"),
    "jetson-nano": (1, f"{_GITHUB}Technica-Corporation/Tegra-Docker/issues/12"),
    "jetson-agx-orin-64gb": (16, f"{_GITHUB}tmcdonell/cuda/issues/77"),
}
