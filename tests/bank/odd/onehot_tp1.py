import numpy as np

# TP1 - exercice 1: encodage one-hot

def one_hot(n_classes, y):
    y = np.asarray(y).astype(int)
    # une ligne par exemple, 1 a la place du label (labels de 1 a n)
    return (np.arange(1, n_classes + 1) == y[..., None]).astype(float)


def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


print(one_hot(5, [1, 2, 5]))
print(softmax(np.array([1.0, 2.0, 3.0])))
