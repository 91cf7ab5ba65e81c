from collections.abc import Sequence

from typing_extensions import Buffer

def prefetch(buffers: Sequence[Buffer]) -> None: ...
