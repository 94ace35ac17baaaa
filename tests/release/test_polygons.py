"""COCO and LabelMe files draw the same regions as the pixels they were made from."""

import json

import numpy as np
import pytest

from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.release import read_polygons

SHAPE = (30, 41)
SQUARE_XY = [[5.0, 3.0], [12.0, 3.0], [12.0, 9.0], [5.0, 9.0]]
SQUARE = np.zeros(SHAPE, dtype=bool)
SQUARE[3:9, 5:12] = True


def labelme(tmp_path, shapes, height=SHAPE[0]):
    path = tmp_path / "drawn.json"
    path.write_text(json.dumps({"shapes": shapes, "imageHeight": height, "imageWidth": SHAPE[1]}))
    return path


def coco(tmp_path, segmentation, file_name="left/one.png"):
    tree = {
        "images": [
            {"id": 4, "file_name": file_name, "height": SHAPE[0], "width": SHAPE[1]},
            {"id": 5, "file_name": "other.png", "height": 9, "width": 9},
        ],
        "annotations": [
            {"image_id": 5, "category_id": 1, "segmentation": [[0, 0, 1, 0, 1, 1]]},
            {"image_id": 4, "category_id": 1, "segmentation": segmentation},
        ],
        "categories": [{"id": 1, "name": "mass"}],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(tree))
    return path


def test_labelme_polygons_and_rectangles(tmp_path):
    shapes = [
        {"label": "benign", "points": SQUARE_XY, "shape_type": "polygon"},
        {"label": "malignant", "points": [[5.0, 3.0], [12.0, 9.0]], "shape_type": "rectangle"},
    ]
    found = read_polygons(labelme(tmp_path, shapes), image="one.png", shape=SHAPE)
    assert [one.word for one in found] == ["benign", "malignant"]
    for one in found:
        np.testing.assert_array_equal(one.inside, SQUARE)


def test_labelme_circle_has_its_area(tmp_path):
    shapes = [{"label": "x", "points": [[20.0, 15.0], [29.0, 15.0]], "shape_type": "circle"}]
    inside = read_polygons(labelme(tmp_path, shapes), image="one.png", shape=SHAPE)[0].inside
    assert inside.sum() == pytest.approx(np.pi * 81, rel=0.03)


def test_coco_parts_and_runs(tmp_path):
    flat = [value for point in SQUARE_XY for value in point]
    far = [30.0, 20.0, 33.0, 20.0, 33.0, 24.0, 30.0, 24.0]
    both = read_polygons(coco(tmp_path, [flat, far]), image="one.png", shape=SHAPE)[0]
    expected = SQUARE.copy()
    expected[20:24, 30:33] = True
    np.testing.assert_array_equal(both.inside, expected)
    assert both.word == "mass"
    down = SQUARE.T.ravel().astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], down])))
    counts = np.diff(np.concatenate([[0], edges, [down.size]])).tolist()
    runs = read_polygons(coco(tmp_path, {"counts": counts, "size": list(SHAPE)}), image="one.png", shape=SHAPE)
    np.testing.assert_array_equal(runs[0].inside, SQUARE)


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        ([[1, 1, 2, 2]], "2 points"),
        ({"counts": "abc", "size": list(SHAPE)}, "compressed"),
        ([[90, 90, 91, 90, 91, 91]], "any pixel"),
    ],
)
def test_what_is_no_region_is_refused(tmp_path, segmentation, words):
    with pytest.raises(ImageError, match=words):
        read_polygons(coco(tmp_path, segmentation), image="one.png", shape=SHAPE)


def test_another_size_image_or_file_is_refused(tmp_path):
    with pytest.raises(ImageError, match="31 x 41"):
        read_polygons(labelme(tmp_path, [], height=31), image="one.png", shape=SHAPE)
    with pytest.raises(ImageError, match=r"0 images named two\.png"):
        read_polygons(coco(tmp_path, [[0, 0, 9, 0, 9, 9]]), image="two.png", shape=SHAPE)
    (tmp_path / "text.json").write_text("no json")
    with pytest.raises(ImageError, match="JSONDecodeError"):
        read_polygons(tmp_path / "text.json", image="one.png", shape=SHAPE)
