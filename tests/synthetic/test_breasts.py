from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.vocabulary import CaseClass, Density, OutlineColor, View
from radiomics_mammo.synthetic.breasts import draw_look, draw_masses, draw_shapes, gland_share
from radiomics_mammo.synthetic.plan import ClassCounts, MassScenario, plan_patients

CONFIG = SyntheticConfig()


def masses_of(scenario, seed=0):
    rng = np.random.default_rng(seed)
    plan = replace(plan_patients(rng, ClassCounts(0, 0, 1))[0], scenario=scenario)
    shapes = draw_shapes(rng)
    return shapes, draw_masses(rng, plan, shapes, CONFIG)


def test_gland_share_follows_density_and_age():
    woman = Patient("normal-01", CaseClass.NORMAL, "1", age_years=58.0, density=Density.A)
    shares = [gland_share(replace(woman, density=density), CONFIG) for density in Density]
    assert tuple(shares) == CONFIG.gland_share_by_density
    assert gland_share(replace(woman, density=Density.C, age_years=78.0), CONFIG) == pytest.approx(shares[2] - 0.10)


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


@pytest.mark.parametrize("seed", range(5))
def test_a_mass_lies_at_like_nipple_distance_in_both_views(seed):
    shapes, masses = masses_of(MassScenario(confirmed=1, unconfirmed=2, blue=1), seed)
    for mass in masses:
        distances = [np.hypot(*np.subtract(mass.forms[view].centre_mm, shapes[view].nipple_mm)) for view in View]
        assert abs(distances[0] - distances[1]) < 8
        assert mass.forms[View.CC].look == mass.forms[View.MLO].look


@pytest.mark.parametrize("seed", range(5))
def test_masses_of_a_view_do_not_overlap(seed):
    _, masses = masses_of(MassScenario(confirmed=1, unconfirmed=2, blue=1), seed)
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
    assert (blue.color, blue.prior_outlined) == (OutlineColor.BLUE, True)
    _, (new,) = masses_of(MassScenario(blue=1))
    assert new.prior_strength == 0.0


def test_one_view_scenarios():
    _, (only,) = masses_of(MassScenario(confirmed=1, only_view=View.MLO))
    assert set(only.forms) == {View.MLO}
    _, (both, other) = masses_of(MassScenario(confirmed=1, unconfirmed=1, unconfirmed_view=View.CC))
    assert set(both.forms) == set(View)
    assert set(other.forms) == {View.CC}


def test_a_mass_at_the_edge_is_cut_by_the_chest_wall():
    _, (cut,) = masses_of(MassScenario(confirmed=1, only_view=View.CC, at_edge=True))
    assert cut.forms[View.CC].outline_mm()[:, 1].min() < 0 < cut.forms[View.CC].centre_mm[1]
