"""Records of a pair start empty and stay plain."""

from radiomics_mammo.pipeline.pair_records import AlignedRegions, MeasuredRegions
from radiomics_mammo.pipeline.records import from_record, to_record


def test_records_without_anything_to_measure_come_back_equal():
    assert from_record(AlignedRegions, to_record(AlignedRegions(None))) == AlignedRegions(None)
    assert from_record(MeasuredRegions, to_record(MeasuredRegions())) == MeasuredRegions()
