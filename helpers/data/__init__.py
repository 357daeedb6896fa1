"""The data sets of the course: one type for all, the same split on each call.

    data.digits()          1,797 handwritten digits of 8 x 8          scikit-learn
    data.fashion()         9,000 pictures of clothes of 28 x 28       with the course
    data.names()           3,000 surnames in ten languages            faker
    data.text()            the source text of Python's own library    your Python
    data.signals()         short motifs hidden in noise               generated here
    data.openml("mnist")   MNIST or CIFAR-10, loaded once             the network

All but the last need no network.  Each returns a `Dataset`: `x_train`, `y_train`, `x_test` and
`y_test` as tensors, or as arrays with `.numpy()`, which loads no torch.
"""

from helpers.data.dataset import Arrays as Arrays
from helpers.data.dataset import Dataset as Dataset
from helpers.data.language import names, text
from helpers.data.loading import openml
from helpers.data.pictures import digits, fashion
from helpers.data.waves import signals

__all__ = ["digits", "fashion", "names", "openml", "signals", "text"]
