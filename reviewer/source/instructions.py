"""What x86 instructions read and write: registers, flags and memory.

The table is our own, written after the instruction set reference (Intel SDM volume 2, AMD APM
volume 3) and checked against a decoder for every instruction of the kernel's assembly
(tests/real/test_instructions.py). An instruction that is not in it has unknown effects. Vector
instructions follow a rule: the last operand is written, and in the forms without `v` also read.

Not modelled: single flags (`rflags` is one), x87 state, MXCSR, model-specific registers, the
direction flag's effect on string instructions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct, field

from reviewer.source.registers import FLAGS, GENERAL, REGISTERS
from reviewer.source.types import Expr, Kind

NONE: frozenset[str] = frozenset()


class Effects(Struct, frozen=True):
    """Registers by family (`rax` for `al`), memory by operand.

    `kills` are the written registers of which nothing of the old value is left; a write of 8 or
    16 bits, or one that may not happen, kills nothing. `addresses` are memory operands that are
    neither read nor written (`lea`). With `unknown` the rest holds only what the operands show.
    """

    reads: frozenset[str] = NONE
    writes: frozenset[str] = NONE
    kills: frozenset[str] = NONE
    loads: tuple[Expr, ...] = ()
    stores: tuple[Expr, ...] = ()
    addresses: tuple[Expr, ...] = ()
    unknown: bool = False


class _Form(Struct, frozen=True):
    """Access to each operand: r read, w write, m both, c may be written, a address only.

    `reads` and `writes` are implicit; a form for fewer operands than given takes the last ones.
    """

    access: str
    reads: frozenset[str] = NONE
    writes: frozenset[str] = NONE


def _form(access: str, reads: str = "", writes: str = "") -> _Form:
    return _Form(access, frozenset(reads.split()), frozenset(writes.split()))


_F = FLAGS
#: Access by operands and what is touched besides, for mnemonics without a size suffix.
_TABLE: dict[str, _Form] = {}


def _define(names: str, access: str, reads: str = "", writes: str = "") -> None:
    _TABLE.update(dict.fromkeys(names.split(), _form(access, reads, writes)))


_define("mov movabs movbe movnti movz movs movzx movsx movsxd movd movq movslq", "rw")
_define("lea", "aw")
_define("add sub and or xor", "rm", "", _F)
_define("adc sbb adcx adox", "rm", _F, _F)
_define("cmp test", "rr", "", _F)
_define("bt", "rr", "", _F)
_define("bts btr btc", "rm", "", _F)
_define("inc dec neg", "m", "", _F)
_define("not bswap", "m")
_define("shl shr sal sar rol ror", "rm", "", _F)
_define("rcl rcr", "rm", _F, _F)
_define("shld shrd", "rrm", "", _F)
_define("bsf bsr", "rm", "", _F)
_define("tzcnt lzcnt popcnt", "rw", "", _F)
_define("andn", "rrw", "", _F)
_define("bzhi bextr", "rrw", "", _F)
_define("rorx sarx shlx shrx pdep pext", "rrw")
_define("mulx", "rww", "rdx")
_define("crc32", "rm")
_define("xchg", "mm")
_define("xadd", "mm", "", _F)
_define("cmpxchg", "rm", "rax", f"rax? {_F}")
_define("cmpxchg8b", "m", "rax rbx rcx rdx", f"rax? rdx? {_F}")
_define("cmpxchg16b", "m", "rax rbx rcx rdx", f"rax? rdx? {_F}")
_define("mul", "r", "rax", f"rax rdx {_F}")
_define("div idiv", "r", "rax rdx", f"rax rdx {_F}")
_define("cdq cltd cqo cqto cwd cwtd", "", "rax", "rdx")
_define("cdqe cltq cwde cwtl cbw cbtw", "", "rax", "rax")
_define("push", "r", "rsp", "rsp")
_define("pop", "w", "rsp", "rsp")
_define("pushf", "", f"rsp {_F}", "rsp")
_define("popf", "", "rsp", f"rsp {_F}")
_define("pusha pushal pushaw", "", "rax rcx rdx rbx rsp rbp rsi rdi", "rsp")
_define("popa popal popaw", "", "rsp", "rax rcx rdx rbx rsp rbp rsi rdi")
_define("leave", "", "rbp", "rsp rbp")
_define("ret lret", "r", "rsp", "rsp")
_define("iret sysret_", "", "rsp", f"rsp {_F}")
_define("cpuid", "", "rax rcx", "rax rbx rcx rdx")
_define("rdmsr rdpmc xgetbv", "", "rcx", "rax rdx")
_define("wrmsr wrmsrns xsetbv", "", "rax rcx rdx")
_define("rdtsc", "", "", "rax rdx")
_define("rdtscp", "", "", "rax rcx rdx")
_define("rdpid rdgsbase rdfsbase", "w")
_define("wrgsbase wrfsbase", "r")
_define("rdrand rdseed", "w", "", _F)
_define("rdssp rdsspq rdsspd", "m")
_define("incsspq incsspd", "r")
_define("in", "rw")
_define("out", "rr")
_define("lahf", "", _F, "rax?")
_define("sahf", "", "rax", _F)
_define("cli sti clc stc cmc cld std clac stac", "", "", _F)
_define("syscall", "", _F, f"rcx r11 {_F}")
_define("sysret", "", "rcx r11", _F)
_define("sysexit", "", "rcx rdx")
_define("sysenter swapgs hlt nop pause fnop int3 ud2 ud2a ud0 serialize", "")
_define("ud1", "rr")
_define("wbinvd wbnoinvd invd clts mfence lfence sfence endbr64 endbr32", "")
_define("lgdt lidt lldt ltr lmsw", "r")
_define("sgdt sidt sldt str smsw", "w")
_define("lss lds les lfs lgs", "rw")
_define("lar lsl", "rc", "", _F)
_define("verw verr", "r", "", _F)
_define(
    "invlpg clflush clflushopt clwb prefetchnta prefetcht0 prefetcht1 prefetcht2 prefetchw", "a"
)
_define("cldemote nopl", "a")
_define("invpcid invept invvpid", "rr", "", "")
_define("monitor", "", "rax rcx rdx")
_define("mwait", "", "rax rcx")
_define("vmload vmsave", "r", "rax")
_define("vmrun", "r", f"rax {_F}")
_define("vzeroall", "", "", " ".join(f"zmm{number}" for number in range(16)))
_define("vzeroupper", "", "", " ".join(f"zmm{number}?" for number in range(16)))
_define("emms", "")
_define("loop", "r", "rcx", "rcx")
_define("loope loopz loopne loopnz", "r", f"rcx {_F}", "rcx")
_define("jcxz jecxz jrcxz", "r", "rcx")
_define("stos", "", "rax rdi", "rdi")
_define("lods", "", "rsi", "rax? rsi")
_define("movs_string", "", "rsi rdi", "rsi rdi")
_define("scas", "", "rax rdi", f"rdi {_F}")
_define("cmps_string", "", "rsi rdi", f"rsi rdi {_F}")
_define("ptest vptest ucomiss ucomisd comiss comisd vucomiss vcomiss", "rr", "", _F)
_define("ldmxcsr vldmxcsr", "r")
_define("stmxcsr vstmxcsr", "w")
_define("vmread", "rw", "", _F)
_define("vmwrite", "rr", "", _F)
_define("vmptrld vmclear vmxon", "r", "", _F)
_define("vmptrst", "w", "", _F)
_define("kortestb kortestw kortestd kortestq ktestb ktestw ktestd ktestq", "rr", "", _F)
_define("fxsave fxsave64 xsave xsaveopt", "w")
_define("fxrstor fxrstor64 xrstor", "r")
_define("sha256rnds2", "rm", "zmm0")
_define("pblendvb blendvps blendvpd", "rm", "zmm0")

_STRING = re.compile(r"(movs|cmps|stos|lods|scas)([bwlqd])")
_EXTEND = re.compile(r"mov[sz][bwl][wlq]?")
_CONDITION = r"(?:n?[abglospez]|n?[abgl]e|n?c|p[eo]|np)"
_CMOV = re.compile(rf"cmov{_CONDITION}[wlq]?")
_SETCC = re.compile(rf"set{_CONDITION}b?")
_JCC = re.compile(rf"j{_CONDITION}")
_SSE_WRITES = re.compile(
    r"mov(?:[ahlu]p[sd]|dq[au]|nt\w+|lhps|hlps|dq2q|q2dq|ddup|sh?ldup|msk\w+)|pmov\w+|pshuf[dhl]w?|"
    r"pabs\w|pextr\w|aesimc|aeskeygenassist|cvt\w+|lddqu|sqrt\w+|rcpps|rsqrtps"
)
_SSE = re.compile(
    r"p(?:add|sub|and|andn|or|xor|mul|madd|cmp|max|min|sll|srl|sra|shufb|unpck|ack|lend|insr|align|"
    r"sign|sad|avg|hadd|blend|clmul)\w*|punpck\w+|(?:aes|sha1|sha256)\w+|gf2p8\w+|"
    r"(?:add|sub|mul|div|and|andn|or|xor|min|max|unpck[hl]|shuf|cmp)[ps][sd]"
)
_VECTOR_MODIFIES = re.compile(r"vpternlog\w|vperm[it]2\w+|vfn?m(?:add|sub)\w+|vpdp\w+|vpmadd52\w+")
_VECTOR = re.compile(
    r"v(?:p|aes|gf2p8|mov|min|max|mul|mask|broadcast|extract|insert|shuf|perm|blend|add|sub|div|and|"
    r"or|xor|unpck|cvt|sqrt|round|align|compress|expand|gather|rcp|rsqrt|scalef|dbp|hadd)\w+|"
    r"k(?:mov|add|and|or|xor|xnor|not|shift|unpck)\w+"
)
#: Written as a zero whatever the operand held.
_ZEROING = re.compile(r"xor[bwlq]?|sub[bwlq]?|v?pxor[dq]?|v?xorp[sd]")
#: Instructions that store to the stack.
_PUSHING = ("push", "call", "enter", "int")
_REPEATED = ("rep", "repe", "repz", "repne", "repnz")


class _Taken(Struct):
    """The effects being gathered."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    kills: set[str] = field(default_factory=set)
    loads: list[Expr] = field(default_factory=list)
    stores: list[Expr] = field(default_factory=list)
    addresses: list[Expr] = field(default_factory=list)

    def operand(self, operand: Expr, access: str) -> None:
        """Takes account of one operand."""
        match operand.kind:
            case Kind.REGISTER:
                self._register(operand.name, access)
            case Kind.MEMORY:
                self._memory(operand, access)
            case Kind.INDEX:
                zeroing = operand.name == "{z}"
                written = access in "wm"
                self.operand(operand.args[1], "r")
                merges = written and not zeroing and operand.args[0].kind is Kind.REGISTER
                self.operand(operand.args[0], "m" if merges else access)
            case Kind.UNARY if operand.name == "*":
                self.operand(operand.args[0], "r")
            case _:
                pass

    def _register(self, name: str, access: str) -> None:
        found = REGISTERS.get(name)
        family = found.family if found else name
        if access in "rm":
            self.reads.add(family)
        if access in "wmc":
            self.writes.add(family)
            partial = family in GENERAL and found is not None and found.width < 32
            if access != "c" and not partial:
                self.kills.add(family)
            elif access == "c" and found is not None and found.width == 32:
                self.reads.add(family)
        if family[:2] in ("cr", "dr"):
            self.writes.add(FLAGS)

    def _memory(self, operand: Expr, access: str) -> None:
        for part in operand.args[1:3]:
            if part.kind is Kind.REGISTER and part.name not in ("rip", "eip"):
                self._register(part.name, "r")
        if access in "rm":
            self.loads.append(operand)
        if access in "wmc":
            self.stores.append(operand)
        if access == "a":
            self.addresses.append(operand)

    def implicit(self, form: _Form) -> None:
        """Takes account of what the operands do not show; `x?` may be written."""
        self.reads |= form.reads
        for name in form.writes:
            self.writes.add(name.rstrip("?"))
            if not name.endswith("?"):
                self.kills.add(name)

    def effects(self, *, unknown: bool) -> Effects:
        """What was gathered, as a value."""
        return Effects(
            frozenset(self.reads),
            frozenset(self.writes),
            frozenset(self.kills),
            tuple(self.loads),
            tuple(self.stores),
            tuple(self.addresses),
            unknown,
        )


