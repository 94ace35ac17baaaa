"""One shape at one place of several patients is said, and stays."""

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor
from radiomics_mammo.masks.repeats import repeated_outlines


def image(art, patient, *, at, scale=2.0, radius=12.0):
    key, grid = ImageKey.parse(f"{patient}_CC_recent"), PixelGrid(round(400 * scale), round(300 * scale))
    contour = (art.blob(at, radius) + 0.5) * scale - 0.5
    lesion = LesionMask(
        key=LesionKey(key, 1), grid=grid, color=OutlineColor.RED, boxed=False, label=LesionLabel.UNCONFIRMED,
        contour_px=contour,
    )  # fmt: skip
    offset = (scale - 1) / 2
    placement = OverlayPlacement(
        gt_rows=400, gt_cols=300, scale_row=scale, scale_col=scale, offset_row_px=offset, offset_col_px=offset,
        similarity=1.0,
    )  # fmt: skip
    return OutlinedImage(key=key, grid=grid, placement=placement, lesions=(lesion,))


def test_same_place_in_the_copies_of_three_patients_is_said_whatever_the_mammograms_measure(art):
    names = ("benign-01", "benign-02", "malignant-03")
    images = [image(art, name, at=(300, 40), scale=scale) for name, scale in zip(names, (1.0, 2.0, 3.7), strict=True)]
    other = image(art, "benign-04", at=(200, 100))
    found = repeated_outlines([*images, other])
    assert sorted(finding.image_id for finding in found) == [f"{name}_CC_recent" for name in names]
    assert {finding.code for finding in found} == {"REPEATED_OUTLINE"}


def test_two_patients_other_sizes_and_other_places_are_chance(art):
    two = [image(art, name, at=(300, 40)) for name in ("benign-01", "benign-02")]
    assert repeated_outlines(two) == ()
    assert repeated_outlines([*two, image(art, "benign-03", at=(300, 40), radius=20.0)]) == ()
    assert repeated_outlines([*two, image(art, "benign-03", at=(312, 40))]) == ()
