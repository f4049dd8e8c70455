"""The kernel's syntax-bending macros, as data: what they are, never what they mean to a rule.

Attribute macros are those whose `#define` in the kernel's headers is `__attribute__` or nothing;
the shape of a heading finds the rest.
"""

from __future__ import annotations

import re

#: Attribute macros without arguments, and compiler keywords that only qualify.
ATTRIBUTES = frozenset(
    b"""
    ____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp
    __acquires_ret __aligned_largest __always_inline __always_unused __always_used
    __assume_kmalloc_alignment __assume_page_alignment __assume_slab_alignment
    __attribute_const__ __bitwise __bitwise__ __bpf_kfunc __bss_decrypted __bss_pgtbl
    __cacheline_aligned __cacheline_aligned_in_smp __capability __cold __compat_packed __const
    __cpuidle
    __data_racy __deprecated __designated_init __devexit __devinit __devinitdata
    __disable_sanitizer_instrumentation __efi_init __efiapi __exception_irq_entry __exit
    __exit_call __exitdata __exitused __extension__ __fix_address __flatten __force __forceinline
    __function_aligned __gnu_inline __gpu_initdata __head __hot __idmap __init __init_memblock
    __init_or_acpilib __init_or_cpufreq __init_or_module __init_task_data __initconst
    __initconst_or_module __initdata __initdata_memblock __initdata_or_acpilib
    __initdata_or_meminfo __initdata_or_module __inline __inline__ __inline_maybe_unused
    __init_rodata __iomem __irq_entry __kernel __kprobes __latent_entropy __little_endian_bitfield
    __lockfunc __long_aligned __lsm_ro_after_init __malloc __maybe_unused __meminit __meminitconst
    __meminitdata __module_memory_align __must_check __naked __net_exit __net_init __net_initconst
    __net_initdata __no_caller_saved_registers __no_context_analysis __no_kasan_or_inline
    __no_kcsan __no_kmsan_checks __no_kstack_erase __no_profile __no_randomize_layout
    __no_sanitize_address __no_sanitize_coverage __no_sanitize_memory __no_sanitize_or_inline
    __no_sanitize_thread __no_sanitize_undefined __no_stack_protector __nocast __nocfi
    __nocfi_generic __noclone __noendbr __noinitretpoline __noipa __noinstr_section __nonstring
    __nonstring_array __noreturn __noretpoline __nosavedata __noscs __notrace_funcgraph __packed
    __packed2__ __page_aligned_bss __page_aligned_data __percpu __percpu_seg_override
    __preserve_most __private __pure __randomize_layout __rcu __read_mostly __ref __refconst
    __refdata __restrict __restrict__ __retain __ro_after_init __safe __sched __seg_fs __seg_gs
    __signed_wrap __softirq_entry __syscall __tracepoint_string __uninitialized __unused __used
    __user __vdso_data_page __visible __weak __xipram
    """.split()
)

#: Attribute macros that do not start with two underscores.
PLAIN_ATTRIBUTES = frozenset(
    b"""
    FORCE_INLINE FORCE_INLINE_TEMPLATE FORCE_NOINLINE INDIRECT_CALLABLE_SCOPE MEM_STATIC
    STATIC_IFN_KUNIT TC_INDIRECT_SCOPE UNUSED_ATTR VISIBLE_IF_KUNIT XZ_EXTERN ZSTDLIB_API
    asmlinkage debug_noinline forceinline noinline noinline_for_kasan noinline_for_stack
    noinline_for_tracing noinstr nokprobe_inline notrace randomize_layout
    """.split()
)

#: Attribute macros with arguments.
CALLED_ATTRIBUTES = frozenset(
    b"""
    __acquire __acquires __acquires_shared __alias __aligned __alloc_size __alloc_size__
    __assume_aligned __attribute __attribute__ __cleanup __compiletime_error
    __compiletime_warning __cond_acquires __cond_lock __context_unsafe __copy __counted_by
    __counted_by_be __counted_by_le __counted_by_ptr __declspec __diagnose_as __free __guarded_by
    __malloc __mode __must_hold __must_hold_shared __must_not_hold __pass_dynamic_object_size
    __pass_object_size __printf __protected_by __pt_guarded_by __realloc_size __releases
    __releases_shared __scanf __section
    """.split()
)

