from dataclasses import replace

import pandas as pd

from radiomics_mammo.report.blocks import TableBlock, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.picture_files import Pictures
from radiomics_mammo.report.sections_masks import alignment_gallery, alignment_section, contact_sheet, masks_section


def test_worst_quality_comes_first(study, pictures) -> None:
    cards = contact_sheet(ReportMaterial(study, pictures=pictures)).cards
    qualities = list(dict.fromkeys(card.quality for card in cards))
    assert qualities == ["split", "dots-joined", "edge-closed", "gap-closed", "closed"]
    assert cards[0].patient_id == "malignant-<b>"
    assert cards[0].facts == ("red pen", "13 mm²", "20% of the line missing")


def test_the_slider_of_the_alignment_is_explained_beside_it(study, pictures) -> None:
    blocks = alignment_section(ReportMaterial(study, pictures=pictures)).blocks
    notes = [block.text for block in blocks if isinstance(block, TextBlock)]
    assert any("slider" in text and "before" in text for text in notes)


def test_cards_carry_what_an_exclusion_needs(study, pictures) -> None:
    cards = contact_sheet(ReportMaterial(study, pictures=pictures)).cards
    known = dict(zip(study.lesions["lesion_id"], study.lesions["mask_sha256"], strict=True))
    assert {card.lesion_id: card.mask_sha256 for card in cards} == known


def test_lesions_without_picture_are_counted(study, pictures) -> None:
    some = Pictures(pictures.lesions[:3])
    last = masks_section(ReportMaterial(study, pictures=some)).blocks[-1]
    assert last == TextBlock(
        f"{len(study.lesions) - 3} of {len(study.lesions)} lesions have no picture in this folder.", "missing"
    )


def test_area_in_pixels_where_spacing_is_unknown(study, pictures) -> None:
    bare = replace(study, lesions=study.lesions.assign(area_mm2=float("nan")))
    assert contact_sheet(ReportMaterial(bare, pictures=pictures)).cards[0].facts[1] == "904 px"


def test_untrusted_pairs_come_first(study, pictures) -> None:
    cards = alignment_gallery(ReportMaterial(study, pictures=pictures)).cards
    assert [card.trusted for card in cards[:3]] == ["no", "no", "yes"]
    assert cards[0].patient_id == "benign-02"
    assert len(cards) == len(study.registration)


def test_error_table_has_median_p90_and_unmatched(study) -> None:
    linked = pd.DataFrame(
        {
            "lesion_id_a": ["benign-01_CC_recent_1"],
            "lesion_id_b": ["benign-01_CC_prior_1"],
            "relation": ["same-mass-prior"],
        }
    )
    section = alignment_section(ReportMaterial(replace(study, links=linked)))
    table = next(block for block in section.blocks if isinstance(block, TableBlock))
    errors = study.registration["error_mm"].dropna()
    assert table.rows[0][0] == "4"
    assert table.rows[0][1] == f"{errors.median():.3g}"
    assert table.rows[0][2] == f"{errors.quantile(0.9):.3g}"
    assert table.rows[0][4] == "9"


def test_unmeasured_error_says_why(study) -> None:
    bare = replace(study, registration=study.registration.assign(error_mm=float("nan")))
    texts = [block.text for block in alignment_section(ReportMaterial(bare)).blocks if isinstance(block, TextBlock)]
    assert any("error is not measured" in text for text in texts)


def test_box_is_told(study, pictures) -> None:
    boxed = replace(study, lesions=study.lesions.assign(boxed=pd.array([True] * len(study.lesions), dtype="boolean")))
    assert contact_sheet(ReportMaterial(boxed, pictures=pictures)).cards[0].facts[-1] == "boxed"
