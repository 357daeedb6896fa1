"""The system calls that a student's process is refused; through libseccomp.

A refused call fails with EPERM, as it would for any user without rights, and harms nobody.
"""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Iterator

__all__ = ["NAMESPACES", "REFUSED", "library", "refuse"]

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
MASKED_EQUAL = 7  # of libseccomp's comparisons
SHARED_NOWHERE = 0x21  # MAP_SHARED | MAP_ANONYMOUS
FAMILIES = {1, 2, 10}  # of sockets: unix, IPv4, IPv6; others are of the machine, or load drivers
BUFFERS = (7, 8, 32, 33)  # of setsockopt's options: what waits in a socket, which no limit counts
SET_LEASE = 1024  # of fcntl's commands
NAMESPACES = (
    0x7E020080  # CLONE_NEW* of clone's flags: time, cgroup, uts, ipc, user, pid, net, mount
)
REFUSED = (
    # other processes, and their memory
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    # mounts and namespaces
    "mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_tree",
    "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    # the kernel's larger doors
    "bpf", "perf_event_open", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "userfaultfd", "keyctl", "add_key", "request_key", "open_by_handle_at", "name_to_handle_at",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "syslog",
    "fanotify_init", "lookup_dcookie", "vmsplice", "modify_ldt", "personality", "quotactl",
    # memory that belongs to no process and no file system, so that no limit counts it
    "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "io_setup",
    # the machine
    "reboot", "swapon", "swapoff", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
    "sethostname", "setdomainname", "acct", "iopl", "ioperm", "nfsservctl", "vhangup",
)  # fmt: skip


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def library() -> ctypes.CDLL:
    """libseccomp; OSError where it is not installed."""
    found = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    found.seccomp_init.restype = ctypes.c_void_p
    found.seccomp_init.argtypes = [ctypes.c_uint32]
    found.seccomp_load.argtypes = [ctypes.c_void_p]
    found.seccomp_release.argtypes = [ctypes.c_void_p]
    found.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p,
    ]  # fmt: skip
    return found


def refuse() -> None:
    """Refuse the calls above to this process and all that it starts; there is no way back.

    New namespaces are refused to clone by its flags. clone3 keeps its flags in memory, where a
    filter cannot look: it is said not to exist, and programs fall back to clone.
    """
    lib = library()
    rules = lib.seccomp_init(ALLOW)
    for name in REFUSED:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # else this processor has no such call
            _check(lib.seccomp_rule_add_array(rules, ERRNO | errno.EPERM, number, 0, None))
    clone3 = lib.seccomp_syscall_resolve_name(b"clone3")
    _check(lib.seccomp_rule_add_array(rules, ERRNO | errno.ENOSYS, clone3, 0, None))
    for name, argument, mask, value, error in _by_argument():
        number = lib.seccomp_syscall_resolve_name(name.encode())
        compared = _Comparison(argument, MASKED_EQUAL, mask, value)
        pointer = ctypes.byref(compared)
        _check(lib.seccomp_rule_add_array(rules, ERRNO | error, number, 1, pointer))
    _check(lib.seccomp_load(rules))
    lib.seccomp_release(rules)


def _by_argument() -> Iterator[tuple[str, int, int, int, int]]:
    """What is refused by an argument: call, its number, mask, value under the mask, error."""
    for bit in (1 << n for n in range(32) if NAMESPACES & 1 << n):
        yield "clone", 0, bit, bit, errno.EPERM
    for family in set(range(64)) - FAMILIES:
        yield "socket", 0, 0xFFFFFFFF, family, errno.EAFNOSUPPORT
    yield "mmap", 3, SHARED_NOWHERE, SHARED_NOWHERE, errno.EPERM  # memory that no limit counts
    for size in BUFFERS:
        yield "setsockopt", 2, 0xFFFFFFFF, size, 0  # seems to be done: it is only for speed
    yield "fcntl", 1, 0xFFFFFFFF, SET_LEASE, errno.EPERM  # others would wait to open a file


def _check(code: int) -> None:
    if code:
        raise OSError(-code, "the filter of system calls could not be set")
