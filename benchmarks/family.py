"""The processes of a server: itself, its fork server, and a worker for each loaded model."""

from collections.abc import Iterable

import psutil

ZYGOTE = "pipelines.engine.zygote"


def zygotes(server: int) -> list[psutil.Process]:
    """The fork servers of the process `server`: one, if all is well."""
    return [each for each in children(server) if ZYGOTE in command(each)]


def workers(server: int) -> list[psutil.Process]:
    """The processes that hold a model each, or are about to load one."""
    return [worker for each in zygotes(server) for worker in children(each.pid)]


def tree(server: int) -> list[psutil.Process]:
    """`server` and all its descendants."""
    try:
        top = psutil.Process(server)
        return [top, *top.children(recursive=True)]
    except psutil.Error:
        return []


def children(pid: int) -> list[psutil.Process]:
    try:
        return [each for each in psutil.Process(pid).children() if not is_zombie(each)]
    except psutil.Error:
        return []


def is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def private(processes: Iterable[psutil.Process]) -> int:
    """Bytes that would be free if any one of these ended (USS), summed.

    Pages that two of them share count nowhere; those of a file that one alone maps do count.
    """
    return sum(map(uss, processes))


def taken(processes: Iterable[psutil.Process]) -> int:
    """Bytes that these take together: each page shared by n processes counts an nth (PSS)."""
    return sum(map(pss, processes))


def uss(process: psutil.Process) -> int:
    """0 for one that is gone."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def pss(process: psutil.Process) -> int:
    """0 for one that is gone; USS where the system counts no shares."""
    try:
        info = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(info, "pss", info.uss))


def survivors(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; a process that took over an id is another one."""
    return [each for each in processes if each.is_running() and not is_zombie(each)]
