"""OpenVINO: f32 and bf16 by its precision hint; int8 by NNCF's quantization after training."""
import os

from peers import onnx_file

TITLE = "OpenVINO"
PRECISIONS = ("f32", "bf16", "int8")


def version():
    import openvino
    return openvino.__version__.split("-")[0]


def prepare(work, precision, network, patches):
    path = os.path.join(work, "openvino.onnx")
    onnx_file.write(network, path)
    if precision == "int8":
        import nncf
        import openvino
        model = openvino.Core().read_model(path)
        quantized = nncf.quantize(model, nncf.Dataset(list(patches)), subset_size=len(patches),
                                  preset=nncf.QuantizationPreset.MIXED)
        openvino.save_model(quantized, os.path.join(work, "openvino_int8.xml"), compress_to_fp16=False)


def load(work, precision, width, height, threads):
    import openvino
    core = openvino.Core()
    model = core.read_model(os.path.join(work, "openvino_int8.xml" if precision == "int8" else "openvino.onnx"))
    model.reshape([1, 3, height, width])
    options = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": threads}
    if precision != "int8":
        options["INFERENCE_PRECISION_HINT"] = precision
    compiled = core.compile_model(model, "CPU", options)
    hint = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    if precision == "bf16" and hint != "bf16":
        raise RuntimeError(f"OpenVINO computes in {hint} where bf16 is asked for")
    request = compiled.create_infer_request()

    def run(image):
        request.infer({0: image}, share_inputs=True)
        return request.get_output_tensor(0).data

    return run, f"NNCF, the rest in {hint}" if precision == "int8" else ""
