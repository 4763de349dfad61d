"""Two-player matrix games of the textbooks."""

from coopetition.games.errors import InvalidInputError
from coopetition.games.finite.game import FiniteGame
from coopetition.games.finite.textbook import Textbook


def prisoners_dilemma(
    temptation: float = 5, reward: float = 3, punishment: float = 1, sucker: float = 0
) -> Textbook[FiniteGame]:
    """Return the prisoner's dilemma; both defect.

    Grim trigger keeps cooperation up where δ ≥ (T − R)/(T − P), the fact `critical discount`.

    Raises
    ------
    InvalidInputError
        If not temptation > reward > punishment > sucker.

    Examples
    --------
    >>> prisoners_dilemma().equilibria, prisoners_dilemma().facts["critical discount"]
    (((1, 1),), 0.5)
    """
    t, r, p, s = temptation, reward, punishment, sucker
    if not t > r > p > s:
        raise InvalidInputError(
            f"a prisoner's dilemma needs temptation > reward > punishment > sucker, "
            f"got {t:g}, {r:g}, {p:g}, {s:g}"
        )
    names = ("cooperate", "defect")
    return Textbook(
        game=FiniteGame(
            [[[r, s], [t, p]], [[r, t], [s, p]]],
            ("row", "column"),
            (names, names),
            title="prisoner's dilemma",
        ),
        equilibria=((1, 1),),
        facts={"critical discount": (t - r) / (t - p)},
        source="Osborne and Rubinstein, A Course in Game Theory, 1994, example 16.2 and chapter 8",
    )


def coordination(high: float = 2, low: float = 1) -> Textbook[FiniteGame]:
    """Return pure coordination: both prefer the same of two conventions.

    The mixed equilibrium plays the first with probability low/(high + low), `mixed first`.

    Examples
    --------
    >>> coordination().equilibria, round(coordination().facts["mixed first"], 4)
    (((0, 0), (1, 1)), 0.3333)
    """
    if not (high > 0 and low > 0):
        raise InvalidInputError(f"`high` and `low` must be positive, got {high:g}, {low:g}")
    table = [[high, 0], [0, low]]
    return Textbook(
        game=FiniteGame([table, table], title="coordination"),
        equilibria=((0, 0), (1, 1)),
        facts={"mixed first": low / (high + low)},
        source="Osborne and Rubinstein 1994, example 16.1 (with preferences that agree)",
    )


def stag_hunt() -> Textbook[FiniteGame]:
    """Return the stag hunt: one equilibrium pays more, the other risks less.

    With stag 4 together, 0 alone, hare 3 in any case, hares risk-dominate: 3·3 > 1·1.

    Examples
    --------
    >>> stag_hunt().equilibria
    ((0, 0), (1, 1))
    """
    names = ("stag", "hare")
    return Textbook(
        game=FiniteGame(
            [[[4, 0], [3, 3]], [[4, 3], [0, 3]]],
            ("row", "column"),
            (names, names),
            title="stag hunt",
        ),
        equilibria=((0, 0), (1, 1)),
        facts={"mixed first": 0.75},
        source="Harsanyi and Selten, A General Theory of Equilibrium Selection in Games, 1988",
    )


def battle_of_the_sexes() -> Textbook[FiniteGame]:
    """Return the battle of the sexes: two pure equilibria and one mixed, (2/3, 1/3).

    Examples
    --------
    >>> battle_of_the_sexes().equilibria
    ((0, 0), (1, 1))
    """
    names = ("Bach", "Stravinsky")
    return Textbook(
        game=FiniteGame(
            [[[2, 0], [0, 1]], [[1, 0], [0, 2]]],
            ("row", "column"),
            (names, names),
            title="battle of the sexes",
        ),
        equilibria=((0, 0), (1, 1)),
        facts={"mixed first": 2 / 3},  # of the row player
        source="Osborne and Rubinstein 1994, example 15.3",
    )


def matching_pennies() -> Textbook[FiniteGame]:
    """Return matching pennies: no pure equilibrium, a harmonic game; half and half.

    Examples
    --------
    >>> matching_pennies().equilibria
    ()
    """
    names = ("heads", "tails")
    return Textbook(
        game=FiniteGame(
            [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]],
            ("even", "odd"),
            (names, names),
            title="matching pennies",
        ),
        equilibria=(),
        facts={"mixed first": 0.5},
        source="Osborne and Rubinstein 1994, example 17.1; harmonic: Candogan et al., Flows and "
        "decompositions of games, Mathematics of Operations Research 36, 2011",
    )


def rock_paper_scissors() -> Textbook[FiniteGame]:
    """Return rock, paper, scissors: harmonic, and a third each in equilibrium.

    Examples
    --------
    >>> rock_paper_scissors().game.shape
    (3, 3)
    """
    table = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
    names = ("rock", "paper", "scissors")
    return Textbook(
        game=FiniteGame(
            [table, [list(row) for row in zip(*table, strict=True)]],
            ("row", "column"),
            (names, names),
            title="rock, paper, scissors",
        ),
        equilibria=(),
        facts={"mixed first": 1 / 3},
        source="Candogan et al. 2011, example of a harmonic game",
    )
