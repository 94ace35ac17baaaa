from dataclasses import replace

import pandas as pd

from radiomics_mammo.report.alignment import alignment_gallery, alignment_section, error_figure, similarity_figure
from radiomics_mammo.report.blocks import TableBlock, TextBlock
from radiomics_mammo.tables.review import REVIEW, ReviewRow
from tests.report.conftest import with_zones


def texts(material) -> list[str]:
    return [block.text for block in alignment_section(material).blocks if isinstance(block, TextBlock)]


def test_untrusted_pairs_come_first(material) -> None:
    cards = alignment_gallery(material).cards
    assert [card.pair.trusted for card in cards[:3]] == [False, False, True]
    assert cards[0].pair.patient_id == "benign-02"
    assert len(cards) == len(material.study.registration)


def test_the_slider_of_the_alignment_is_explained_beside_it(material) -> None:
    assert any("slider" in text and "takes the alignment away" in text for text in texts(material))


def test_error_table_has_median_p90_and_unmatched(material, study) -> None:
    ids = {"lesion_id_a": "benign-01_CC_recent_1", "lesion_id_b": "benign-01_CC_prior_1"}
    linked = pd.DataFrame([ids | {"relation": "same-mass-prior"}])
    section = alignment_section(replace(material, study=replace(study, links=linked)))
    table = next(block for block in section.blocks if isinstance(block, TableBlock))
    errors = study.registration["error_mm"].dropna()
    assert table.rows[0][:3] == ("4", f"{errors.median():.2g}", f"{errors.quantile(0.9):.2g}")
    assert table.rows[0][4] == "9"


def test_unmeasured_error_says_why(material, study) -> None:
    bare = replace(study, registration=study.registration.assign(error_mm=float("nan")))
    assert any("error is not measured" in text for text in texts(replace(material, study=bare)))


def test_gain_and_error_are_said(study) -> None:
    assert "18 pairs" in similarity_figure(study.registration).alt
    pairs = study.registration.head(3).assign(error_mm=[1.0, 2.0, 3.0])
    assert "median 2 mm, 90th percentile 2.8 mm" in error_figure(pairs).alt


def test_zones_stand_under_their_pair_and_the_least_certain_pair_first(material, study, aligned_pair) -> None:
    full = with_zones(replace(material, study=trusting(study)), aligned_pair)
    cards = alignment_gallery(full).cards
    shown = [zone.radius90_mm for card in cards for zone in card.zones]
    assert sorted(shown) == sorted(full.study.rois["radius90_mm"])
    widest = [max((zone.radius90_mm for zone in card.zones), default=0.0) for card in cards]
    assert widest == sorted(widest, reverse=True)
    for card in cards:
        own = f"{card.pair.patient_id}_{card.pair.view}"
        assert all(zone.lesion_id.startswith(own) for zone in card.zones)
    assert any("Cyan is the zone" in text for text in texts(full))
    table = next(block for block in alignment_section(full).blocks if isinstance(block, TableBlock))
    recent = str(len(full.study.rois))
    assert table.rows[0][:3] == ("regional", recent, recent)


def test_a_zone_is_judged_by_the_hash_of_its_mask_and_a_rejected_one_is_marked(material, study, aligned_pair) -> None:
    full = with_zones(replace(material, study=trusting(study)), aligned_pair)
    roi_id, sha256 = next(iter(full.prior_sha256.items()))
    wrong = [ReviewRow(id=roi_id, mask_sha256=sha256), ReviewRow(id="another", mask_sha256=sha256)]
    judged = replace(full, study=replace(full.study, review=REVIEW.of(wrong)))
    zones = [zone for card in alignment_gallery(judged).cards for zone in card.zones]
    assert [zone.roi_id for zone in zones if zone.rejected] == [roi_id]
    assert {zone.roi_id: zone.sha256 for zone in zones} == full.prior_sha256
    other = [replace(wrong[0], mask_sha256="f" * 64)]
    changed = replace(full, study=replace(full.study, review=REVIEW.of(other)))
    assert not any(zone.rejected for card in alignment_gallery(changed).cards for zone in card.zones)


def trusting(study):
    return replace(study, registration=study.registration.assign(trusted=True))


def test_points_of_the_drawings_name_the_pair(study) -> None:
    said = [words for _, _, words in similarity_figure(study.registration).tips]
    assert len(said) == len(study.registration)
    assert any(words.startswith("benign-02 CC: 0.50 to 0.") and words.endswith("not trusted") for words in said)
