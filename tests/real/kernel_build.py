"""Objects of a kernel tree under several configurations, built out of the tree with gcc."""

from __future__ import annotations

import subprocess
from pathlib import Path

#: Switched on in every configuration: what puts the code under review into the kernel.
COMMON = ("KEXEC", "KEXEC_FILE", "HIBERNATION", "KEXEC_JUMP", "SUSPEND", "SMP", "AMD_MEM_ENCRYPT")

#: Options switched on (or with `!` off) beyond the architecture's default configuration.
CONFIGURATIONS: dict[str, tuple[str, ...]] = {
    "default": (),
    "debug-virtual": ("DEBUG_KERNEL", "DEBUG_VIRTUAL", "DEBUG_PREEMPT", "PREEMPT"),
    "kasan": ("KASAN", "KASAN_OUTLINE"),
    "kcov": ("KCOV",),
    "tracer": ("FUNCTION_TRACER", "STACKPROTECTOR", "STACKPROTECTOR_STRONG"),
    "size": ("CC_OPTIMIZE_FOR_SIZE", "!CC_OPTIMIZE_FOR_PERFORMANCE"),
    "depth-tracking": ("MITIGATION_CALL_DEPTH_TRACKING", "CALL_THUNKS_DEBUG"),
    "paravirt": ("PARAVIRT", "XEN", "XEN_PV", "HYPERVISOR_GUEST"),
}

#: Folders of the build that have to be named as such: a single object of theirs is compiled with
#: the settings of the folder above.
FOLDERS = ("arch/x86/power/",)

#: Those that the protocols under review are about, and others with windows of the rules.
OBJECTS = (
    "arch/x86/kernel/machine_kexec_64.o",
    "arch/x86/kernel/process.o",
    "arch/x86/kernel/smp.o",
    "arch/x86/kernel/smpboot.o",
    "arch/x86/power/cpu.o",
    "arch/x86/kernel/cpu/common.o",
    "arch/x86/kernel/process_64.o",
    "arch/x86/kernel/cpu/cacheinfo.o",
    "arch/x86/kernel/cpu/amd.o",
    "arch/x86/kernel/cpu/microcode/intel.o",
    "arch/x86/mm/pat/set_memory.o",
    "arch/x86/mm/mem_encrypt_amd.o",
    "arch/x86/lib/cache-smp.o",
)


def configure(tree: Path, out: Path, options: tuple[str, ...]) -> None:
    """Writes the configuration of a build folder."""
    out.mkdir(parents=True, exist_ok=True)
    make(tree, out, "x86_64_defconfig")
    words = [
        word
        for option in (*COMMON, *options)
        for word in (("-d", option[1:]) if option.startswith("!") else ("-e", option))
    ]
    script = str(tree / "scripts/config")
    subprocess.run([script, "--file", str(out / ".config"), *words], check=True)
    make(tree, out, "olddefconfig")


def make(tree: Path, out: Path, *targets: str, jobs: int = 2) -> None:
    """Runs make in the tree for a build folder; its output goes to a log there."""
    command = ["make", "-C", str(tree), f"O={out}", f"-j{jobs}", *targets]
    with (out / "make.log").open("a") as log:
        subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT)


def build(tree: Path, out: Path, options: tuple[str, ...], objects: tuple[str, ...]) -> None:
    """Configures the folder and builds the objects there, unless they stand there already."""
    if all((out / name).exists() for name in objects):
        return
    configure(tree, out, options)
    make(tree, out, "prepare")
    targets = [name for name in objects if not name.startswith(FOLDERS)]
    make(tree, out, *targets, *FOLDERS)


def options_of(out: Path) -> frozenset[str]:
    """The options that are on in a build folder, as `CONFIG_X`."""
    lines = (out / ".config").read_text().splitlines()
    return frozenset(line.partition("=")[0] for line in lines if line.endswith(("=y", "=m")))
