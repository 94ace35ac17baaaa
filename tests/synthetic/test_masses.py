from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.vocabulary import OutlineColor, View, Visit
from radiomics_mammo.synthetic.anatomy import draw_shapes
from radiomics_mammo.synthetic.masses import MassLook, draw_form, draw_look, draw_masses, place_mass
from radiomics_mammo.synthetic.plan import ClassCounts, MassScenario, plan_patients

SMOOTH = MassLook(radius_mm=8.0, aspect=0.8, irregularity=0.0, edge_mm=0.8, contrast=0.5, heterogeneity=0.0)
ROWS_MM, DEPTHS_MM = (
    plane.astype(np.float32) for plane in np.meshgrid(np.arange(110, 176, 0.5), np.arange(15, 85, 0.5), indexing="ij")
)
FLAT = np.zeros_like(ROWS_MM)
DISTANCE = np.hypot(ROWS_MM - 143.0, DEPTHS_MM - 50.0)


def form_of(**look):
    return draw_form(np.random.default_rng(1), replace(SMOOTH, **look), (143.0, 50.0))


def masses_of(scenario, seed=0):
    rng = np.random.default_rng(seed)
    plan = replace(plan_patients(rng, ClassCounts(0, 0, 1))[0], scenario=scenario)
    shapes = draw_shapes(rng)
    return shapes, draw_masses(rng, plan, shapes, SyntheticConfig())


def test_outline_encloses_the_area_of_the_radius():
    assert contour_area_px(form_of().outline_mm()) == pytest.approx(np.pi * 8.0**2, rel=0.01)
    assert contour_area_px(form_of().outline_mm(size=0.5)) == pytest.approx(np.pi * 16.0, rel=0.01)


def test_irregularity_lengthens_the_outline():
    contours = [form_of(irregularity=bumps).outline_mm() for bumps in (0.0, 0.08, 0.16)]
    lengths = [np.hypot(*(np.roll(contour, -1, axis=0) - contour).T).sum() for contour in contours]
    assert lengths == sorted(lengths)
    assert lengths[2] > 1.1 * lengths[0]


def test_body_lies_inside_the_outline():
    cover, added = form_of().cast(ROWS_MM, DEPTHS_MM, FLAT)
    assert (cover * 0.25).sum() == pytest.approx(np.pi * 64, rel=0.03)
    assert cover[DISTANCE < 5].min() > 0.95
    assert added[form_of().reach_mm < DISTANCE].max() < 1e-3
    assert added.max() == pytest.approx(0.5, abs=0.02)


def test_spicules_radiate_beyond_the_margin():
    spiky, plain = form_of(spicules=0.8), form_of()
    outside = [form.cast(ROWS_MM, DEPTHS_MM, FLAT)[1][DISTANCE > 11].sum() for form in (spiky, plain)]
    assert len(spiky.rays) >= 10
    assert outside[0] > 5 * outside[1]


def test_texture_inside_follows_heterogeneity(rng):
    texture = rng.standard_normal(ROWS_MM.shape).astype(np.float32)
    casts = [form_of(heterogeneity=share).cast(ROWS_MM, DEPTHS_MM, texture)[1] for share in (0.05, 0.2)]
    assert casts[1][DISTANCE < 4].std() > 2 * casts[0][DISTANCE < 4].std()


def test_a_mass_without_size_is_refused():
    with pytest.raises(InvariantError):
        form_of(radius_mm=0.0)


def test_size_does_not_tell_the_class_but_irregularity_does():
    rng = np.random.default_rng(1)
    looks = {kind: [draw_look(rng, suspicious=kind) for _ in range(400)] for kind in (True, False)}
    radius = {kind: np.mean([look.radius_mm for look in looks[kind]]) for kind in looks}
    bumps = {kind: np.array([look.irregularity for look in looks[kind]]) for kind in looks}
    assert radius[True] == pytest.approx(radius[False], rel=0.05)
    auc = (bumps[True][:, None] > bumps[False][None, :]).mean()
    assert 0.7 < auc < 0.9  # a difference of 1.25 standard deviations: 0.81


def test_without_effect_the_classes_look_alike():
    looks = [draw_look(np.random.default_rng(2), suspicious=kind, effect=0.0) for kind in (True, False)]
    assert looks[0] == looks[1]
    assert draw_look(np.random.default_rng(2), suspicious=False).spicules == 0


def test_masses_are_placed_inside_at_the_distance_asked_for(shape, rng):
    for _ in range(10):
        place = place_mass(rng, shape, radius_mm=7.0)
        assert shape.room_mm(np.array([place]))[0] > 7.0
        other = place_mass(rng, shape, radius_mm=7.0, nipple_distance_mm=45.0)
        assert np.hypot(*np.subtract(other, shape.nipple_mm)) == pytest.approx(45.0, abs=6.0)


@pytest.mark.parametrize("seed", range(5))
def test_masses_lie_apart_and_at_like_nipple_distance_in_both_views(seed):
    shapes, masses = masses_of(MassScenario(confirmed=1, unconfirmed=2, blue=1), seed)
    for mass in masses:
        distances = [np.hypot(*np.subtract(mass.forms[view].centre_mm, shapes[view].nipple_mm)) for view in View]
        assert abs(distances[0] - distances[1]) < 8
        assert mass.forms[View.CC].look == mass.forms[View.MLO].look
    for view in View:
        forms = [mass.forms[view] for mass in masses]
        for index, form in enumerate(forms):
            for other in forms[:index]:
                apart = np.hypot(*np.subtract(form.centre_mm, other.centre_mm))
                assert apart > form.look.radius_mm + other.look.radius_mm


def test_colours_and_prior_state_follow_the_scenario():
    _, (red, blue) = masses_of(MassScenario(confirmed=1, blue=1, blue_in_prior=True, precursor=True))
    assert (red.color, red.confirmed, red.prior_outlined) == (OutlineColor.RED, True, False)
    assert 0 < red.prior_strength < 0.5
    assert red.shown(View.CC, Visit.PRIOR).strength == red.prior_strength
    assert (blue.color, blue.prior_outlined) == (OutlineColor.BLUE, True)
    _, (new,) = masses_of(MassScenario(blue=1))
    assert new.shown(View.CC, Visit.PRIOR) is None
    assert new.shown(View.CC, Visit.RECENT).strength == 1.0


def test_one_view_scenarios():
    _, (only,) = masses_of(MassScenario(confirmed=1, only_view=View.MLO))
    assert set(only.forms) == {View.MLO}
    assert only.shown(View.CC, Visit.RECENT) is None
    _, (both, other) = masses_of(MassScenario(confirmed=1, unconfirmed=1, unconfirmed_view=View.CC))
    assert set(both.forms) == set(View)
    assert set(other.forms) == {View.CC}


def test_a_mass_at_the_edge_is_cut_by_the_chest_wall():
    _, (cut,) = masses_of(MassScenario(confirmed=1, only_view=View.CC, at_edge=True))
    assert cut.forms[View.CC].outline_mm()[:, 1].min() < 0 < cut.forms[View.CC].centre_mm[1]
