"""One image at a time, as in a notebook."""

import radiomics_mammo as rm


def test_lesions_of_one_image_are_those_of_the_study(small_study):
    lesions = small_study.result.lesions
    row = lesions[lesions["label"] == "malignant"].iloc[0]
    release = rm.open_release(small_study.release)
    found = rm.outline_lesions(release[row["patient_id"], row["view"], row["visit"]])
    assert row["lesion_id"] in [str(lesion.key) for lesion in found]
    assert found[0].region.area_px > 0


def test_image_is_read_on_its_grid(small_study):
    record = rm.open_release(small_study.release)["malignant-01", "CC", "recent"]
    image = rm.read_image(record)
    assert image.pixels.shape == image.grid.shape
