"""Opens the engine that a pack asks for; both give the same embeddings for our own pack (a test)."""

from collections.abc import Iterator
from contextlib import contextmanager

from edge.face.engine import FaceEngine, LeanEngine
from edge.face.pack import Pack
from protocol.errors import OnshiError, models_
from protocol.modelpack import RECORD


@contextmanager
def opening() -> Iterator[None]:
    """Whatever opening a model raises, as a fault of the model pack."""
    try:
        yield
    except OnshiError:
        raise
    except Exception as broken:  # noqa: BLE001 - onnxruntime has no exception of its own; the pack is not usable
        raise OnshiError(models_.MANIFEST_WRONG, file=RECORD, reason=type(broken).__name__) from None


def open_engine(pack: Pack) -> FaceEngine:
    """Raises faults of the model pack; ``insightface`` is imported only for a pack that names it."""
    with opening():
        if pack.record.engine == "lean":
            return LeanEngine(pack)
        from edge.face.insight import InsightFaceEngine

        return InsightFaceEngine(pack)
