"""Times other engines on what srq does: one EDSR, pictures of several sizes, one or more threads.

    bench_peers.py --oracle torch_oracle.py --model edsr_x4.pth --calibration FOLDER --work FOLDER
                   [--engines openvino,ncnn] [--sizes 64x64,640x360] [--threads 1,2] [--only prepare|measure]

Every engine, precision, size and number of threads runs in a process of its own, so that memory is its own and thread pools do not
meet. What is printed is for lua/srq/experiment/timings.lua: a word, then `name=value`, with tabs between:

    machine  processor, features
    engine   engine, version
    check    engine, precision, psnr (dB between its output and PyTorch's in f32)
    row      engine, precision, setting, size, threads, seconds (of every run), bytes (peak memory of the process)
    note     text: what is missing and why
"""
import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time

from peers import cpu, timing

ENGINES = ("openvino", "onnxruntime", "ncnn", "pytorch")
CHECK_SIDE = 64
PATCHES = 16
# An output that is further from PyTorch's than this many decibels is not the network's, and its time is worth nothing.
LEAST_PSNR = {"f32": 60, "bf16": 30, "int8": 25}


class Failure(Exception):
    """Returns in one line what went wrong."""


def say(word, **fields):
    # A tab or a line end in a message would end the field.
    print("\t".join([word, *(f"{name}={' '.join(str(value).split())}" for name, value in fields.items())]), flush=True)


def peer_named(name):
    return importlib.import_module(f"peers.{name}_peer")


def read_arguments():
    parser = argparse.ArgumentParser(description="Times other engines on EDSR.")
    parser.add_argument("--oracle")
    parser.add_argument("--model")
    parser.add_argument("--calibration", help="folder of PNGs")
    parser.add_argument("--work", required=True, help="folder for the engines' files")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--sizes", default="64x64,128x128,256x256,640x360", help="width x height of the input")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--only", choices=("prepare", "measure"), help="one half; what is prepared stays in --work")
    parser.add_argument("--least", type=int, default=3, help="runs at least")
    parser.add_argument("--budget", type=float, default=3, help="seconds that are spent on a row at least")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a row is given up")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)  # what a process of its own does
    options = parser.parse_args()
    options.engines = [one for one in options.engines.split(",") if one]
    for name in options.engines:
        if name not in ENGINES:
            parser.error(f"--engines: there is no '{name}'; there are {', '.join(ENGINES)}")
    try:
        options.sizes = [tuple(int(side) for side in one.split("x")) for one in options.sizes.split(",")]
        options.threads = [int(one) for one in options.threads.split(",")]
    except ValueError as error:
        parser.error(f"--sizes and --threads: {error}")
    if any(len(size) != 2 or min(size) < 1 for size in options.sizes) or min(options.threads) < 1:
        parser.error("--sizes are WIDTHxHEIGHT and --threads are from 1")
    if options.only != "measure" and not options.step and not (options.oracle and options.model and options.calibration):
        parser.error("--oracle, --model and --calibration say what is prepared")
    return options


# ---- What a process of its own does ------------------------------------------------------------------------------------


def run_reference(options):
    """Writes the patches and what PyTorch makes of the first one."""
    import numpy
    from peers.network import load_oracle
    oracle = load_oracle(options.oracle)
    patches = oracle.patches(options.calibration, PATCHES, CHECK_SIDE, 1).contiguous()
    numpy.save(os.path.join(options.work, "patches.npy"), patches.numpy())
    numpy.save(os.path.join(options.work, "reference.npy"), oracle.load_network(options.model)(patches[:1]).numpy())
    with open(os.path.join(options.work, "oracle"), "w", encoding="utf-8") as file:
        file.write(f"{os.path.abspath(options.oracle)}\n{os.path.abspath(options.model)}\n")


def run_prepare(options, name, precision):
    import numpy
    from peers.network import load_oracle, nodes_of
    patches = numpy.load(os.path.join(options.work, "patches.npy"))
    network = nodes_of(load_oracle(options.oracle).load_network(options.model))
    peer_named(name).prepare(options.work, precision, network, [patch[None] for patch in patches])


def run_check(options, name, precision):
    import numpy
    patch = numpy.load(os.path.join(options.work, "patches.npy"))[:1]
    expected = numpy.load(os.path.join(options.work, "reference.npy"))
    run, _ = peer_named(name).load(options.work, precision, CHECK_SIDE, CHECK_SIDE, options.threads[-1])
    found = run(patch)
    if found.shape != expected.shape:
        raise ValueError(f"its output is {found.shape}, not {expected.shape}")
    error = numpy.mean((found.astype(numpy.float64) - expected) ** 2)
    return {"psnr": 10 * numpy.log10(255 ** 2 / max(error, 1e-30))}


