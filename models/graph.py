"""Turns the published int8-block graphs into plain fp32 graphs that any runtime loads; no weight changes its value.

Why: the published files carry ``DequantizeLinear`` with ``block_size`` (opset 21) and dangling graph inputs, which some
runtimes refuse. Every weight chain is computed once here; activations are untouched. Not for training or tuning.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Array = NDArray[Any]


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _dequantize(node: onnx.NodeProto, values: list[Array]) -> Array:
    """(q - zero point) x scale, where one scale serves ``block_size`` neighbours along ``axis``."""
    quantized, scales, zeros = (value.astype(np.float32) for value in values)
    told = _attributes(node)
    block, axis = int(told.get("block_size", 0)), int(told.get("axis", 1))
    if block:
        length = quantized.shape[axis]
        scales, zeros = (np.repeat(one, block, axis=axis).take(range(length), axis=axis) for one in (scales, zeros))
    elif scales.ndim == 1:
        shape = [1] * quantized.ndim
        shape[axis] = -1
        scales, zeros = scales.reshape(shape), zeros.reshape(shape)
    return np.asarray((quantized - zeros) * scales, dtype=np.float32)


def _reshape(_: onnx.NodeProto, values: list[Array]) -> Array:
    return values[0].reshape([int(length) for length in values[1]])


FOLDABLE: dict[str, Callable[[onnx.NodeProto, list[Array]], Array]] = {
    "DequantizeLinear": _dequantize,
    "Reshape": _reshape,
}


def fold_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with every weight as an fp32 initializer and only real inputs; opset stays."""
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    kept: list[onnx.NodeProto] = []
    for node in model.graph.node:
        compute = FOLDABLE.get(node.op_type)
        if compute and all(name in constants for name in node.input):
            constants[node.output[0]] = compute(node, [constants[name] for name in node.input])
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    graph = helper.make_graph(
        kept,
        model.graph.name,
        [one for one in model.graph.input if one.name in used and one.name not in constants],
        list(model.graph.output),
        [
            numpy_helper.from_array(np.ascontiguousarray(constants[name]), name)
            for name in sorted(used & constants.keys())
        ],
    )
    folded = helper.make_model(graph, opset_imports=model.opset_import, ir_version=max(8, model.ir_version))
    onnx.checker.check_model(folded)
    return folded


def free_size(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The same network for any height and width: input ``name`` and the outputs lose their fixed lengths."""
    freed = onnx.ModelProto()
    freed.CopyFrom(model)
    for one in freed.graph.input:
        if one.name == name:
            for axis, label in ((2, "height"), (3, "width")):
                one.type.tensor_type.shape.dim[axis].dim_param = label
    for one in freed.graph.output:
        one.type.tensor_type.shape.dim[1].dim_param = f"{one.name}_anchors"
    del freed.graph.value_info[:]
    return freed
