"""Kills, full disks, failing calls and allocations: whatever happens, a file is the old one or the new one in full, the error says
something, and the next run ends with the very bytes of an undisturbed one.

    python3 Tests/faults/faults.py [--short]

`--short` tries a few of each, for the test suite. Prints a table of what was tried; fails if anything was lost."""
import argparse
import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", "build")
HOST = os.path.join(ROOT, BUILD, "bin", "srq-lua")
WORK = os.path.join(ROOT, "Tests", "faults", "work.lua")
RESULT = {"save": "model.srq", "export": "export.safetensors", "upscale": "high.png", "finetune": "tuned.srq"}


class Campaign:
    def __init__(self, folder, short):
        self.folder, self.short = folder, short
        self.preload = os.path.join(folder, "interpose.so")
        self.rows, self.faults = [], []
        self.expected = {}

    def path(self, name):
        return os.path.join(self.folder, "work", name)

    # ---- Running ------------------------------------------------------------------------------------------------------------

    def start(self, job, fault=None, before=None):
        environment = dict(os.environ)
        if fault is not None:
            environment["LD_PRELOAD"] = self.preload
            environment.update({"FAULT_" + key.upper(): str(value) for key, value in fault.items()})
        return subprocess.Popen([HOST, WORK, job, self.path("")], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, errors="replace", preexec_fn=before)

    def run(self, job, fault=None, before=None):
        process = self.start(job, fault, before)
        try:
            _, message = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return "hang", ""
        return process.returncode, message.strip()

    def calls(self, job, **fault):
        """How many calls of a kind a job makes."""
        count = os.path.join(self.folder, "count")
        if os.path.exists(count):
            os.remove(count)
        self.clean()
        self.run(job, dict(fault, at=0, count=count))
        with open(count, encoding="ascii") as file:
            return int(file.read())

    def clean(self):
        for name in list(RESULT.values()) + ["run.state"] + self.leftovers():
            if os.path.exists(self.path(name)):
                os.remove(self.path(name))

    def leftovers(self):
        return [name for name in os.listdir(self.path("")) if name.endswith(".tmp") or name.startswith(".srq")]

    def bytes(self, job):
        try:
            with open(self.path(RESULT[job]), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    # ---- Judging ------------------------------------------------------------------------------------------------------------

    def wrong(self, what, reason):
        self.faults.append(f"{what}: {reason}")
        return False

    def judge(self, what, job, old, code, message, killed=False, tidy=True):
        """Whether nothing was lost: the result is the old file or the new one, and a failure said something."""
        now = self.bytes(job)
        if now not in (old, self.expected[job]):
            return self.wrong(what, "the result is neither the old file nor the new one")
        if code == "hang":
            return self.wrong(what, "does not end")
        if killed:
            return True
        if code < 0:
            return self.wrong(what, f"dies of signal {-code}: {message[-200:]}")
        if code == 0 and now != self.expected[job]:
            return self.wrong(what, "says that all is well, but the result is not there")
        if code != 0 and not message:
            return self.wrong(what, "fails without a message")
        if tidy and self.leftovers():
            return self.wrong(what, f"leaves {self.leftovers()[0]}")
        return True

    def undisturbed(self, what, job):
        """Whether the next run ends with the very bytes, and leaves nothing."""
        code, message = self.run(job)
        if code != 0:
            return self.wrong(what, f"the next run fails: {message[-200:]}")
        if self.bytes(job) != self.expected[job]:
            return self.wrong(what, "the next run ends with other bytes")
        if self.leftovers():
            return self.wrong(what, f"after the next run there is still {self.leftovers()[0]}")
        return True

    def report(self, what, tried, kept, note=""):
        self.rows.append((what, tried, kept, note))
        print(f"{what:58} {tried:5} tried, {tried - kept} at fault  {note}", flush=True)

    # ---- What is tried ------------------------------------------------------------------------------------------------------

    def kills(self, job, times):
        """kill -9 at random moments, one after the other on the same files; then the run that ends."""
        start = time.monotonic()
        self.clean()
        self.run(job)
        duration = time.monotonic() - start
        kept = ended = 0
        self.clean()
        for number in range(times):
            old = self.bytes(job)
            process = self.start(job)
            try:
                process.wait(random.uniform(0, duration * 1.05))
                ended += 1
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
            kept += self.judge(f"kill -9 of {job}, {number + 1}", job, old, process.returncode, "", killed=True)
            if process.returncode == 0:
                self.clean()
        kept -= not self.undisturbed(f"after {times} kills of {job}", job)
        self.report(f"kill -9 of {job} at random times", times, kept, f"{ended} were through before")

    def kills_while_saving(self, job, times):
        """kill -9 right at a write, fsync or rename of the result."""
        kept = 0
        for number in range(times):
            self.clean()
            old = self.bytes(job)
            process = self.start(job)
            deadline = time.monotonic() + 60
            while process.poll() is None and not self.leftovers() and time.monotonic() < deadline:
                time.sleep(0.0002)
            time.sleep(random.uniform(0, 0.002))
            process.kill()
            process.communicate()
            good = self.judge(f"kill -9 while {job} writes, {number + 1}", job, old, process.returncode, "", killed=True)
            kept += good and (number % 10 != 9 or self.undisturbed(f"after a kill while {job} writes, {number + 1}", job))
        self.report(f"kill -9 while the result of {job} is written", times, kept)

    def failing_calls(self, job, call, number, name, **more):
        """The n-th call fails, for n over all calls (or a spread of them)."""
        fault = dict(call=call, errno=number, path=self.path("") if call in ("open", "rename") else "/work/", **more)
        total = self.calls(job, **fault)
        most = 6 if self.short else 40
        points = range(1, total + 1) if total <= most else sorted({1 + total * k // most for k in range(most)} | {total})
        tried = kept = 0
        for at in points:
            self.clean()
            self.run_old(job)
            old = self.bytes(job)
            code, message = self.run(job, dict(fault, at=at))
            what = f"{name} at {call} {at} of {total} in {job}"
            good = self.judge(what, job, old, code, message)
            if number == 0 and code != 0:
                good = self.wrong(what, f"half a transfer is no error: {message[-200:]}")
            kept, tried = kept + good, tried + 1
        if tried:
            kept -= not self.undisturbed(f"after {name} at {call} in {job}", job)
        self.report(f"{name} at every {call} of {job}", tried, kept, f"{total} calls")

    def run_old(self, job):
        """An older result that is to be replaced, which must not be lost."""
        with open(self.path(RESULT[job]), "wb") as file:
            file.write(b"the file that was there before")

    def limits(self, job, what, kind, values):
        kept = 0
        for value in values:
            self.clean()
            self.run_old(job)
            old = self.bytes(job)
            code, message = self.run(job, before=lambda: resource.setrlimit(kind, (value, value)))
            kept += self.judge(f"{what} {value} in {job}", job, old, code, message)
        kept -= not self.undisturbed(f"after {what} in {job}", job)
        self.report(f"{what} in {job}", len(values), kept, ", ".join(map(str, values)))

    def read_only(self, job):
        """A folder that cannot be written to. Root may write everywhere, so the call is refused instead."""
        self.failing_calls(job, "open", errno.EROFS, "a read-only file system")

    def full_disk(self, job):
        """A real file system that is full, where one can be mounted."""
        place = os.path.join(self.folder, "small")
        os.makedirs(place, exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], stderr=subprocess.DEVNULL).returncode != 0:
            self.report(f"a full disk in {job}", 0, 0, "skipped: no file system can be mounted here")
            return
        try:
            kept = 0
            self.clean()
            link = self.path(RESULT[job])
            with open(os.path.join(place, "result"), "wb") as file:
                file.write(b"the file that was there before")
            os.symlink(os.path.join(place, "result"), link)
            code, message = self.run(job)
            kept += self.judge(f"a full disk in {job}", job, b"the file that was there before", code, message)
            os.remove(link)
            self.report(f"a full disk in {job}", 1, kept, message.splitlines()[-1][-60:] if message else "")
        finally:
            subprocess.run(["umount", place], check=False)

    def allocations(self, job, size):
        fault = dict(call="allocate", size=size)
        total = self.calls(job, **fault)
        most = 6 if self.short else 60
        points = range(1, total + 1) if total <= most else sorted({1 + (total - 1) * k // most for k in range(most + 1)})
        # Swift's arrays end the process where memory that was said to be there is not: nothing may be lost then either.
        kept, counts = 0, {"refused": 0, "done all the same": 0, "ended by Swift's runtime": 0}
        for at in points:
            self.clean()
            self.run_old(job)
            old = self.bytes(job)
            code, message = self.run(job, dict(fault, at=at))
            ended = code == -signal.SIGABRT and "Fatal error: failed to allocate" in message
            kept += self.judge(f"allocation {at} of {total} (from {size} bytes) in {job}", job, old, code, message, killed=ended)
            counts["ended by Swift's runtime" if ended else "done all the same" if code == 0 else "refused"] += 1
        self.report(f"a failing allocation from {size // 1024} KB on in {job}", len(points), kept,
                    f"{total} calls; " + ", ".join(f"{value} {key}" for key, value in counts.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    short = arguments.short

    folder = tempfile.mkdtemp(prefix="srq-faults-")
    try:
        os.mkdir(os.path.join(folder, "work"))
        campaign = Campaign(folder, short)
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", campaign.preload,
                        os.path.join(ROOT, "Tests", "faults", "interpose.c"), "-ldl"], check=True)
        code, message = campaign.run("prepare")
        if code != 0:
            sys.exit(f"nothing to work on: {message}")
        for job in RESULT:
            campaign.clean()
            code, message = campaign.run(job)
            if code != 0 or campaign.bytes(job) is None:
                sys.exit(f"{job} fails undisturbed: {message}")
            campaign.expected[job] = campaign.bytes(job)

        jobs = ["save", "finetune"] if short else list(RESULT)
        campaign.kills("finetune", 6 if short else 50)
        campaign.kills_while_saving("save", 5 if short else 50)
        for job in jobs:
            for call, number, name in [
                    ("write", errno.ENOSPC, "no space left"), ("write", errno.EIO, "an input/output error"),
                    ("write", 0, "half a write"), ("read", errno.EIO, "an input/output error"), ("read", 0, "half a read"),
                    ("fsync", errno.EIO, "an input/output error"), ("rename", errno.EIO, "an input/output error"),
                    ("open", errno.EMFILE, "no descriptor left"), ("close", errno.EIO, "an input/output error")]:
                if short and (job, call) not in [("save", "write"), ("save", "rename"), ("save", "fsync"), ("finetune", "write")]:
                    continue
                campaign.failing_calls(job, call, number, name)
            if not short:
                campaign.read_only(job)
                campaign.full_disk(job)
            campaign.limits(job, "a file size limit", resource.RLIMIT_FSIZE, [0, 1000] if short else [0, 1, 1000, 20000])
            if not short:
                campaign.limits(job, "a descriptor limit", resource.RLIMIT_NOFILE, [8, 12, 16, 20])
            campaign.allocations(job, 100 * 1024)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    print(f"\n| what | tried | at fault | |\n|---|---|---|---|")
    for what, tried, kept, note in campaign.rows:
        print(f"| {what} | {tried} | {tried - kept} | {note} |")
    for fault in campaign.faults:
        print("FAULT", fault)
    sys.exit(1 if campaign.faults else 0)


if __name__ == "__main__":
    main()
