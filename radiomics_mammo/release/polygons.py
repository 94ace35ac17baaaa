"""Polygon files of annotation tools (COCO, LabelMe) as contours; COCO's uncompressed runs as regions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.findings import AuditCode

_CORNER = 0.5
"""These tools count from the corner of the first pixel; ours from its centre."""
_LEAST_POINTS, _ELLIPSE_POINTS = 3, 128


@dataclass(frozen=True, eq=False)
class Polygon:
    """One annotated region: the word beside it, and the pixels inside, bool of shape (rows, cols)."""

    word: str
    inside: NDArray[np.bool_] = field(repr=False)


def read_polygons(path: Path, *, image: str, shape: tuple[int, int]) -> tuple[Polygon, ...]:
    """Regions that a COCO or LabelMe JSON file draws on one image, in the order of the file.

    Parameters
    ----------
    path : Path
    image : str
        File name of the image, by which COCO tells its images apart.
    shape : tuple of int
        (rows, cols) of the image.

    Raises
    ------
    ImageError
        If it is no such file, speaks of an image of another size, or draws something that is no region.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        found = tuple(_labelme(tree, path.name, shape) if "shapes" in tree else _coco(tree, path.name, image, shape))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise _refused(path.name, f"{type(error).__name__}: {error}"[:120]) from error
    return found


def _labelme(tree: dict[str, Any], name: str, shape: tuple[int, int]) -> Iterator[Polygon]:
    _same_size(name, (tree.get("imageHeight"), tree.get("imageWidth")), shape)
    for drawn in tree["shapes"]:
        kind, points = drawn.get("shape_type", "polygon"), np.asarray(drawn["points"], dtype=np.float64)
        if kind == "rectangle":
            (left, top), (right, bottom) = points
            points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        elif kind == "circle":
            angles = np.linspace(0, 2 * np.pi, _ELLIPSE_POINTS, endpoint=False)
            radius = float(np.linalg.norm(points[1] - points[0]))
            points = points[0] + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        elif kind != "polygon":
            raise _refused(name, f"a {kind}")
        yield Polygon(str(drawn.get("label", "")), _filled([points], name, shape))


def _coco(tree: dict[str, Any], name: str, image: str, shape: tuple[int, int]) -> Iterator[Polygon]:
    own = [one for one in tree["images"] if PurePosixPath(one["file_name"]).name == PurePosixPath(image).name]
    if len(own) != 1:
        raise _refused(name, f"{len(own)} images named {image}")
    _same_size(name, (own[0].get("height"), own[0].get("width")), shape)
    words = {one["id"]: str(one["name"]) for one in tree.get("categories", [])}
    for drawn in tree["annotations"]:
        if drawn["image_id"] != own[0]["id"]:
            continue
        outline = drawn["segmentation"]
        if isinstance(outline, dict):
            inside = _from_runs(outline, name, shape)
        else:
            inside = _filled([np.asarray(part, dtype=np.float64).reshape(-1, 2) for part in outline], name, shape)
        yield Polygon(words.get(drawn.get("category_id"), ""), inside)


def _filled(parts: Sequence[NDArray[np.float64]], name: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Everything inside any of some polygons of (x, y) points."""
    inside = np.zeros(shape, dtype=np.bool_)
    for part in parts:
        if len(part) < _LEAST_POINTS or not np.isfinite(part).all():
            raise _refused(name, f"a polygon of {len(part)} points")
        inside |= fill_contour(part[:, ::-1] - _CORNER, shape).on_grid(shape)
    if not inside.any():
        raise _refused(name, "a polygon without any pixel")
    return inside


def _from_runs(outline: dict[str, Any], name: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Run lengths down the columns, outside first."""
    if isinstance(outline["counts"], str):
        raise _refused(name, "compressed runs; save polygons or uncompressed runs")
    _same_size(name, tuple(outline["size"]), shape)
    runs = [int(count) for count in outline["counts"]]
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.asarray(flat.reshape(shape[1], shape[0]).T)


def _same_size(name: str, stated: tuple[Any, ...], shape: tuple[int, int]) -> None:
    if None not in stated and tuple(stated) != shape:
        raise _refused(name, f"an image of {stated[0]} x {stated[1]}, ours has {shape[0]} x {shape[1]}")


def _refused(name: str, found: str) -> ImageError:
    return ImageError(
        name, "polygons of this image (COCO or LabelMe JSON)", found, "correct the file, or leave its row out",
        code=AuditCode.MASK_UNREADABLE.name,
    )  # fmt: skip
