"""NUMA nodes, on the modelled machine."""

from __future__ import annotations

from ntpages import numa
from ntpages.sparse import SparseBuffer
from reliability.operations import operation

MODELS = ("numa",)


@operation(
    models=MODELS,
    absorbs={"GetNumaAvailableMemoryNodeEx": "what Windows does not say is None"},
)
def nodes() -> object:
    return [node.affinity for node in numa.nodes()]


@operation(models=MODELS)
def node_of() -> object:
    with SparseBuffer(1 << 20) as buffer:
        buffer.commit(0, 4096)
        with memoryview(buffer) as view:
            view[0] = 1
        return numa.node_of(buffer)
