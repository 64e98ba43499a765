"""Five-point alignment: the face turned and scaled onto the template that recognisers are trained on.

Least-squares similarity (Umeyama 1991) from the five points to the 112 x 112 template, then a bilinear warp; the
test compares the result with OpenCV's own ``FaceRecognizerSF.alignCrop``.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Points = NDArray[np.float32]
"""Shape (5, 2), pixels: right eye, left eye, nose tip, right mouth corner, left mouth corner (the person's own)."""

SIDE = 112
TEMPLATE: Points = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float32,
)


def similarity(source: Points, target: Points = TEMPLATE) -> NDArray[np.float64]:
    """The 2 x 3 matrix of rotation, one scale and shift that takes ``source`` nearest to ``target``.

    Raises ``ValueError`` for points that are not finite or all in one place.
    """
    given = np.asarray(source, dtype=np.float64)
    if not np.isfinite(given).all():
        raise ValueError("points that are no numbers")
    wanted = np.asarray(target, dtype=np.float64)
    given_mean, wanted_mean = given.mean(axis=0), wanted.mean(axis=0)
    centred = given - given_mean
    spread = float((centred**2).sum() / len(given))
    if spread < 1e-6:
        raise ValueError("points all in one place")
    u, singular, v = np.linalg.svd((wanted - wanted_mean).T @ centred / len(given))
    sign = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(v))])
    rotation = u @ np.diag(sign) @ v
    scale = float((singular * sign).sum() / spread)
    shift = wanted_mean - scale * rotation @ given_mean
    return np.column_stack([scale * rotation, shift])


def crop(image: Image, points: Points) -> Image:
    """The aligned 112 x 112 face, same channel order as ``image``."""
    return np.asarray(cv2.warpAffine(image, similarity(points), (SIDE, SIDE), flags=cv2.INTER_LINEAR), dtype=np.uint8)
