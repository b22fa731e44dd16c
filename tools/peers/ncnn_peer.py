"""ncnn in f32, with the fastest of its ways to convolve."""
import glob
import os

import numpy

from peers import ncnn_file, timing
from peers.network import INPUT

TITLE = "ncnn"
PRECISIONS = ("f32",)

# Which of these is fastest is found out on pictures no larger than this: the slow ones would take minutes on large ones.
TRIAL_SIDE = 128
TRIAL_RUNS = 3

WINOGRAD = ("use_winograd23_convolution", "use_winograd43_convolution", "use_winograd63_convolution")
DEFAULT = "its choice"
SETTINGS = {
    DEFAULT: {},
    "Winograd F(2,3)": {name: name == WINOGRAD[0] for name in WINOGRAD},
    "Winograd F(4,3)": {name: name == WINOGRAD[1] for name in WINOGRAD},
    "Winograd F(6,3)": {name: name == WINOGRAD[2] for name in WINOGRAD},
    "sgemm": {"use_winograd_convolution": False},
    "direct": {"use_winograd_convolution": False, "use_sgemm_convolution": False},
}


def version():
    import ncnn
    return ncnn.__version__


def _paths(work):
    return os.path.join(work, "ncnn.param"), os.path.join(work, "ncnn.bin")


def _setting_path(work, width, height, threads):
    return os.path.join(work, f"ncnn_{min(width, TRIAL_SIDE)}x{min(height, TRIAL_SIDE)}_{threads}.setting")


def prepare(work, precision, network, patches):
    ncnn_file.write(network, *_paths(work))
    with open(os.path.join(work, "ncnn.output"), "w", encoding="utf-8") as file:
        file.write(network[-1].name)
    for old in glob.glob(os.path.join(glob.escape(work), "ncnn_*.setting")):
        os.remove(old)


def _open(work, threads, setting):
    import ncnn
    ncnn.set_omp_num_threads(threads)
    net = ncnn.Net()
    net.opt.num_threads = threads
    for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed", "use_bf16_storage"):
        setattr(net.opt, name, False)
    for name, value in SETTINGS[setting].items():
        setattr(net.opt, name, value)
    param, numbers = _paths(work)
    if net.load_param(param) != 0 or net.load_model(numbers) != 0:
        raise RuntimeError("ncnn does not load the network")
    with open(os.path.join(work, "ncnn.output"), encoding="utf-8") as file:
        output = file.read()

    def run(image):
        extractor = net.create_extractor()
        # A copy, because the first layer works in place, which ends the process where the numbers are NumPy's.
        extractor.input(INPUT, ncnn.Mat(image[0]).clone())
        status, result = extractor.extract(output)
        if status != 0:
            raise RuntimeError(f"ncnn fails with {status}")
        return numpy.array(result)[None]

    return run


def _trial(work, threads, setting, image):
    run = _open(work, threads, setting)
    return min(timing.seconds_of(lambda: run(image), TRIAL_RUNS, 0))


def choose(work, precision, width, height, threads):
    """Writes down the fastest setting, in a process of its own: what the others allocate is no part of the row's memory."""
    path = _setting_path(work, width, height, threads)
    if os.path.exists(path):
        return
    image = numpy.full((1, 3, min(height, TRIAL_SIDE), min(width, TRIAL_SIDE)), 100, numpy.float32)
    fastest = min(SETTINGS, key=lambda setting: _trial(work, threads, setting, image))
    with open(path, "w", encoding="utf-8") as file:
        file.write(fastest)


def load(work, precision, width, height, threads):
    path, setting = _setting_path(work, width, height, threads), DEFAULT
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            setting = file.read()
    return _open(work, threads, setting), setting
