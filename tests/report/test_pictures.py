import cv2
import numpy as np

from radiomics_mammo.report.pictures import (
    LesionPicture,
    Pictures,
    compress_pictures,
    encode_png,
    grey_window,
    read_pictures,
)


def write(pictures: Pictures, folder) -> None:
    folder.mkdir()
    for picture in (*pictures.lesions, *pictures.registrations):
        for file in picture.files:
            (folder / file.name).write_bytes(file.data)


def test_written_pictures_are_read_back(pictures, tmp_path) -> None:
    write(pictures, tmp_path / "figures")
    found = read_pictures(tmp_path / "figures")
    assert found.by_lesion == pictures.by_lesion
    assert found.by_pair == pictures.by_pair


def test_incomplete_lesion_is_left_out(tmp_path) -> None:
    two = tuple(LesionPicture(name, b"1", b"2", b"3") for name in ("a_1", "a_2"))
    write(Pictures(two), tmp_path / "figures")
    (tmp_path / "figures" / "a_1_contour.svg").unlink()
    assert list(read_pictures(tmp_path / "figures").by_lesion) == ["a_2"]


def test_no_folder_no_pictures(tmp_path) -> None:
    assert read_pictures(tmp_path / "nothing") == Pictures()


def test_compression_keeps_to_the_budget() -> None:
    rng = np.random.default_rng(1)
    pngs = [encode_png(rng.integers(0, 255, (90, 70, 3)).astype(np.uint8)) for _ in range(3)]
    rich, poor = (sum(len(p.uri) for p in compress_pictures(pngs, budget_bytes=b)) for b in (1e9, 20_000))
    assert poor <= 20_000 < rich
    first = cv2.imdecode(np.frombuffer(compress_pictures(pngs, budget_bytes=1e9)[0].data, np.uint8), 1)
    assert first.shape == (90, 70, 3)


def test_flat_crop_is_black() -> None:
    assert grey_window(np.full((4, 5), 7, np.float32)).max() == 0
