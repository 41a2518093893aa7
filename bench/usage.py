"""What processes use, read from /proc: processor time and memory."""

import os
from contextlib import suppress
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    user, system = _fields(pid)[11:13]
    return (int(user) + int(system)) * TICK


def processor_with_children(pid: int) -> float:
    """The same with its children, those that have ended included."""
    user, system, ended_user, ended_system = _fields(pid)[11:15]
    return sum(map(int, (user, system, ended_user, ended_system))) * TICK + sum(_each(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """Children of a process."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                if _fields(int(process.name))[1] == str(pid):
                    found.append(int(process.name))
    return found


def _each(pid: int) -> float:
    try:
        return processor(pid)
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return 0


def memory(pid: int) -> int:
    """Bytes that a process holds, what it shares counted in parts (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError("The kernel does not say how much memory a process holds.")