@lru_cache(maxsize=1 << 14)
def effects(instruction: Expr) -> Effects:
    """What an INSTRUCTION reads and writes, the operands' address registers included.

    A call or jump reads its target only; what happens there is the caller's to add.
    """
    *prefixes, name = instruction.name.split() or [""]
    args = instruction.args
    form = _lookup(name, len(args))
    taken = _Taken()
    known = form is not None
    if form is None:
        form = _form("m" * len(args) if name[:1].islower() else "r" * len(args))
    if zeroes(name, args):
        taken.operand(args[-1], "w")
    else:
        for operand, access in zip(args, _access(form.access, name, args), strict=True):
            taken.operand(operand, access)
    taken.implicit(form)
    _implicit_store(name, taken)
    if any(prefix in _REPEATED for prefix in prefixes):
        taken.reads.add("rcx")
        taken.writes.add("rcx")
        taken.kills.add("rcx")
    return taken.effects(unknown=not known)


def writes_memory(instruction: Expr) -> bool:
    """Whether an INSTRUCTION stores, to the stack or elsewhere; a macro nobody defined may."""
    word = instruction.name.rpartition(" ")[2]
    taken = effects(instruction)
    return bool(taken.stores) or word.startswith(_PUSHING) or (taken.unknown and word[0].isupper())


