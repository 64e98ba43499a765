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


def scrfd_contract(model: onnx.ModelProto, strides: tuple[int, ...] = (8, 16, 32)) -> onnx.ModelProto:
    """YuNet with the inputs and outputs of an SCRFD detector, which `insightface` runs; no weight changes.

    Input RGB instead of BGR. Per stride: scores (2n, 1), distances to the four sides in strides (2n, 4), five points
    (2n, 10); SCRFD has two anchors at each place, so each box stands twice, the second with a score of 0.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    graph = made.graph
    [entry] = [one for one in graph.input if one.name == "input"]
    entry.name = "image"
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in _CONSTANTS.items())
    graph.node.insert(0, helper.make_node("Gather", ["image", "c_swap"], ["input"], axis=1))
    heads: dict[str, list[str]] = {"score": [], "bbox": [], "kps": []}
    for stride in strides:
        graph.node.extend(_scrfd_head(stride))
        for head, names in heads.items():
            names.append(f"{head}_out_{stride}")
    del graph.output[:]
    for head, width in (("score", 1), ("bbox", 4), ("kps", 10)):
        for name in heads[head]:
            graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [f"{name}_n", width]))
    onnx.checker.check_model(made)
    return made


_CONSTANTS: dict[str, Array] = {
    "c_swap": np.array([2, 1, 0], dtype=np.int64),
    "c_zero": np.array(0.0, dtype=np.float32),
    "c_one": np.array(1.0, dtype=np.float32),
    "c_half": np.array(0.5, dtype=np.float32),
    "c_low": np.array(-10.0, dtype=np.float32),
    "c_high": np.array(10.0, dtype=np.float32),
    "c_rows_1": np.array([-1, 1], dtype=np.int64),
    "c_rows_4": np.array([-1, 4], dtype=np.int64),
    "c_rows_10": np.array([-1, 10], dtype=np.int64),
    "c_two_two": np.array([2, 2], dtype=np.int64),
}


def _scrfd_head(stride: int) -> list[onnx.NodeProto]:
    """The nodes behind YuNet's four maps of one stride."""

    def node(kind: str, given: list[str], name: str, **more: Any) -> onnx.NodeProto:
        return helper.make_node(kind, given, [f"{name}_{stride}"], **more)

    def at(name: str) -> str:
        return f"{name}_{stride}"

    return [
        node("Clip", [at("cls"), "c_zero", "c_one"], "s_cls"),
        node("Clip", [at("obj"), "c_zero", "c_one"], "s_obj"),
        node("Mul", [at("s_cls"), at("s_obj")], "s_both"),
        node("Sqrt", [at("s_both")], "s_root"),
        node("Reshape", [at("s_root"), "c_rows_1"], "s_rows"),
        node("Mul", [at("s_rows"), "c_zero"], "s_none"),
        node("Concat", [at("s_rows"), at("s_none")], "s_pair", axis=1),
        node("Reshape", [at("s_pair"), "c_rows_1"], "score_out"),
        node("Reshape", [at("bbox"), "c_rows_4"], "b_rows"),
        helper.make_node("Split", [at("b_rows"), "c_two_two"], [at("b_shift"), at("b_log")], axis=1),
        node("Clip", [at("b_log"), "c_low", "c_high"], "b_sane"),
        node("Exp", [at("b_sane")], "b_size"),
        node("Mul", [at("b_size"), "c_half"], "b_half"),
        node("Sub", [at("b_half"), at("b_shift")], "b_first"),
        node("Add", [at("b_half"), at("b_shift")], "b_last"),
        node("Concat", [at("b_first"), at("b_last"), at("b_first"), at("b_last")], "b_pair", axis=1),
        node("Reshape", [at("b_pair"), "c_rows_4"], "bbox_out"),
        node("Reshape", [at("kps"), "c_rows_10"], "k_rows"),
        node("Concat", [at("k_rows"), at("k_rows")], "k_pair", axis=1),
        node("Reshape", [at("k_pair"), "c_rows_10"], "kps_out"),
    ]
