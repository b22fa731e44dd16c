"""Times PyTorch on what experiments/bench.lua times. Arguments: torch_oracle.py, model, threads."""
import importlib.util
import sys
import time

import torch

oracle_path, model_path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
spec = importlib.util.spec_from_file_location("oracle", oracle_path)
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)
torch.set_num_threads(threads)
torch.manual_seed(1)


def median_seconds(body, repeats=5):
    body()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return sorted(times)[repeats // 2]


network = oracle.load_network(model_path, None)
small = (torch.rand(1, 3, 128, 128) * 255).contiguous(memory_format=torch.channels_last)
data = (torch.rand(16, 3, 96, 96) * 255).contiguous(memory_format=torch.channels_last)
rows = []
with torch.no_grad():
    rows.append(("upscale 128x128, float", median_seconds(lambda: network(small))))
layers = oracle.quantize_layers(network, 4, 4, "plq", "full")
rows.append(("calibrate 16 patches of 96x96", median_seconds(lambda: oracle.calibrate(network, layers, data), 3)))
sensitivity = oracle.calibrate(network, layers, data)
for layer in layers:
    layer.uw.requires_grad_(True)
rows.append(("finetuning step, 2 patches of 96x96",
             median_seconds(lambda: oracle.loss_of(network, layers, data[:2], sensitivity, 5, "saft").backward(), 3)))
print(f"PyTorch {torch.__version__}, {threads} threads")
for name, seconds in rows:
    print(f"{name:38} {seconds:8.4f}")
