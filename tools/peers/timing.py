"""Seconds of several runs, and the most memory that this process ever held."""
import time


def seconds_of(run, least, budget):
    """Each run's seconds after one that is not counted: at least `least` runs, and more while `budget` seconds are not spent."""
    run()
    times = []
    while len(times) < least or sum(times) < budget:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def peak_bytes():
    """Not getrusage, whose maximum a process inherits from the one that started it."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
