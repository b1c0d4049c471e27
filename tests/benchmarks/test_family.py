"""Processes of a server, told apart and weighed."""

import os
import subprocess
import sys

import psutil

from benchmarks import family, noise

SLEEP = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"]
BOTH = f"import subprocess, sys; subprocess.run({SLEEP!r})"


def test_workers_are_the_children_of_a_fork_server() -> None:
    command = [sys.executable, "-c", BOTH, family.ZYGOTE]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as zygote:
        assert zygote.stdout
        zygote.stdout.readline()
        found = family.workers(os.getpid())
        assert [each.pid for each in family.zygotes(os.getpid())] == [zygote.pid]
        assert [each.ppid() for each in found] == [zygote.pid]
        assert {each.pid for each in family.tree(zygote.pid)} == {zygote.pid, found[0].pid}
        assert 0 < family.private(found) <= family.taken(found)
        assert noise.read_family(5.0).own >= noise.read().own + 5.0
        assert family.survivors(found) == found
        found[0].kill()
        zygote.communicate()
    assert family.survivors(found) == []
    assert family.private(found) == family.taken(found) == 0
    assert noise.spent(found[0]) == 0


def test_of_a_process_that_is_gone_nothing_is_left() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        gone = psutil.Process(process.pid)
        process.wait()
    assert family.tree(process.pid) == []
    assert family.workers(process.pid) == []
    assert family.command(gone) == []
