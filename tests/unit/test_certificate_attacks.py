"""certificate_is_honest, under attack: whatever is done to certificates and lemmas, no checker accepts a false claim.

`make test` tries some thousands, `make soak` a million and more. That the attacks would find a broken rule is tested too: each rule is
taken out of a copy of the checker, and a false claim gets through.
"""

import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from seqmarket.certificate import chain_check, chain_tree, check
from tests.attacks import Attack, Checkers, FalseClaimAccepted
from tests.examples import SOAK
from tests.forgery import CHEATS

SHARE = 4_000 if SOAK == 1 else 5_000 * SOAK
"""Attempts of one test case; there are ten on bytes and one on the file form."""
ENOUGH = 60_000
"""Attempts within which a rule taken out is found out."""


@pytest.mark.parametrize("seed", range(10))
def test_check_bytes__under_attack__accepts_only_what_is_true(seed: int):
    attack = Attack(seed if SOAK == 1 else SOAK * 1_000 + seed)
    attack.on_bytes(SHARE)

    print(summary("bytes", attack))
    assert attack.answers["true, certificate"] > SHARE // 100
    assert attack.answers["true, lemma"] > SHARE // 1_000


def test_check__under_attack__accepts_only_what_is_true():
    attack = Attack(SOAK)
    attack.on_form(SHARE)

    print(summary("file form", attack))
    assert attack.answers["true, certificate"] > SHARE // 100


def summary(what: str, attack: Attack) -> str:
    return f"{what}: {attack.attempts} attempts\n" + "\n".join(f"{count:9} {answer}" for answer, count in attack.answers.most_common())


# ------------------------------------------------------------------------------------------------------------------- teeth


def copy_of(module: ModuleType, *changes: tuple[str, str], **imports: ModuleType) -> ModuleType:
    """The module with some of its text changed; `imports` take the place of modules that it imports from."""
    text = Path(module.__file__).read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {module.__name__}"
        text = text.replace(old, new)
    copy = ModuleType(module.__name__)
    originals = {its.__name__: sys.modules[its.__name__] for its in (module, *imports.values())}
    try:
        sys.modules.update({module.__name__: copy} | {its.__name__: its for its in imports.values()})
        exec(compile(text, module.__file__, "exec"), copy.__dict__)
    finally:
        sys.modules.update(originals)
    return copy


def bytes_without(*changes: tuple[str, str], of: str = "tree") -> Checkers:
    tree = copy_of(chain_tree, *(changes if of == "tree" else ()))
    root = copy_of(chain_check, *(changes if of == "root" else ()), tree=tree)
    return Checkers(root.check_bytes, root.refute_lemma, tree.Refused)


def form_without(*changes: tuple[str, str]) -> Checkers:
    weaker = copy_of(check, *changes)
    return Checkers(check_form=weaker.check, refused_form=weaker.Refused)


