from xml.etree import ElementTree

from radiomics_mammo.report.figures import draw_figures

ALWAYS = {"flow", "cohort", "outline-quality", "registration-similarity", "registration-error", "robustness"}
CLASSIFIED = {"auc-by-set", "roc", "precision-recall", "calibration", "decision"}
DESCRIBED = {"strip-density-tissue", "strip-age-tissue", "volcano", "effects-models-patient", "feature-clusters"}


def test_everything_is_drawn_once_with_words(figures) -> None:
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names)
    assert set(names) == ALWAYS | CLASSIFIED | DESCRIBED
    for figure in figures:
        assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
        assert len(figure.alt) > 20
        assert figure.caption.endswith(".")


def test_partial_studies_draw_what_they_have_and_the_same_again(study, empty_study, figures) -> None:
    again = {figure.name: figure for figure in draw_figures(study)}
    assert set(again) == ALWAYS
    assert [figure for figure in figures if figure.name in again] == list(again.values())
    assert draw_figures(empty_study) == ()