#: Of those, the ones that also stand without arguments, and those that run code at scope end.
ATTRIBUTES_EITHER_WAY = frozenset({b"__attribute__", b"__malloc", b"__aligned"})
CLEANUPS = frozenset({b"__free", b"__cleanup"})

#: Statements, not attributes, though also attribute names where they are called with a `;`.
STATEMENT_ANNOTATIONS = frozenset({b"__acquire", b"__release", b"__cond_lock"})

#: Calls whose value is that of their first argument, for a branch.
HINTS = frozenset({"likely", "unlikely", "__builtin_expect", "__builtin_expect_with_probability"})

#: Names with two underscores in front that are types, keywords or values.
TYPE_SHAPE = re.compile(
    rb"__(?:[us](?:8|16|32|64|128)|[bl]e(?:16|32|64|128)|\w+_t|int128|int64|u?int\d+|uint"
    rb"|sum16|wsum|virtio\w*|typeof\w*|auto_type|builtin\w*|signed(?:__)?|volatile(?:__)?"
    rb"|asm(?:__)?|const(?:__)?|kernel_\w+|func__|hc\w*|fs\w*|va_list|poll_t|vector\w*|float128"
    rb"|label__|complex__|real__|imag__|alignof(?:__)?|thread|m128i?|m256i?)"
)

#: Words that start a declaration or a type and are no attribute.
STORAGE = frozenset(b"static extern inline register typedef const volatile restrict auto".split())
BASIC_TYPES = frozenset(b"void char short int long float double signed unsigned bool _Bool".split())
TAGS = frozenset(b"struct union enum".split())
SPECIFIERS = STORAGE | BASIC_TYPES | TAGS
KEYWORDS = frozenset(
    b"""
    if else for while do switch case default return goto break continue sizeof typeof struct union
    enum typedef _Static_assert static_assert offsetof _Generic __typeof__ __attribute__
    asm __asm__ __asm
    """.split()
)
RESERVED = KEYWORDS | SPECIFIERS

#: Keywords in front of a parenthesis after which a type is no macro argument.
TYPE_OPERATORS = frozenset(
    b"""
    sizeof return if while for switch case else do typeof __typeof__ __typeof _Generic
    """.split()
)

#: Functions that take a macro's name as the word in front of their parameters: what the macro
#: calls them and passes to them, by arch/x86/include/asm/idtentry.h.
_REGS = (("struct pt_regs *", "regs"),)
HEADINGS: tuple[tuple[re.Pattern[bytes], tuple[tuple[str, str], ...]], ...] = (
    (re.compile(rb"DEFINE_IDTENTRY\w*ERRORCODE"), (*_REGS, ("unsigned long", "error_code"))),
    (re.compile(rb"DEFINE_IDTENTRY_(?:DF|VC\w*)"), (*_REGS, ("unsigned long", "error_code"))),
    (re.compile(rb"DEFINE_IDTENTRY_(?:IRQ|RAW_IRQ)"), (*_REGS, ("u32", "vector"))),
    (re.compile(rb"DEFINE_(?:IDTENTRY|FREDENTRY)\w*"), _REGS),
)

#: Headings whose arguments are the name, then type and name of each parameter.
PAIRED_HEADING = re.compile(rb"\w*SYSCALL\w*_DEFINE\d|BPF_CALL_\d|NOTRACE_BPF_CALL_\d")

#: What a heading's macro puts in front of the name, by include/linux/syscalls.h and compat.h:
#: the function of the bare name, if there is one, is another.
PREFIXES = (
    (re.compile(rb"COMPAT_SYSCALL\w*_DEFINE\d"), b"compat_sys_"),
    (re.compile(rb"SYSCALL\w*_DEFINE\d"), b"sys_"),
)

#: Macros of statements, by name, in front of the statement they govern.
SCOPED = re.compile(rb"\w*scoped_(?:\w+_)?guard|scoped_\w+|with_\w+|\w*_scoped\w*|scoped_class")
COND_GUARD = re.compile(rb"scoped_cond_guard")
IF_GUARD = re.compile(rb"(?:if|IF|unless)_\w+")

#: File-scope macros that declare the variable named by one of their arguments.
PER_CPU = re.compile(rb"(DEFINE|DECLARE)_(?:\w+_)?PER_CPU\w*")
DECLARING = re.compile(
    rb"(?:DEFINE|DECLARE)_\w+|\w+_HEAD|(?:EXTERN_)?DECLARE\w*|\w*NOTIFIER_HEAD\w*|DEVICE_ATTR\w*"
)
