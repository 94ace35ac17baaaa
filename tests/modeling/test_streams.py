from radiomics_mammo.modeling.streams import stream, whole_seed


def test_a_stream_depends_on_its_names_only():
    first = stream(7, "folds", "patient", 3).random(4)
    assert (stream(7, "folds", "patient", 3).random(4) == first).all()
    others = [stream(8, "folds", "patient", 3), stream(7, "folds", "lesion", 3), stream(7, "folds", "patient", 4)]
    assert all((other.random(4) != first).any() for other in others)


def test_whole_seeds_fit_32_bit_libraries():
    seeds = {whole_seed(1, "fit", number) for number in range(50)}
    assert len(seeds) == 50
    assert all(0 <= seed < 2**31 for seed in seeds)
