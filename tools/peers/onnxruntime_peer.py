"""ONNX Runtime on its CPU provider: f32, and int8 as static quantization with QDQ nodes."""
import os

from peers import cpu, onnx_file
from peers.network import INPUT

TITLE = "ONNX Runtime"
PRECISIONS = ("f32", "int8")


def version():
    import onnxruntime
    return onnxruntime.__version__


def _paths(work):
    return {"f32": os.path.join(work, "onnxruntime.onnx"), "int8": os.path.join(work, "onnxruntime_int8.onnx")}


def prepare(work, precision, network, patches):
    paths = _paths(work)
    onnx_file.write(network, paths["f32"])
    if precision == "int8":
        from onnxruntime import quantization

        class Reader(quantization.CalibrationDataReader):
            def __init__(self):
                self.left = [{INPUT: patch} for patch in patches]

            def get_next(self):
                return self.left.pop() if self.left else None

        quantization.quantize_static(
            paths["f32"], paths["int8"], Reader(), quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8, per_channel=True,
            reduce_range=not cpu.has_exact_u8s8(), calibrate_method=quantization.CalibrationMethod.MinMax)


def load(work, precision, width, height, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    options.add_free_dimension_override_by_name(onnx_file.HEIGHT, height)
    options.add_free_dimension_override_by_name(onnx_file.WIDTH, width)
    session = onnxruntime.InferenceSession(_paths(work)[precision], options, providers=["CPUExecutionProvider"])
    setting = "" if precision == "f32" else "QDQ, u8s8 per channel" + ("" if cpu.has_exact_u8s8() else ", 7-bit weights")
    return lambda image: session.run(None, {INPUT: image})[0], setting
