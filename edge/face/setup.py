"""Puts the face method together from the settings, or says why there is none. Imports nothing heavy for that."""

import importlib.util
from collections.abc import Callable
from datetime import date

from edge.face.camera import Camera, PostedCamera, camera
from edge.face.front import CardFront, TypedFront
from edge.face.page import CameraPage
from edge.face.process import FaceWorker
from edge.face.screen import NoScreen, Screen
from edge.face.session import FaceRecognition
from edge.ocr.process import FrontWorker
from edge.ocr.seen import SeenFront
from edge.settings import FaceSettings
from edge.visit.desk import Desk
from edge.visit.ports import FaceMethod, NoFace
from protocol.errors import OnshiError, models_

PACKAGES = ("numpy", "cv2", "onnxruntime", "PIL")


def face_method(settings: FaceSettings, desk: Desk, *, today: Callable[[], date]) -> FaceMethod:
    """The method for an appliance; without a camera, or without the face packages, one that is closed.

    Where no camera looks at the card on the reader, the clerk types what is printed. ``today`` is the day in Japan.
    """
    source = camera(settings.camera)
    if source is None:
        return NoFace()
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            return NoFace(OnshiError(models_.SOURCE_MISSING, package=package))
    worker = FaceWorker(settings.models)
    front_source = camera(settings.front_camera, width=1920, height=1080)
    screen = _screen({"face": source, "front": front_source}, worker, settings.page_port)
    front: CardFront = TypedFront(desk)
    if front_source is not None:
        front = SeenFront(FrontWorker(settings.models), front_source, front, today=today, screen=screen)
    return FaceRecognition(worker, source, front, screen)


def _screen(cameras: dict[str, Camera | None], worker: FaceWorker, port: int) -> Screen:
    """A page where one of the cameras is a page's."""
    posted = {which: one for which, one in cameras.items() if isinstance(one, PostedCamera)}
    return CameraPage(posted, port=port, status=lambda: worker.status) if posted else NoScreen()
