"""What a student's code can find, write and reach; each prints what it got as JSON.

They are text, so that the same code runs behind the walls and, as a control, outside.
"""

FILES = """
import json, os
def read(path):
    try:
        with open(path, "rb") as file: return len(file.read(1000))
    except OSError: return None
print(json.dumps({path: read(path) for path in PATHS}))
"""

TREE = """
import json, os
found = []
for folder, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in ("/proc", "/usr", "/sys")]
    found += [os.path.join(folder, f) for f in files if f.endswith((".ipynb", ".db", ".py"))]
print(json.dumps([f for f in found if "site-packages" not in f and "/lib/python" not in f]))
"""

ENVIRONMENT = """
import json, os
print(json.dumps(dict(os.environ)))
"""

PROCESSES = """
import json, os
seen = {}
for name in os.listdir("/proc"):
    if name.isdigit():
        try: seen[name] = open(f"/proc/{name}/cmdline").read()
        except OSError as error: seen[name] = str(error)
print(json.dumps(seen))
"""

MEMORY = """
import ctypes, hashlib, json
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # may be read by itself
found = {name: 0 for name in SECRETS}
def look(piece):
    for name, (begins, length, digest) in SECRETS.items():
        at = piece.find(begins.encode())
        while at >= 0:
            rest = piece[at + len(begins) : at + len(begins) + length]
            found[name] += hashlib.sha256(rest).hexdigest() == digest
            at = piece.find(begins.encode(), at + 1)
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
    for line in maps:
        place, rights = line.split()[:2]
        if "rw" not in rights: continue  # what was not written holds nobody's secret
        start, end = (int(x, 16) for x in place.split("-"))
        try:
            memory.seek(start)
            while start < end:
                piece = memory.read(min(end - start, 1 << 24))
                if not piece: break
                look(piece)
                start += len(piece)
        except OSError: continue
print(json.dumps(found))
"""

WRITING = """
import json, os
def write(path):
    try:
        with open(path, "w") as file: file.write("was here")
        return True
    except OSError: return False
print(json.dumps({path: write(path) for path in PATHS}))
"""

CALLS = """
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return [result, ctypes.get_errno()]
NULL = None
print(json.dumps({
    "unshare a user namespace": call(272, 0x10000000),
    "unshare a mount namespace": call(272, 0x20000),
    "setns": call(308, 0, 0),
    "mount": call(165, b"none", b"/tmp", b"tmpfs", 0, NULL),
    "umount2": call(166, b"/tmp", 2),
    "pivot_root": call(155, b"/tmp", b"/tmp"),
    "chroot": call(161, b"/tmp"),
    "ptrace": call(101, 16, os.getppid() or 1, 0, 0),
    "process_vm_readv": call(310, 1, NULL, 0, NULL, 0, 0),
    "pidfd_getfd": call(438, 0, 0, 0),
    "bpf": call(321, 0, NULL, 0),
    "perf_event_open": call(298, NULL, 0, -1, -1, 0),
    "keyctl": call(250, 0, 0),
    "add_key": call(248, b"user", b"x", b"y", 1, -2),
    "io_uring_setup": call(425, 8, NULL),
    "userfaultfd": call(323, 0),
    "open_by_handle_at": call(304, -100, NULL, 0),
    "kexec_load": call(246, 0, 0, NULL, 0),
    "init_module": call(175, NULL, 0, b""),
    "personality": call(135, 0xffffffff),
    "setuid to root": [os.getuid() and libc.setresuid(0, 0, 0), 1],
    "clone3": call(435, NULL, 0),
    "clone with a user namespace": call(56, 0x10000000 | 17, 0, 0, 0, 0),
}))
"""

STATUS = """
import json
wanted = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Uid")
with open("/proc/self/status") as file:
    lines = dict(line.rstrip().split(":", 1) for line in file)
print(json.dumps({name: lines[name].strip() for name in wanted}))
"""

DESCRIPTORS = """
import json, os
print(json.dumps({fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                  if os.path.lexists(f"/proc/self/fd/{fd}")}))
"""

REACH = """
import json, socket
def reach(family, address):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as made:
            made.settimeout(1)
            made.connect(address)
        return True
    except OSError: return False
print(json.dumps({
    "by network": reach(socket.AF_INET, ("127.0.0.1", PORT)),
    "by abstract name": reach(socket.AF_UNIX, "\\0" + NAME),
    "by path": reach(socket.AF_UNIX, PATH),
}))
"""

SIGNALS = """
import json, os, signal
sent = {}
for process in (-1, os.getppid(), *range(2, 400)):
    try:
        if process not in (0, 1): os.kill(process, signal.SIGKILL); sent[process] = True
    except OSError: pass
print(json.dumps(sent))
"""

LEAVE = """
import json, os, socket
from multiprocessing import shared_memory
open("/tmp/left", "w").write("left by the first")
open("/dev/shm/left", "w").write("left by the first")
print(json.dumps(sorted(os.listdir("/tmp") + os.listdir("/dev/shm"))))
"""

FIND = """
import json, os
print(json.dumps(sorted(os.listdir("/tmp") + os.listdir("/dev/shm"))))
"""
