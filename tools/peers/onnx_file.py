"""The network as an ONNX file: [1, 3, height, width] floats, 0...255, to [1, 3, scale * height, scale * width]."""
from peers.network import INPUT

OPERATORS = 17
HEIGHT, WIDTH = "height", "width"


def write(nodes, path):
    # Here, so that a Python without it still measures the other engines.
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    operations, constants = [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(values, name))
        return name

    def add(kind, inputs, output, **attributes):
        operations.append(helper.make_node(kind, inputs, [output], name=output, **attributes))

    for node in nodes:
        if node.kind == "bias":
            add("Add", [*node.inputs, constant(node.name + ".bias", node.bias.reshape(1, -1, 1, 1))], node.name)
        elif node.kind == "convolution":
            side = node.weight.shape[2]
            result = node.name + ".linear" if node.relu else node.name
            numbers = [constant(node.name + ".weight", node.weight), constant(node.name + ".bias", node.bias)]
            add("Conv", [*node.inputs, *numbers], result, kernel_shape=[side, side], pads=[side // 2] * 4)
            if node.relu:
                add("Relu", [result], node.name)
        elif node.kind == "add":
            add("Add", node.inputs, node.name)
        else:
            add("DepthToSpace", node.inputs, node.name, blocksize=node.factor, mode="CRD")
    given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])
    made = helper.make_tensor_value_info(nodes[-1].name, TensorProto.FLOAT, [1, 3, "output_height", "output_width"])
    graph = helper.make_graph(operations, "edsr", [given], [made], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPERATORS)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
