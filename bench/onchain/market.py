"""One round after another through the real market, each act measured in the second of them: what a market costs that is in use."""

from __future__ import annotations

from eth_utils import to_canonical_address
from web3.contract import Contract

from bench.onchain.checking import Checker, Round, whole
from bench.onchain.node import Chain, Spent
from bench.onchain.rounds import any_size, priced_round
from seqmarket.certificate.encode import encode
from seqmarket.model.bid_list import Bid, Shape, audit, canonical, pack
from seqmarket.model.book import Chunk, chunk_of
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.commitment import claim_of, commitment_of

ROLLUPS, BIDS = 32, 50
PERIOD, PHASE = 4_000, 1_000
TICK_WEI, BOND, FEE, DEPOSIT = 10**9, 1_000, 10, 500
DELAY = 5
TOLERANCE_BPS, TOLERANCE_SECONDS = 10, 20
SALT = bytes(range(1, 33))
OWNER, PROPOSER = 30, 31
BIDDERS = 12
MONEY = 10**11  # ticks, deposited by each bidder twice


def play(chain: Chain, checker: Checker) -> dict[str, Spent]:
    """Four rounds of one and the same book: proposed and settled, twice; then proved, twice. By function, what it took at last.

    And the reveals apart, of a round's first list ("reveal first"), of one bid and of BIDS; the check of a proof by itself ("check").
    """
    market, schedule, spent = _deployed(chain, checker.contract)
    for number in range(4):
        its = _Played(chain, market, schedule, number, spent)
        its.reveal()
        if number < 2:
            its.settle()
        else:
            its.prove()
        its.end()
    spent["check"] = whole(checker, its.round, its.certificate)
    rights = chain.web3.eth.contract(market.functions.rights().call(), abi=chain.abi_of("SequencingRights"))
    spent["mint a right"] = [chain.send(rights, "mint", 3, winner, sender=winner) for winner in (0, 1)][-1]
    spent["setReserve"] = [chain.send(market, "setReserve", 0, ticks, sender=OWNER) for ticks in (7, 8)][-1]
    spent["collect"] = [chain.send(market, "collect", lane, sender=OWNER) for lane in (0, 1)][-1]
    spent["withdraw"] = [chain.send(market, "withdraw", 5, chain.accounts[0], sender=0) for _ in range(2)][-1]
    return spent


def _deployed(chain: Chain, checker: Contract) -> tuple[Contract, Schedule, dict[str, Spent]]:
    """A market of 32 rollups, all of one owner, none with a reserve, and what its last registration and deposit took."""
    genesis = chain.web3.eth.get_block("latest")["timestamp"] + PERIOD
    schedule = Schedule(genesis, PERIOD, PHASE, PHASE, PHASE, 0)
    parameters = (
        (genesis, PERIOD, PHASE, PHASE, PHASE, 0),
        TICK_WEI, BOND, 1_000, FEE, 2_500, DEPOSIT, 128, 16_384, DELAY, TOLERANCE_BPS, TOLERANCE_SECONDS,
    )  # fmt: skip
    market = chain.deploy("SealedBidMarket", parameters, checker.address)
    chain.send(market, "deposit", chain.accounts[OWNER], sender=OWNER, value=ROLLUPS * DEPOSIT * TICK_WEI)
    for _ in range(ROLLUPS):
        registered = chain.send(market, "register", 0, chain.accounts[OWNER], chain.accounts[OWNER], sender=OWNER)
    for bidder in [*range(BIDDERS), *range(BIDDERS)]:
        deposited = chain.send(market, "deposit", chain.accounts[bidder], sender=bidder, value=MONEY * TICK_WEI)
    return market, schedule, {"register": registered, "deposit": deposited}


class _Played:
    """A round: ten bidders with a winning bid each, one with 50 losing bids of 8 bytes, one that doesn't reveal."""

    def __init__(self, chain: Chain, market: Contract, schedule: Schedule, number: int, spent: dict[str, Spent]) -> None:
        self.chain, self.market, self.schedule, self.number, self.spent = chain, market, schedule, number, spent
        made = priced_round(ROLLUPS, 10 + 2 * BIDS, 31, any_size, Shape(4))
        bids = [bid for chunk in made.round.chunks for bid in chunk.bids]
        won = [bids[j] for j in made.certificate.winners]
        lost = [bid for bid in bids if bid not in won and bid.bundle.bit_count() > 1][:BIDS]
        self.lists: list[tuple[Bid, ...]] = [(bid,) for bid in won] + [canonical(lost)]
        bidders = [to_canonical_address(account) for account in chain.accounts]
        self.records = [pack(bids, ROLLUPS, Shape(4)) for bids in self.lists]
        packed = (chunk_of(bidders[at], len(bids), records) for at, (bids, records) in enumerate(zip(self.lists, self.records)))
        self.round = Round((0,) * ROLLUPS, tuple(map(Chunk, bidders, self.lists)), tuple(packed))
        c = made.certificate
        self.certificate = type(c)(c.value, c.scale, c.granularity, tuple(range(len(won))), c.proof)

    def reveal(self) -> None:
        """Commits and reveals of every list."""
        openings = []
        self.chain.warp(self.schedule.commit_start(self.number))
        for bidder, (bids, records) in enumerate(zip(self.lists, self.records)):
            who, totals = self.chain.accounts[bidder], audit(records, (0,) * ROLLUPS, (1 << ROLLUPS) - 1)
            collateral = totals.exposure_ticks + FEE * len(bids)
            sealed = commitment_of(self.chain.web3.eth.chain_id, self.market.address, self.number, who, records, SALT)
            self._act("commit", self.number, sealed, collateral, len(bids), sender=bidder)
            openings.append((self.number, who, collateral, len(bids), SALT, records))
        self._act("commit", self.number, SALT, BOND, 1, sender=BIDDERS - 1)
        self.chain.warp(self.schedule.reveal_start(self.number))
        reveals = [self.chain.send(self.market, "reveal", *opening, sender=bidder) for bidder, opening in enumerate(openings)]
        self.spent["reveal first"], self.spent["reveal one"], self.spent["reveal many"] = reveals[0], reveals[-2], reveals[-1]
        self.chain.warp(self.schedule.assign_start(self.number))

    def settle(self) -> None:
        """A proposal, settled when the phase ends."""
        winners, book = list(self.certificate.winners), self.round.book
        self._act("propose", self.number, book, winners)

        checker = self.chain.web3.eth.contract(self.market.functions.checker().call(), abi=self.chain.abi_of("CertificateChecker"))
        appraisal = checker.functions.appraise(self.round.packed_reserves, book, winners).call()
        self.chain.warp(self.schedule.assign_end(self.number))
        self._act("settle", self.number, appraisal)

    def prove(self) -> None:
        """A claim, and the proof that ends the round."""
        who, blob = self.chain.accounts[PROPOSER], encode(self.certificate, self.round.instance)
        self._act("claimProof", self.number, claim_of(self.chain.web3.eth.chain_id, self.market.address, self.number, who, blob))
        self.chain.warp(self.schedule.assign_start(self.number) + 10 * DELAY)
        self._act("prove", self.number, who, self.round.book, blob)

    def end(self) -> None:
        """Releases all who revealed; who didn't forfeits the bond."""
        for bidder in range(len(self.lists)):
            self._act("release", self.number, self.chain.accounts[bidder], sender=bidder)
        self._act("forfeit", self.number, self.chain.accounts[BIDDERS - 1], SALT, BOND, 1)

    def _act(self, name: str, *arguments: object, sender: int = PROPOSER) -> None:
        self.spent[name] = self.chain.send(self.market, name, *arguments, sender=sender)
