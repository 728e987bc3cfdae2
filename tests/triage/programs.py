"""What programs to be examined have in common."""

# A softmax that overflows in one case, and a gradient that misses a factor in another.
SOFTMAX = """\
def softmax(z):
    return np.exp(z) / np.sum(np.exp(z))


def loss(z):
    return -np.log(softmax(z)[0])


def gradient(z):
    p = softmax(z)
    p[0] -= 1
    return p


@stabcheck.gradient_case
def large():
    return stabcheck.GradientCase(fn=loss, args=(np.array([1.0, 800.0, 3.0]),), grad=gradient)


@stabcheck.gradient_case
def small():
    return stabcheck.GradientCase(fn=loss, args=(np.array([1.0, 2.0, 3.0]),), grad=gradient)


@stabcheck.gradient_case
def misses_n():
    x = np.array([1.0, 2.0, 4.0, 5.0])
    return stabcheck.GradientCase(fn=lambda x: np.mean(x**2), args=(x,), grad=lambda x: 2 * x)
"""
