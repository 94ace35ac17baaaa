import numpy as np
import pytest

from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import OutlineColor, View, Visit
from radiomics_mammo.synthetic.breasts import PlannedMass
from radiomics_mammo.synthetic.drawn import outlined_masses, pen_course
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.masses import MassLook, draw_form
from radiomics_mammo.synthetic.warps import SmoothWarp

FRAME = PictureFrame(200, 150, 1.0)
LOOK = MassLook(7.0, 0.8, 0.05, 0.8, 0.5, 0.1, 0.0)


def mass(number, centre, color=OutlineColor.RED, *, confirmed=False, in_prior=False):
    form = draw_form(np.random.default_rng(number), LOOK, centre)
    return PlannedMass(number, color, confirmed, {View.CC: form}, 0.9 * in_prior, 0.9, in_prior)


def drawn(*masses, visit=Visit.RECENT, boxless=False):
    key = ImageKey("malignant-01", View.CC, visit)
    return outlined_masses(key, masses, FRAME, warp=SmoothWarp.identity(), boxless=boxless)


def test_numbers_go_top_to_bottom():
    found = drawn(mass(1, (120.0, 40.0)), mass(2, (50.0, 80.0)), mass(3, (80.0, 20.0)))
    assert [one.mass.number for one in found] == [2, 3, 1]


@pytest.mark.parametrize(
    ("reds", "boxless", "labels"),
    [
        ([True], False, ["malignant"]),
        ([False], False, ["malignant"]),
        ([True, False], False, ["malignant", "unconfirmed"]),
        ([True, False, False], True, ["unconfirmed"] * 3),
    ],
)
def test_labels_are_those_a_reader_may_conclude(reds, boxless, labels):
    masses = [mass(n, (40.0 * n, 60.0), confirmed=confirmed) for n, confirmed in enumerate(reds, start=1)]
    found = drawn(*masses, boxless=boxless)
    assert [one.label for one in found] == labels
    assert sum(one.boxed for one in found) == (len(reds) > 1 and not boxless)


def test_blue_is_benign_and_only_outlined_priors_are_drawn():
    masses = mass(1, (60.0, 50.0), confirmed=True), mass(2, (120.0, 50.0), OutlineColor.BLUE, in_prior=True)
    assert [one.label for one in drawn(*masses)] == ["malignant", "benign"]
    (prior,) = drawn(*masses, visit=Visit.PRIOR)
    assert prior.mass.number == 2
    assert prior.region.area_px < drawn(*masses)[1].region.area_px


def test_a_mass_mostly_outside_the_picture_is_not_outlined():
    assert drawn(mass(1, (60.0, -4.0))) == ()
    (cut,) = drawn(mass(1, (60.0, 3.0)))
    assert cut.region.left_px == 0


def test_pen_leaves_the_picture_or_runs_along_its_edge():
    contour = np.array([[10.0, -3.0], [20.0, 8.0], [30.0, -3.0]])
    assert (pen_course(contour, FRAME, along_edge=False) == contour).all()
    assert pen_course(contour, FRAME, along_edge=True)[:, 1].tolist() == [0.0, 8.0, 0.0]
