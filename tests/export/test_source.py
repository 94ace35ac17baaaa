"""What a segmentation takes over of its source: nothing odd, nothing that names a person, everything it must have."""

from __future__ import annotations

import pytest

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.export.source import derived_uid, read_source


def test_a_good_header_is_taken_over_as_it_is(lesions, source_dicom):
    source = read_source(source_dicom, lesions[0].grid, name="a")
    assert source.repaired == ()
    assert (source.header.Rows, source.header.Columns) == lesions[0].grid.shape
    assert source.header.SOPClassUID == "1.2.840.10008.5.1.4.1.1.1.2"
    assert source.header.PatientName == ""


def test_the_same_content_gives_the_same_identifiers():
    assert derived_uid("a", b"b") == derived_uid("a", b"b") != derived_uid("a", b"c")
    assert derived_uid("a").is_valid


@pytest.mark.parametrize("content", [b"", b"no DICOM", bytes(200)])
def test_no_image_is_said(content, lesions):
    with pytest.raises(ExportError, match="a DICOM source image"):
        read_source(content, lesions[0].grid, name="a")
