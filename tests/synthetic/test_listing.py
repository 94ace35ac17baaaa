from radiomics_mammo.core.findings import AuditCode

IMAGE_LEVEL = {"GT_SCALED", "BITS_STORED", "FILE_EXTENSION", "PHOTOMETRIC_INVERTED", "GT_FLIPPED", "OUTLINE_REPAIRED"}


def test_every_code_is_in_the_catalogue(quirky):
    codes = {quirk.code for quirk in quirky.quirks} - {""}
    assert codes <= set(AuditCode.__members__)
    assert len(codes) >= 14


def test_rows_name_patients_and_images_of_the_release(quirky):
    patients = {patient.patient_id for patient in quirky.patients}
    for quirk in quirky.quirks:
        assert not quirk.patient_id or quirk.patient_id in patients
        assert not quirk.image_id or quirk.image_id.startswith(quirk.patient_id + "_")
        assert bool(quirk.image_id) or quirk.code not in IMAGE_LEVEL


def test_plain_release_lists_only_what_lies_in_the_study_itself(plain):
    words = {quirk.quirk for quirk in plain.quirks}
    assert words <= {
        "small-release",
        "small-pictures",
        "matrix-size",
        "matrix-differs",
        "manufacturer-differs",
        "spacing-differs",
        "one-red-here-several-there",
    }
    assert {"small-release", "small-pictures"} <= words


def test_broken_outlines_are_marked_in_both_tables(quirky):
    lesions = quirky.lesion_table()
    broken = lesions[lesions.quirks.str.contains("broken")]
    assert len(broken) > 0
    assert (broken.gap_fraction > 0).all()
    listed = {quirk.image_id for quirk in quirky.quirks if quirk.quirk == "ring-broken"}
    assert set(broken.image_id) == listed
