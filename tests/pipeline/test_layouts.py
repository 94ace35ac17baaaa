"""Every layout is a type of record with one reader of lesions behind the same protocol."""

from radiomics_mammo.core.cases import CalcificationImage, CohortImage, FiledImage, ImageRecord
from radiomics_mammo.pipeline.layouts import READERS, read_clusters, read_cohort, read_outlines


def test_every_kind_of_record_has_its_reader():
    kinds = {ImageRecord, *ImageRecord.__subclasses__(), *FiledImage.__subclasses__()}
    assert set(READERS) == kinds
    assert [READERS[kind] for kind in (ImageRecord, FiledImage, CohortImage, CalcificationImage)] == [
        read_outlines, read_outlines, read_cohort, read_clusters,
    ]  # fmt: skip
