"""The figures, tables and claims of the papers: where they stand in them, and the roles that experiments play in them.

Standard library only: the graph is built with it. Each role is filled by the name of an experiment, of a pair, of what is
measured at initialisation or of a Gram matrix (config/experiments.yaml); its file is ``summary/<name>.nc``.
"""

from typing import NamedTuple


class Item(NamedTuple):
    """A figure or a table: its section of the article, and its roles."""

    section: str
    roles: tuple[str, ...] = ()


SECTIONS = {
    "2": "Section 2: model and dynamics",
    "3": "Section 3: the control parameter",
    "4": "Section 4: fluctuations and ensembles",
    "5": "Section 5: kernel and dynamics",
    "6": "Section 6: arguments, and more to show",
    "7": "Section 7: other data, architectures, dynamics",
    "A": "Appendix A: kernel at the end",
    "B": "Appendix B: weights",
    "C": "Appendix C: growth of the output",
    "D": "Appendix D: preactivations",
    "E": "Appendix E: depth of the exponents",
    "F": "Appendix F: ReLU",
    "G": "Appendix G: discretisation",
    "H": "Appendix H: size of the training set",
    "I": "Appendix I: F = alpha f",
    "J": "Appendix J: biases",
    "depth": "The depth paper",
    "regimes": "Lazy and feature regimes",
}

DEPTH_FIGURES = (*(f"depth_fig{number}" for number in (1, 2, 3, 4, 5, 7, 8)), "depth_prop4", "depth_remarks")
FIGURES = {
    "fig1": Item("2"),
    "fig3": Item("3", ("plane",)),
    "fig4": Item("4", ("plane", "variance")),
    "fig5": Item("5", ("plane",)),
    "fig6": Item("7", ("mnist", "cifar10", "cifar10_adam")),
    "fig7": Item(
        "7", ("mnist_pca10", "mnist_pca10_deep", "cnn_fashion", "cnn_cifar10", "emnist", "emnist_momentum", "shallow", "deep")
    ),
    "fig8": Item("A", ("gram", "fc", "cnn")),
    "fig9": Item("B", ("plane",)),
    "fig10": Item("C", ("plane",)),
    "fig11": Item("D", ("initial",)),
    "fig12": Item("F", ("relu",)),
    "fig13": Item("G", ("steps", "momentum")),
    "fig14": Item("H", ("n1", "n2", "n3", "n4")),
    "fig15": Item("I", ("difference", "plain")),
    "fig16": Item("J", ("unbiased", "biased")),
    "more": Item("6", ("plane", "below", "initial")),
    **{name: Item("depth", ("theory",)) for name in DEPTH_FIGURES},
    "depth_fig6": Item("depth", ("sphere", "mnist")),
    "regime_map": Item("regimes", ("plane",)),
    "regime_width": Item("regimes", ("width",)),
    "regime_duration": Item("regimes", ("duration",)),
    "regime_learning_rate": Item("regimes", ("rate",)),
    "lr_transfer": Item("regimes", ("transfer",)),
    "ntk_gap": Item("regimes", ("gap",)),
}

TABLES = {
    "table1": Item(
        "7",
        (
            "cnn_cifar10",
            "cnn_fashion",
            "cifar10_adam",
            "fashion",
            "fashion_deep",
            "mnist",
            "emnist",
            "cifar10",
            "mnist_pca10_deep",
        ),
    ),
    "table2": Item("E", ("deep", "shallow")),
    "depth_table1": Item("depth", ("words",)),
    "depth_table2": Item("depth", ("mnist",)),
}

# Claims that are judged on each of any number of experiments have no roles of their own: names in a list.
CLAIMS = {
    **dict.fromkeys(("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C19")),
    "C12": ("initial",),
    "C13": ("relu",),
    "C14": ("steps",),
    "C15": ("n1", "n2", "n3", "n4"),
    "C16": ("difference", "plain"),
    "C17": ("unbiased", "biased"),
    "C18": TABLES["table1"].roles,
    "C20": ("shallow", "deep"),
    **{f"D{number}": ("theory",) for number in range(1, 24)},
    "D7": ("sphere", "mnist"),
    "D9": ("ten", "three"),
    "D15": ("theory", "words"),
    **dict.fromkeys((f"R{number}" for number in range(1, 11)), ("width",)),
    **dict.fromkeys(("R11", "R12", "R13"), ("rate",)),
    **dict.fromkeys(("R14", "R15", "R16"), ("duration",)),
    **dict.fromkeys(("R17", "R18"), ("transfer",)),
    **dict.fromkeys(("R19", "R20", "R21"), ("gap",)),
    **dict.fromkeys(("R22", "R23", "R24"), ("plane",)),
}
PAPERS = {"article": "The article", "depth": "The depth paper", "regimes": "The regime pages"}


def paper(kind: str, name: str) -> str:
    """The paper that a figure, table or claim is of, one of `PAPERS`."""
    if kind == "claims":
        return {"C": "article", "D": "depth", "R": "regimes"}[name[0]]
    found = {"figures": FIGURES, "tables": TABLES}[kind].get(name)
    return found.section if found and found.section in PAPERS else "article"