@lru_cache(maxsize=1 << 10)
def is_known(mnemonic: str) -> bool:
    """Whether the word is an instruction of the table."""
    return mnemonic[:1].islower() and _lookup(mnemonic, 0) is not None


#: Registers that an instruction takes its operands from without naming them, in the manual's order.
IMPLICIT: Mapping[str, tuple[str, ...]] = {"wrmsr": ("rcx", "rax", "rdx")}


def width(instruction: Expr) -> int:
    """Bits an instruction works on: by its register operands, else by its suffix; 0 unknown."""
    for operand in reversed(instruction.args):
        if operand.kind is Kind.REGISTER and operand.name in REGISTERS:
            return REGISTERS[operand.name].width
    suffix = instruction.name[-1:]
    return {"b": 8, "w": 16, "l": 32, "q": 64}.get(suffix, 0)


def zeroes(name: str, args: tuple[Expr, ...]) -> bool:
    """Whether the last operand is zero after the instruction, whatever it held."""
    return (
        len(args) >= 2
        and args[0].kind is Kind.REGISTER
        and args[0] == args[-2]
        and args[0] == (args[-1] if len(args) == 2 else args[1])
        and _ZEROING.fullmatch(name) is not None
    )


def _access(access: str, name: str, args: tuple[Expr, ...]) -> str:
    """Access for as many operands as there are: the form's last ones, reads before them."""
    count = len(args)
    if name.startswith("imul"):
        return ("m", "rm", "rrw")[count - 1] if 0 < count < 4 else "r" * count
    if count == 1 and name.startswith(("in", "out")) and len(access) == 2:
        return "r"
    return access[len(access) - count :] if count <= len(access) else access.rjust(count, "r")


