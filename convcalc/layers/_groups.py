"""What layers that work on groups of channels have in common: whether these divide."""

from math import gcd, isqrt

from convcalc.facts.layer_facts import Problem


def undivided_problem(channels: int, filters: int, parts: int) -> tuple[Problem, ...]:
    """The problem where groups do not divide the input channels and the filters."""
    if parts <= 1 or (channels % parts == 0 and filters % parts == 0):
        return ()
    wrong = [
        f"{what} {number}"
        for number, what in ((channels, "input channels"), (filters, "filters"))
        if number % parts
    ]
    best = nearest_divisor(gcd(channels, filters), parts)
    message = f"groups={parts} does not divide the {' and the '.join(wrong)}"
    return (Problem("groups", message, f"groups={best} divides both", "groups"),)


def uneven_problem(channels: int, parts: int, option: str = "groups") -> tuple[Problem, ...]:
    """The problem where groups do not divide the channels of a layer that keeps them."""
    if channels % parts == 0:
        return ()
    best = nearest_divisor(channels, parts)
    message = f"{option}={parts} does not divide the {channels} input channels"
    return (Problem("groups", message, f"{option}={best} does", option),)


def nearest_divisor(number: int, wanted: int) -> int:
    """The divisor of a number that is nearest to what is wanted."""
    small = [n for n in range(1, isqrt(number) + 1) if number % n == 0]
    return min(small + [number // n for n in small], key=lambda n: (abs(n - wanted), n))
