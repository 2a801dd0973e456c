"""Threads of the compiled engine: none is left to be forked, or to be waited for."""

import os
import subprocess
import sys

import pytest

from helpers import with_kernel

BEGIN = """
import os, signal, threading, time
import numpy as np
from chainrule import SGD, NeuralNet, train_epochs
from chainrule.training import engines

engines.usable_processors = lambda: 2
rng = np.random.default_rng(0)
X, y = rng.normal(size=(600, 70)).astype(np.float32), rng.integers(10, size=600)

def trained(threads=2, epochs=10, seed=0):
    net = NeuralNet(70, 50, 10, seed=seed)
    train_epochs(net, X, y, SGD(epochs=epochs, batch_size=200), engine="compiled", threads=threads)
    return [p.tobytes() for p in net.parameters.values()]

def in_a_fork():
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a child that hangs fails, and does not stay
        os._exit(0 if trained() == alone else 1)
    return os.waitpid(child, 0)[1]

alone = trained(threads=1)
assert trained() == alone
"""
FORKED = """
assert in_a_fork() == 0
going_on = threading.Thread(target=trained, kwargs={"epochs": 100})
going_on.start()
assert [in_a_fork() for _ in range(3)] == [0, 0, 0]
going_on.join()
assert trained() == alone
"""
AT_ONCE = """
expected = [trained(1, seed=seed) for seed in range(4)]
results = [None] * 4
def train(seed):
    results[seed] = trained(seed=seed)
threads = [threading.Thread(target=train, args=(seed,)) for seed in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert results == expected
"""
INTERRUPTED = """
def threads_of_process():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored, as behind a shell
before = threads_of_process()
timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
timer.start()
try:
    trained(epochs=10**6)
except KeyboardInterrupt:
    pass
else:
    raise AssertionError("not interrupted")
timer.join()
for _ in range(100):  # a thread that has ended is gone a little later
    if threads_of_process() <= before:
        break
    time.sleep(0.05)
else:
    raise AssertionError("threads are left")
assert trained() == alone
"""


@with_kernel
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_trainings_that_are_forked_at_once_or_interrupted_leave_no_thread_behind() -> None:
    script = BEGIN + AT_ONCE + INTERRUPTED + FORKED
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
