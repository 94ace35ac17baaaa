import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.synthetic import ClassCounts, synthesize_release
from radiomics_mammo.synthetic.anatomy import draw_shape, grow_tissue
from radiomics_mammo.synthetic.masses import MassLook, draw_form

SEED = 3
COUNTS = ClassCounts(1, 2, 3)
ROWS, COLS = 128, 104


@pytest.fixture
def rng():
    return np.random.default_rng(20240531)


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    out = tmp_path_factory.mktemp("plain")
    return synthesize_release(out, patients=COUNTS, rows=ROWS, cols=COLS, seed=SEED, quirks=False)


@pytest.fixture(scope="session")
def quirky(tmp_path_factory):
    out = tmp_path_factory.mktemp("quirky")
    return synthesize_release(out, patients=COUNTS, rows=ROWS, cols=COLS, seed=SEED, quirks=True)


@pytest.fixture(scope="session")
def shape():
    return draw_shape(np.random.default_rng(1), View.CC, depth_mm=100.0)


@pytest.fixture(scope="session")
def tissue(shape):
    return grow_tissue(np.random.default_rng(2), shape, gland_share=0.3, spacing_mm=1.0)


@pytest.fixture
def mass():
    look = MassLook(
        radius_mm=8.0, aspect=0.8, irregularity=0.05, edge_mm=0.8, contrast=0.5, heterogeneity=0.1, spicules=0.3
    )
    return draw_form(np.random.default_rng(4), look, (143.0, 50.0))
