"""Puts the face method together from the settings, or says why there is none. Imports nothing heavy for that."""

import importlib.util
from pathlib import Path

from edge.face.camera import camera
from edge.face.front import TypedFront
from edge.face.process import FaceWorker
from edge.face.session import FaceRecognition
from edge.visit.desk import Desk
from edge.visit.ports import FaceMethod, NoFace
from protocol.errors import OnshiError, models_

PACKAGES = ("numpy", "cv2", "onnxruntime", "PIL")


def face_method(camera_setting: str, models: Path, desk: Desk) -> FaceMethod:
    """The method for an appliance; without a camera, or without the face packages, one that is closed."""
    source = camera(camera_setting)
    if source is None:
        return NoFace()
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            return NoFace(OnshiError(models_.SOURCE_MISSING, package=package))
    return FaceRecognition(FaceWorker(models), source, TypedFront(desk))