def run_choose(options, name, precision, width, height, threads):
    peer_named(name).choose(options.work, precision, int(width), int(height), int(threads))


def run_row(options, name, precision, width, height, threads):
    import numpy
    width, height, threads = int(width), int(height), int(threads)
    image = numpy.random.default_rng(1).uniform(0, 255, (1, 3, height, width)).astype(numpy.float32)
    run, setting = peer_named(name).load(options.work, precision, width, height, threads)
    seconds = timing.seconds_of(lambda: run(image), options.least, options.budget)
    return {"setting": setting, "seconds": seconds, "bytes": timing.peak_bytes()}


STEPS = {
    "version": lambda options, name: {"version": peer_named(name).version()},
    "reference": run_reference, "prepare": run_prepare, "check": run_check, "choose": run_choose,
    "row": run_row,
}


def run_step(options):
    """Prints the result, or what is wrong, as the last line of standard output, where engines print too."""
    try:
        result = STEPS[options.step[0]](options, *options.step[1:]) or {}
    except Exception as error:  # whatever an engine raises is that engine's row lost, and no other's
        result = {"error": str(error) or type(error).__name__}
    print("\n" + json.dumps(result), flush=True)


# ---- What starts them --------------------------------------------------------------------------------------------------


def step(options, *words):
    """Returns the result of a step in a process of its own."""
    command = [sys.executable, os.path.abspath(__file__), "--work", options.work, "--least", str(options.least), "--budget",
               str(options.budget), "--threads", ",".join(str(one) for one in options.threads)]
    for name in ("oracle", "model", "calibration"):
        if getattr(options, name):
            command += ["--" + name, getattr(options, name)]
    try:
        done = subprocess.run([*command, "--step", *(str(word) for word in words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, errors="replace", timeout=options.limit, check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"not finished after {options.limit:g} s") from None
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"ended with {done.returncode}: {last}")
    result = json.loads(lines[-1])
    if "error" in result:
        raise Failure(result["error"])
    return result


def progress(text):
    print(time.strftime("%H:%M:%S ") + text, file=sys.stderr, flush=True)


def prepare(options):
    """Writes every engine's files; returns the engines and precisions that work."""
    os.makedirs(options.work, exist_ok=True)
    step(options, "reference")
    ready = []
    for name in options.engines:
        peer = peer_named(name)
        try:
            say("engine", engine=peer.TITLE, version=step(options, "version", name)["version"])
        except Failure as failure:
            say("note", text=f"{peer.TITLE} is not measured: {failure}")
            continue
        for precision in peer.PRECISIONS:
            progress(f"preparing {peer.TITLE} {precision}")
            try:
                if cpu.refusal(precision):
                    raise Failure(cpu.refusal(precision))
                step(options, "prepare", name, precision)
                psnr = step(options, "check", name, precision)["psnr"]
                say("check", engine=peer.TITLE, precision=precision, psnr=f"{psnr:.2f}")
                if not psnr >= LEAST_PSNR[precision]:
                    raise Failure(f"its output is {psnr:.1f} dB from PyTorch's, below {LEAST_PSNR[precision]}")
                ready.append([name, precision])
            except Failure as failure:
                say("note", text=f"{peer.TITLE} {precision} is not measured: {failure}")
    with open(os.path.join(options.work, "ready.json"), "w", encoding="utf-8") as file:
        json.dump(ready, file)


def measure(options):
    with open(os.path.join(options.work, "ready.json"), encoding="utf-8") as file:
        ready = [one for one in json.load(file) if one[0] in options.engines]
    for width, height in options.sizes:
        for threads in options.threads:
            for name, precision in ready:
                peer, size = peer_named(name), f"{width}x{height}"
                title = peer.TITLE
                try:
                    if hasattr(peer, "choose"):
                        step(options, "choose", name, precision, width, height, threads)
                    found = step(options, "row", name, precision, width, height, threads)
                except Failure as failure:
                    say("note", text=f"{title} {precision}, {size}, {threads} threads: {failure}")
                    continue
                say("row", engine=title, precision=precision, setting=found["setting"], size=size, threads=threads,
                    seconds=" ".join(f"{one:.6f}" for one in found["seconds"]), bytes=found["bytes"])
                progress(f"{size}, {threads} threads: {title} {precision} {statistics.median(found['seconds']):.3f} s")


def main():
    options = read_arguments()
    if options.step:
        return run_step(options)
    try:
        if options.only != "measure":
            say("machine", processor=cpu.name(), features=" ".join(cpu.features()))
            prepare(options)
        if options.only != "prepare":
            measure(options)
    except (Failure, OSError) as error:
        sys.exit(f"bench_peers.py: {error}")


if __name__ == "__main__":
    main()
