import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from radiomics_mammo.modeling.logistic import SOLVER, TOLERANCE, Training, fit_stack, is_penalised_logistic


def rows(n, p, seed, effect=1.0):
    rng = np.random.default_rng(seed)
    malignant = rng.permutation(np.arange(n) % 3 > 0)
    return rng.normal(size=(n, p)) + effect * malignant[:, None], malignant


@pytest.mark.parametrize("weight", [None, "balanced"])
def test_fits_of_every_size_are_those_of_scikit_learn_at_its_minimum(weight):
    wanted = [(*rows(30, 3, 1), 0.01), (*rows(41, 12, 2), 1.0), (*rows(12, 12, 3, effect=4.0), 0.1)]
    trainings = [Training(values, malignant, c) for values, malignant, c in wanted]
    for fitted, (values, malignant, c) in zip(fit_stack(trainings, balanced=weight is not None), wanted, strict=True):
        model = LogisticRegression(C=c, class_weight=weight, solver=SOLVER, tol=TOLERANCE).fit(values, malignant)
        np.testing.assert_allclose(fitted.coefficients, model.coef_[0], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(fitted.probability(values), model.predict_proba(values)[:, 1], rtol=1e-8)


def test_a_model_does_not_depend_on_those_beside_it():
    one, other = Training(*rows(20, 2, 4), 1.0), Training(*rows(33, 7, 5), 0.1)
    (alone,) = fit_stack([one])
    together = fit_stack([other, one])[1]
    np.testing.assert_allclose(together.coefficients, alone.coefficients, rtol=1e-12)
    assert together.coefficients.shape == (2,)


def test_classes_that_are_far_apart_still_have_a_minimum():
    values = np.array([[-50.0], [-49.0], [60.0], [1e4]])
    (fitted,) = fit_stack([Training(values, np.array([False, False, True, True]), 100.0)])
    slope = ((fitted.probability(values) - [0, 0, 1, 1]) * 100) @ values[:, 0] + fitted.coefficients[0]
    assert abs(slope) < 1e-6
    assert fitted.probability(values)[-1] == 1.0


@pytest.mark.parametrize(
    "other",
    [
        {"solver": "lbfgs"},
        {"tol": 1e-4},
        {"fit_intercept": False},
        {"l1_ratio": 0.5},
        {"class_weight": {True: 2.0}},
    ],
)
def test_another_regression_is_left_to_scikit_learn(other):
    assert is_penalised_logistic(LogisticRegression(solver=SOLVER, tol=TOLERANCE, C=0.3, class_weight="balanced"))
    assert not is_penalised_logistic(LogisticRegression(**{"solver": SOLVER, "tol": TOLERANCE} | other))
