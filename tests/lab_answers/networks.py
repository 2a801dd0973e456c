"""Answers to the exercises that are classes: `LogisticRegression` and `NeuralNet`."""

from lab_answers.answer import Answer, without_return

_HALF = (
    ("grad_h = grad_z_o @ self.W_o.T", "grad_h = ..."),
    ("grad_z_h = grad_h * dsigmoid(z_h)", "grad_z_h = ..."),
    ("grad_W_h = X.T @ grad_z_h", "grad_W_h = ..."),
    ("grad_b_h = grad_z_h.sum(axis=0)", "grad_b_h = ..."),
)

NETWORKS: dict[str, Answer] = {
    "labels for nll": Answer(
        "LogisticRegression",
        (("nll(one_hot(self.output_size, y), ", "nll(y, "),),
        {"LogisticRegression.loss": False},
        ("the loss hands labels to `nll`",),
    ),
    "one-hot once more": Answer(
        "LogisticRegression",
        (("y_pred - y_true", "y_pred - one_hot(self.output_size, y_true)"),),
        {"LogisticRegression.grad_loss": False},
        ("`y_true` is one-hot already",),
    ),
    "a bias gradient with two axes": Answer(
        "LogisticRegression",
        (("grad_z.sum(axis=0)", "grad_z.sum(0, keepdims=True)"),),
        {"LogisticRegression.grad_loss": False},
        ("`grad_b` has the shape `(1, K)`, and `b` has `(K,)`", "It gives (1, 3). Right is (3,)."),
    ),
    "means in regression": Answer(
        "LogisticRegression",
        (
            ("self.forward(X))\n\n    def grad", "self.forward(X)) / X.shape[0]\n\n    def grad"),
            ("y_pred - y_true", "(y_pred - y_true) / X.shape[0]"),
        ),
        {"LogisticRegression.loss": False, "LogisticRegression.grad_loss": False},
        ("a mean stands where the text asks for the sum",),
    ),
    "forward row by row": Answer(
        "LogisticRegression",
        (
            (
                "        z = X @ self.W + self.b  # (N, K)\n        return softmax(z)",
                "        return np.stack([softmax(row @ self.W + self.b) for row in X])",
            ),
        ),
        {"LogisticRegression.forward": False},
        ("one image alone", "the picture of a prediction"),
    ),
    "a loss of another name": Answer(
        "LogisticRegression",
        (("def loss", "def get_loss"),),
        {"LogisticRegression.loss": False},
        ("has no method `loss`", "`get_loss`"),
    ),
    "a sigmoid at the output": Answer(
        "NeuralNet",
        (("return softmax(", "return sigmoid("),),
        {"NeuralNet.forward_output": False},
        ("this part ends in a softmax",),
        not_said=("-t * (1 - y)",),
    ),
    "a sigmoid at the output, and its derivative": Answer(
        "NeuralNet",
        (("return softmax(", "return sigmoid("), ("y_pred - t", "-t * (1 - y_pred)")),
        {"NeuralNet.forward_output": False, "NeuralNet.grad_loss": False},
        ("this part ends in a softmax",),
    ),
    "a loss of what went forward last": Answer(
        "NeuralNet",
        (
            (
                "        return softmax(H @ self.W_o + self.b_o)",
                "        self.last = softmax(H @ self.W_o + self.b_o)\n        return self.last",
            ),
            ("self.forward(X))\n\n    def grad", "self.last)\n\n    def grad"),
        ),
        {"NeuralNet.loss": False},
        ("does not look at its argument `X`", "the last `forward` left"),
    ),
    "a mean as the loss": Answer(
        "NeuralNet",
        (("self.forward(X))\n\n    def grad", "self.forward(X)) / len(y)\n\n    def grad"),),
        {"NeuralNet.loss": False},
        ("a mean stands where the text asks for the sum",),
        not_said=("len(X)",),
    ),
    "the slope of the logarithm alone": Answer(
        "NeuralNet",
        (("y_pred - t", "-(t / y_pred)"),),
        {"NeuralNet.grad_loss": False},
        ("the derivative by `y_pred`", "the softmax is left out"),
    ),
    "the diagonal of the softmax's slope": Answer(
        "NeuralNet",
        (("y_pred - t", "-t / y_pred * (y_pred - y_pred**2)"),),
        {"NeuralNet.grad_loss": False},
        ("only the diagonal",),
    ),
    "half of grad_loss": Answer(
        "NeuralNet",
        (("h.T @ grad_z_o", "z_h.T @ grad_z_o"), *_HALF),
        {"NeuralNet.grad_loss": False},
        (
            "the pre-activation stands where the activation belongs",
            "| right     grad_z_o = y_pred - t",
            "| WRONG     grad_W_o = z_h.T @ grad_z_o",
            "| right     grad_b_o",
            "| not yet   grad_h = ...",
        ),
    ),
    "gradients in turn with the updates": Answer(
        "NeuralNet",
        (
            ("        grads = self.grad_loss(X, y)\n", ""),
            *(
                (f'grads["{name}"]', f'self.grad_loss(X, y)["{name}"]')
                for name in ("W_h", "b_h", "W_o", "b_o")
            ),
        ),
        {"NeuralNet.train": False},
        ("a gradient is computed after a parameter has changed",),
        not_said=("no simple relation",),
    ),
    "labels less targets": Answer(
        "NeuralNet",
        (("y_pred - t", "y - t"), *_HALF),
        {"NeuralNet.grad_loss": False},
        ("`y` holds the labels here", "| WRONG     grad_z_o = y - t"),
    ),
    "no gradient by a bias": Answer(
        "NeuralNet",
        ((', "b_o": grad_b_o}', "}"),),
        {"NeuralNet.grad_loss": False},
        ("there is no gradient by `b_o`",),
    ),
    "a method of another name": Answer(
        "NeuralNet",
        (("def grad_loss", "def gradloss"), ("self.grad_loss", "self.gradloss")),
        {"NeuralNet.grad_loss": False},
        ("has no method `grad_loss`", "`gradloss`"),
    ),
    "the shape of a sum of one row": Answer(
        "NeuralNet",
        (("grad_z_h = grad_h * dsigmoid(z_h)", "grad_z_h = grad_h * dsigmoid(h)"),),
        {"NeuralNet.grad_loss": False},
        ("taken at h instead of z_h", "| WRONG     grad_z_h", "| right     grad_W_h"),
    ),
    "gradients in the other order": Answer(
        "LogisticRegression",
        (("return grad_W, grad_b", "return grad_b, grad_W"),),
        {"LogisticRegression.grad_loss": False},
        ("returned in the other order",),
    ),
    "gradients in a dictionary": Answer(
        "LogisticRegression",
        (("return grad_W, grad_b", "return dict(W=grad_W, b=grad_b)"),),
        {"LogisticRegression.grad_loss": False},
        ("a dictionary is returned",),
    ),
    "an image as a vector": Answer(
        "NeuralNet",
        (("X, y = x[np.newaxis, :], np.array([y])", "X, y = x, y"),),
        {"NeuralNet.train": False},
        ("as a vector `(D,)`",),
    ),
    "a transpose too many": Answer(
        "LogisticRegression",
        (("X.T @ grad_z", "X.T @ grad_z.T"),),
        {"LogisticRegression.grad_loss": False},
        ("Is a transpose (.T) one too many on the right",),
        not_said=("missing on the", "one-hot once more"),
    ),
    "labels first in a loss": Answer(
        "NeuralNet",
        (("nll(one_hot(self.output_size, y)", "nll(one_hot(y, self.output_size)"),),
        {"NeuralNet.loss": False},
        ("the two arguments of `one_hot` are exchanged",),
    ),
    "probabilities first": Answer(
        "NeuralNet",
        (
            (
                "nll(one_hot(self.output_size, y), self.forward(X))",
                "nll(self.forward(X), one_hot(self.output_size, y))",
            ),
        ),
        {"NeuralNet.loss": False},
        ("the two arguments of `nll` are exchanged",),
    ),
    "a gradient that takes a step": Answer(
        "NeuralNet",
        (('        return {"W_h"', '        self.W_h -= 0.1 * grad_W_h\n        return {"W_h"'),),
        {"NeuralNet.grad_loss": False},
        ("it changes the model: `net.W_h`",),
        not_said=("which it is given", "under another name"),
    ),
    "another layer's activation": Answer(
        "DeepNet",
        (("h2 = sigmoid(z_h2)", "h2 = sigmoid(h)"),),
        {"DeepNet.forward": False},
        ("`h2 = sigmoid(h)`", "WRONG     h2 = sigmoid(h)"),
    ),
    "names and values of a dictionary": Answer(
        "NeuralNet",
        (
            (
                '        self.W_h -= learning_rate * grads["W_h"]\n',
                "        for name, gradient in grads:\n"
                "            getattr(self, name)[...] -= learning_rate * gradient\n",
            ),
        ),
        {"NeuralNet.train": False},
        ("`.items()` gives names and values",),
        not_said=("Python stops",),
    ),
    "a raise in a whole grad_loss": Answer(
        "NeuralNet",
        (('        return {"W_h"', '        raise NotImplementedError\n        return {"W_h"'),),
        {"NeuralNet.grad_loss": None},
        ("Delete the line `raise NotImplementedError`", "right without it"),
    ),
    "a step on arrays of its own": Answer(
        "NeuralNet",
        (
            (
                'self.W_h -= learning_rate * grads["W_h"]',
                "for name, g in grads.items():\n            p = getattr(self, name)\n"
                "            p = p - learning_rate * g",
            ),
            ('        self.b_h -= learning_rate * grads["b_h"]\n', ""),
            ('        self.W_o -= learning_rate * grads["W_o"]\n', ""),
            ('        self.b_o -= learning_rate * grads["b_o"]\n', ""),
        ),
        {"NeuralNet.train": False},
        ("the model is not changed",),
        not_said=("`learning_rate` is not used",),
    ),
    "a step that is returned": Answer(
        "NeuralNet",
        (("        grads = self.grad_loss(X, y)\n", "        return self.grad_loss(X, y)\n"),),
        {"NeuralNet.train": False},
        ("the model is not changed",),
        not_said=("`learning_rate` is not used",),
    ),
    **without_return(
        "LogisticRegression.grad_loss", "return grad_W, grad_b", "print(grad_W, grad_b)"
    ),
    **without_return("NeuralNet.grad_loss", 'return {"W_h"', 'grads = {"W_h"'),
    **without_return("NeuralNet.forward_hidden", "return sigmoid(X @", "h = sigmoid(X @"),
}
