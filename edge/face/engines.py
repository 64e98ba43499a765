"""Opens the engine that a pack asks for; both give the same embeddings for our own pack (a test)."""

from edge.face.engine import FaceEngine, LeanEngine
from edge.face.pack import Pack


def open_engine(pack: Pack) -> FaceEngine:
    """Raises faults of the model pack; ``insightface`` is imported only for a pack that names it."""
    if pack.record.engine == "lean":
        return LeanEngine(pack)
    from edge.face.insight import InsightFaceEngine

    return InsightFaceEngine(pack)