BYTES_RULES = {
    "a slack at the root is not negative": ("root-slack", "root", "if slack < 0 and head.cliques is None:", "if False:"),
    "a slack below 0 at the root waits for cliques": ("root-slack", "root", "if slack <= max(head.budget, -1):", "if 0 <= slack <= head.budget:"),
    "root cliques count in the budget": (None, "root", "        budget += sum(weight for _, weight in cliques)\n", ""),
    "stand-alone offers count": (
        "stand-alone",
        "root",
        "        _require_slack(head, len(instance.offers) + i, offers[len(instance.offers) + i], live)\n",
        "",
    ),
    "the winners are worth the value": ("value", "root", "if worth != head.value:", "if False:"),
    "winners share no rollup": (None, "root", "if offers[j].mask & sold:", "if False:"),
    "winners share no group": (None, "root", "if offers[j].tag in groups_won:", "if False:"),
    "the granularity divides every value": (None, "root", "if value % head.granularity:", "if False:"),
    "root prices count in the budget": (None, "root", "budget = sum(prices) +", "budget ="),
    "root group prices count in the budget": (None, "root", "budget = sum(prices) + sum(group_prices.values())", "budget = sum(prices)"),
    "root cuts count in the budget": (None, "root", " + sum(row.weigh((1 << rollups) - 1) for row in rows) - (value", " - (value"),
    "a slack at a node is not negative": ("slack", "tree", "if slack < 0:", "if False:"),
    "a full cover is worth less than the threshold": (None, "tree", "if worth >= board.target:", "if False:"),
    "an item is uncovered": ("covered", "tree", "if not state.uncovered >> item & 1:", "if False:"),
    "an item is hinted": ("hint", "tree", "if not board.hinted >> item & 1:", "if False:"),
    "all is hinted at other nodes": ("hint-position", "tree", "and ~board.hinted & (1 << board.rollups) - 1:", "and False:"),
    "a lemma was proved": ("lemma", "tree", "if key not in board.refuted:", "if False:"),
    "a lemma has the rest as its target": ("lemma-target", "tree", "target = max(0, board.target - state.chosen)", "target = board.target"),
    "a lemma lists all that is alive": ("lemma-offers", "tree", "for p in sorted(state.alive)))\n", "for p in sorted(state.alive)[:1]))\n"),
    "the members of a clique meet": ("clique", "tree", "for other in left):", "for other in ()):"),
    "a clique's weight counts in the budget": (None, "tree", " + sum(weight for _, weight in cliques)\n    slacks", "\n    slacks"),
    "rows count in the budget": (None, "tree", "budget += sum(row.weigh(state.uncovered) for row in rows) +", "budget +="),
    "prices count in the budget": (None, "tree", "budget += sum(prices.get(i, 0) for i in members(state.uncovered)) +", "budget +="),
    "group prices count in the budget": (None, "tree", "members(state.uncovered)) + sum(group_prices.values())", "members(state.uncovered))"),
    "what was chosen counts": (None, "tree", "budget = -(board.target - state.chosen)", "budget = -board.target"),
}

FORM_RULES = {
    "a slack is not negative": ("if slack < 0:", "if False:"),
    "a budget that is left needs a node": ("if state.budget >= 0:\n                todo.append", "if node.then is not None:\n                todo.append"),
    "a full cover is worth less than the threshold": ("if state.chosen >= threshold:", "if False:"),
    "an item is uncovered": ("if not state.uncovered >> node.item & 1:", "if False:"),
    "the members of a clique meet": ("if not items[j] & items[other]:", "if False:"),
    "a weight is not negative": ('_check_field("weight", cut.weight, 0, WEIGHT_LIMIT)', '_check_field("weight", cut.weight, -9999, WEIGHT_LIMIT)'),
    "an item is priced once": (
        '_check_distinct("price", [i for i, _ in node.prices], instance.items)',
        '[_check_field("price", i, 0, instance.items) for i, _ in node.prices]',
    ),
    "winners share no item": ("if covered & instance.offer_items[j]:", "if False:"),
    "the winners are worth the value": ("if worth != value:", "if False:"),
}


@pytest.mark.parametrize("rule", BYTES_RULES)
def test_attack__on_bytes_without_a_rule__gets_a_false_claim_accepted(rule: str):
    cheat, where, old, new = BYTES_RULES[rule]
    attack = Attack(1, bytes_without((old, new), of=where), (cheat,))
    with pytest.raises(FalseClaimAccepted):
        attack.on_bytes(ENOUGH)
    print(f"{rule}: found out after {attack.attempts} attempts")


@pytest.mark.parametrize("rule", FORM_RULES)
def test_attack__on_the_file_form_without_a_rule__gets_a_false_claim_accepted(rule: str):
    attack = Attack(1, form_without(FORM_RULES[rule]))
    with pytest.raises(FalseClaimAccepted):
        attack.on_form(ENOUGH)
    print(f"{rule}: found out after {attack.attempts} attempts")


def test_attack__all_cheats_together__break_most_rules():
    attack = Attack(2, cheats=CHEATS)
    attack.on_bytes(2_000)
    names = {"NegativeSlack", "WrongValue", "BetterPartition", "ItemCovered", "NotHinted", "UnprovedLemma", "NotAClique", "NotAlive", "WinnersOverlap"}
    assert names <= Counter(attack.answers).keys()