def _implicit_store(name: str, taken: _Taken) -> None:
    """String instructions address memory that no operand names."""
    match = _STRING.fullmatch(name)
    if match is None or taken.loads or taken.stores:
        return
    source = Expr(Kind.MEMORY, "", (_NOTHING, Expr(Kind.REGISTER, "rsi"), _NOTHING, _NOTHING))
    target = Expr(Kind.MEMORY, "", (_NOTHING, Expr(Kind.REGISTER, "rdi"), _NOTHING, _NOTHING))
    if match[1] in ("movs", "lods", "cmps"):
        taken.loads.append(source)
    if match[1] in ("scas", "cmps"):
        taken.loads.append(target)
    if match[1] in ("movs", "stos"):
        taken.stores.append(target)


_NOTHING = Expr(Kind.UNKNOWN)
_IMUL_WIDE = _form("r", "rax", f"rax rdx {_F}")
_IMUL = _form("rm", "", _F)


def _lookup(name: str, count: int) -> _Form | None:
    """The form of a mnemonic, with or without a size suffix."""
    if name.startswith("imul"):
        return _IMUL_WIDE if count == 1 else _IMUL
    if (match := _STRING.fullmatch(name)) and count == 0:
        word = match[1]
        return _TABLE[f"{word}_string" if word in ("movs", "cmps") else word]
    found = _TABLE.get(name)
    if found is None and name[-1:] in "bwlq":
        found = _TABLE.get(name[:-1])
    return found if found is not None else _patterned(name)


def _patterned(name: str) -> _Form | None:
    """The form of the families of mnemonics: conditions, extensions, vectors."""
    if _CMOV.fullmatch(name):
        return _form("rc", _F)
    if _SETCC.fullmatch(name):
        return _form("w", _F)
    if _JCC.fullmatch(name):
        return _form("r", _F)
    if _EXTEND.fullmatch(name):
        return _form("rw")
    if name.startswith(("call", "jmp", "lcall", "ljmp")):
        return _form("r", "rsp", "rsp") if "call" in name else _form("r")
    if name.startswith(("sysret", "iret", "sysexit", "ret", "lret")):
        return _TABLE.get(name[:-1])
    if _SSE_WRITES.fullmatch(name):
        return _form("rw")
    if _VECTOR_MODIFIES.fullmatch(name):
        return _form("rrm")
    if _VECTOR.fullmatch(name):
        return _form("rrw")
    return _form("rm") if _SSE.fullmatch(name) else None
