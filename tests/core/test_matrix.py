"""Which models, by which methods, the names of a matrix stand for."""

from __future__ import annotations

from made_catalog import made_catalog

from xbench.matrix import Matrix, pairs_of


def test_a_model_that_is_named_twice_is_one_and_its_own_method_goes_before_those_of_the_matrix() -> None:
    asked = Matrix(("majority", "majority", "net-encoder+lora", "net-encoder"), ("tnews",), methods=("full", "lora"))
    assert [(model.name, method) for _, model, method in pairs_of(asked, made_catalog())] == [
        ("majority", "full"),
        ("majority", "lora"),
        ("net-encoder", "lora"),
        ("net-encoder", "full"),
    ]
