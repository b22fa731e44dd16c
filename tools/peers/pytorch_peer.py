"""PyTorch without compilation: f32 and bf16, channels last, on the oracle's module."""
import os

from peers.network import load_oracle

TITLE = "PyTorch"
PRECISIONS = ("f32", "bf16")


def version():
    import torch
    return torch.__version__


def prepare(work, precision, network, patches):
    """Nothing: the checkpoint is PyTorch's own."""


def load(work, precision, width, height, threads):
    import torch
    torch.set_num_threads(threads)
    with open(os.path.join(work, "oracle"), encoding="utf-8") as file:
        oracle_path, model_path = file.read().splitlines()
    network = load_oracle(oracle_path).load_network(model_path)
    _spare_mean_shifts(network, torch)
    for module in network.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = True
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    network = network.to(kind)

    def run(image):
        with torch.inference_mode():
            x = torch.from_numpy(image).to(kind).contiguous(memory_format=torch.channels_last)
            return network(x).float().numpy()

    return run, "channels last"


def _spare_mean_shifts(network, torch):
    """The same favour that the other engines get from peers.network."""
    class Add(torch.nn.Module):
        def __init__(self, values):
            super().__init__()
            self.register_buffer("values", values.view(1, -1, 1, 1))

        def forward(self, x):
            return x + self.values

    network.tail[-1].bias += network.add_mean.bias
    network.sub_mean, network.add_mean = Add(network.sub_mean.bias), torch.nn.Identity()
