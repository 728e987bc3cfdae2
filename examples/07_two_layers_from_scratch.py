"""A two-layer network from scratch in NumPy: a dict of parameters, one example, backpropagation by hand.

`relative_difference` is the check as it is usually written, and `passes` its threshold as it is often typed:
10e-7 is 1e-6. The gradients are checked once right, once with a mistake in the hidden layer, and once with
dropout switched on, which makes every evaluation another function.
"""

import numpy as np

import stabcheck

rng = np.random.default_rng(7)
x = rng.normal(size=(4, 1))
y = np.array([[1.0], [0.0]])
parameters = {
    "W1": rng.normal(size=(5, 4)),
    "b1": rng.normal(size=(5, 1)),
    "W2": rng.normal(size=(2, 5)),
    "b2": rng.normal(size=(2, 1)),
}


def forward(parameters):
    hidden = np.tanh(parameters["W1"] @ x + parameters["b1"])
    output = parameters["W2"] @ hidden + parameters["b2"]
    return hidden, output


def cost(parameters):
    _, output = forward(parameters)
    return 0.5 * np.sum((output - y) ** 2)


def backward(parameters):
    hidden, output = forward(parameters)
    d_output = output - y
    d_hidden = (parameters["W2"].T @ d_output) * (1 - hidden**2)
    return {"W1": d_hidden @ x.T, "b1": d_hidden, "W2": d_output @ hidden.T, "b2": d_output}


def backward_with_a_mistake(parameters):
    hidden, output = forward(parameters)
    d_output = output - y
    d_hidden = (parameters["W2"].T @ d_output) * (1 - hidden)
    return {"W1": d_hidden @ x.T, "b1": d_hidden, "W2": d_output @ hidden.T, "b2": d_output}


def cost_with_dropout(parameters):
    hidden, _ = forward(parameters)
    kept = np.random.rand(*hidden.shape) < 0.8
    output = parameters["W2"] @ (hidden * kept / 0.8) + parameters["b2"]
    return 0.5 * np.sum((output - y) ** 2)


def numeric_gradient(f, parameters, epsilon=1e-7):
    gradient = {name: np.zeros_like(value) for name, value in parameters.items()}
    for name, value in parameters.items():
        for index in np.ndindex(value.shape):
            saved = value[index]
            value[index] = saved + epsilon
            above = f(parameters)
            value[index] = saved - epsilon
            below = f(parameters)
            value[index] = saved
            gradient[name][index] = (above - below) / (2 * epsilon)
    return gradient


def relative_difference(analytic, numeric):
    a = np.concatenate([analytic[name].ravel() for name in sorted(analytic)])
    n = np.concatenate([numeric[name].ravel() for name in sorted(numeric)])
    return np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n))


def passes(parameters):
    difference = relative_difference(backward(parameters), numeric_gradient(cost, parameters))
    return difference < 10e-7


@stabcheck.gradient_case
def backpropagation():
    return stabcheck.GradientCase(fn=cost, args=(parameters,), grad=backward, step=1e-7, tolerance=1e-7)


@stabcheck.gradient_case
def mistake_in_the_hidden_layer():
    return stabcheck.GradientCase(fn=cost, args=(parameters,), grad=backward_with_a_mistake)


@stabcheck.gradient_case
def dropout_switched_on():
    return stabcheck.GradientCase(fn=cost_with_dropout, args=(parameters,), grad=backward)


if __name__ == "__main__":
    print(f"the usual check passes: {passes(parameters)}")
    print(backpropagation().diagnose())
    print(mistake_in_the_hidden_layer().diagnose())
    print(dropout_switched_on().diagnose())
