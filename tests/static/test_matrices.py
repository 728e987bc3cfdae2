"""Inverses that are worth a finding, and those whose loss nobody meets."""

import pytest

from stabcheck.static.cards import load
from stabcheck.static.engine import check

CARDS = {card.code: card for card in load()}


def found(code: str, body: str, given: str = "A, X, y, b") -> bool:
    text = f"import numpy as np\n\n\ndef f({given}):\n" + "".join(
        f"    {line}\n" for line in body.split("\n")
    )
    return bool(check(text, "code.py", [CARDS[code]]))


@pytest.mark.parametrize(
    "body",
    [
        "return np.linalg.inv(A) @ b",
        "return np.linalg.inv(X.T @ X + 0.1 * np.eye(3)) @ X.T @ y",
        "h = X.T @ X + A\nreturn np.linalg.inv(h) @ y",
    ],
)
def test_a_system_is_solved_by_its_inverse(body):
    assert found("NS501", body)


@pytest.mark.parametrize(
    "body",
    [
        "return np.linalg.inv(A[:3, :3]) @ b",
        "return np.linalg.inv(np.array([[1, b], [0, y]])) @ b",
        "return np.linalg.inv(np.diag(b)) @ y",
        "rotation = A\nreturn np.linalg.inv(rotation) @ b",
        "K = np.linalg.inv(A)\nreturn K @ b, K @ y",
        "return np.linalg.inv(A) @ X @ np.linalg.inv(A)",
    ],
)
def test_small_ones_frames_and_what_is_used_again(body):
    assert not found("NS501", body)


def test_names_of_frames_count_wherever_they_stand():
    assert not found("NS501", "return np.linalg.inv(src_affine) @ b", "src_affine, b")
    assert not found("NS501", "return np.linalg.inv(info['head']['trans']) @ b", "info, b")
    assert not found("NS501", "return np.linalg.inv(grid2world) @ b", "grid2world, b")


def test_normal_equations_have_a_right_side_of_their_own():
    assert found("NS502", "return np.linalg.solve(X.T @ X, X.T @ y)")
    assert not found("NS502", "return np.linalg.solve(X.T @ X, X.T @ y - b)")
    assert not found("NS502", "c = np.linalg.inv(X.T @ X)\nreturn c @ (X.T @ A @ X @ c)")


def test_eigenvalues_make_a_harmless_matrix_and_weights_do_not():
    assert not found("NS505", "s = A @ np.diag(b) @ A.T\nreturn y @ np.linalg.inv(s) @ y")
    assert found("NS505", "s = X.T @ np.diag(b) @ X\nreturn y @ np.linalg.inv(s) @ y")
