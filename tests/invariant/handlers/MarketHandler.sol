// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ICertificateErrors} from "../../../contracts/interfaces/ICertificateChecker.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IRollupRegistry} from "../../../contracts/interfaces/IRollupRegistry.sol";
import {ISealedBidMarket, MarketParameters} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {ISequencingRights} from "../../../contracts/interfaces/ISequencingRights.sol";
import {Bundle} from "../../../contracts/libraries/Bundle.sol";
import {Lineup} from "../../../contracts/libraries/Lineup.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {Assertions} from "../support/Assertions.sol";
import {BruteForce, Instance} from "../support/BruteForce.sol";
import {CertificateBuilder, Claim} from "../support/CertificateBuilder.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {NaiveAudit} from "../support/NaiveAudit.sol";
import {TinyInstances} from "../support/TinyInstances.sol";
import {vm} from "../support/Vm.sol";
import {Deed, GhostClaim, GhostEntry, GhostRollup, GhostRound} from "./GhostBook.sol";

/// @title MarketHandler: six actors who do anything, each call with the outcome that the rules foresee
/// @notice Before each call the handler works out, from its own ghost books alone, whether the market must accept it or which error it must raise.
/// Any other outcome makes the handler revert, which fails the run.
contract MarketHandler is Assertions {
    using Chance for Dice;

    error Rehearsed(); // takes back a rehearsal that went well
    error UnforeseenOutcome(Deed deed, bytes4 foreseen, bytes4 found);

    uint256 public constant ACTORS = 6;
    uint256 private constant MOST_ROLLUPS = 4;
    bytes4 private constant DONE = 0;
    bytes4 private constant ANY_CHECKER_ERROR = 0xffffffff;
    bytes4 private constant PANIC = 0x4e487b71;

    ISealedBidMarket public immutable market;
    ISequencingRights public immutable rights;

    address[] public actors;
    uint256 public clock;
    uint256 public openedRounds;
    mapping(uint256 deed => uint256) public done;
    mapping(uint256 deed => uint256) public refused;

    mapping(address account => uint256) public freeTicks;
    mapping(address account => uint256) public lockedTicks;
    uint256[] public laneTicks;
    address[] private lanePayouts;
    uint256 public forcedWei;

    mapping(uint256 rollup => GhostRollup) private rollups;
    mapping(uint256 round => GhostRound) private rounds;
    mapping(uint256 round => mapping(address bidder => GhostEntry)) private entries;
    mapping(uint256 tokenId => address) public holders;
    mapping(bytes32 claim => uint256) private claimedAt;
    GhostClaim[] private claims;

    bool public phaseReturned;
    bool public lineupMoved;

    constructor(ISealedBidMarket market_) {
        market = market_;
        rights = market_.rights();
        clock = vm.getBlockTimestamp();
        for (uint256 i; i < ACTORS; ++i) actors.push(address(uint160(0xa11ce000 + i)));
    }

    // ------------------------------------------------------------ what runs do

    /// @dev Sets the clock, and looks at the latest rounds afterwards.
    modifier step() {
        vm.warp(clock);
        _;
        _observe();
    }

    /// @notice One deed of any kind, for runs without a fuzzer.
    function anything(uint256 seed) external {
        uint256 kind = uint256(keccak256(abi.encode("kind", seed))) % 10;
        if (kind == 0) this.keepAccounts(seed);
        else if (kind == 1) this.keepRollups(seed);
        else if (kind == 2) this.commit(seed);
        else if (kind == 3) this.reveal(seed);
        else if (kind == 4) this.propose(seed);
        else if (kind == 5) this.claimProof(seed);
        else if (kind == 6) this.prove(seed);
        else if (kind == 7) this.finish(seed);
        else if (kind == 8) this.trade(seed);
        else this.pass(seed);
    }

    /// @notice Gives every actor money, and two of them a rollup each.
    function prepare() external step {
        for (uint256 i; i < ACTORS; ++i) _deposit(actors[i], actors[i], 3_000 gwei);
        for (uint256 seed; _registered() < 2; ++seed) _register(Dice(seed), actors[seed % 2], actors[seed % 2]);
    }

    function keepAccounts(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 kind = dice.below(8);
        if (kind < 2) _deposit(_anyone(dice), _anyone(dice), dice.oneIn(6) ? dice.below(2) * 1.5 gwei : (1 + dice.below(500)) * 1 gwei);
        else if (kind < 4) _withdraw(dice, _anyone(dice));
        else if (kind == 4) _exit(_anyone(dice));
        else if (kind == 5) _force(1 + dice.below(1 ether));
        else _collect(dice, _anyone(dice));
    }

    function keepRollups(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        address caller = _anyone(dice);
        uint256 rollup = dice.below(MOST_ROLLUPS);
        address owner = rollups[rollup].owner;
        if (owner != address(0) && !dice.oneIn(4)) caller = owner;
        uint256 kind = dice.below(12);
        if (kind < 3 && _registered() < MOST_ROLLUPS) _register(dice, caller, _anyone(dice));
        else if (kind < 6) _setReserve(caller, rollup, uint64(dice.below(12)));
        else if (kind < 7) _setPayout(caller, rollup, dice.oneIn(6) ? address(0) : _anyone(dice));
        else if (kind < 8) _setDefaultSequencer(caller, rollup, dice.oneIn(6) ? address(0) : _anyone(dice));
        else if (kind < 9) _offerOwnership(caller, rollup, _anyone(dice));
        else if (kind < 11) _acceptOwnership(dice.oneIn(4) || rollups[rollup].heir == address(0) ? caller : rollups[rollup].heir, rollup);
        else _deregister(caller, rollup);
    }

    function commit(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _commit(dice, _pickRound(dice, Phase.Commit), _anyone(dice));
    }

    function reveal(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = _pickRound(dice, Phase.Reveal);
        _reveal(dice, round, _pickBidder(dice, round, 1), _anyone(dice));
    }

    function propose(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _propose(dice, _pickRound(dice, Phase.Assign), _anyone(dice));
    }

    function claimProof(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        _claimProof(dice, _pickRound(dice, Phase.Assign), _anyone(dice));
    }

    function prove(uint256 seed) external step {
        if (claims.length == 0) return;
        Dice memory dice = Dice(seed);
        uint256 i = dice.oneIn(6) ? dice.below(claims.length) : claims.length - 1;
        if (!dice.oneIn(4)) _pass(5);
        _prove(dice, claims[i], _anyone(dice));
    }

    function finish(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = dice.oneIn(6) ? _anyRound(dice) : _pickPast(dice);
        address caller = _anyone(dice);
        uint256 kind = dice.below(3);
        if (kind == 0) _settle(dice, round, caller);
        else if (kind == 1) _release(round, _pickBidder(dice, round, 2), caller);
        else _forfeit(dice, round, _pickBidder(dice, round, 1), caller);
    }

    function trade(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 round = _pickRound(dice, Phase.Assign);
        if (dice.oneIn(2)) round = _pickPast(dice);
        uint256 winners = BruteForce.toList(rounds[round].chosen).length;
        uint256 winner = dice.below(winners + 1);
        if (winners > 0 && !dice.oneIn(6)) winner = dice.below(winners);
        if (holders[round << 16 | winner] == address(0) && !dice.oneIn(6)) _mint(round, winner, _anyone(dice));
        else _transfer(dice, round, winner);
    }

    /// @notice Time: a few seconds, to the next border of a phase, or some periods at once.
    function pass(uint256 seed) external step {
        Dice memory dice = Dice(seed);
        uint256 offset = (clock - 940) % 60; // runs begin a period before genesis
        uint256 border = offset < 10 ? 10 : offset < 20 ? 20 : offset < 30 ? 30 : 60;
        if (dice.oneIn(3)) _pass(1 + dice.below(12));
        else if (dice.oneIn(24)) _pass(60 * (1 + dice.below(3)));
        else _pass(border - offset - (dice.oneIn(4) && border - offset > 1 ? 1 : 0));
        ++done[uint256(Deed.Warp)];
    }

    // ---------------------------------------------------------------- accounts

    function _deposit(address caller, address account, uint256 amountWei) private {
        bytes4 foreseen = amountWei == 0 ? IEscrow.NothingToMove.selector : amountWei % 1 gwei != 0 ? IEscrow.NotWholeTicks.selector : DONE;
        vm.deal(caller, amountWei);
        vm.prank(caller);
        (bool ok, bytes memory returned) = address(market).call{value: amountWei}(abi.encodeCall(IEscrow.deposit, (account)));
        if (_count(Deed.Deposit, foreseen, ok, returned)) freeTicks[account] += amountWei / 1 gwei;
    }

    function _withdraw(Dice memory dice, address caller) private {
        uint256 ticks = dice.oneIn(6) ? 0 : dice.below(freeTicks[caller] + freeTicks[caller] / 8 + 2);
        address to = dice.oneIn(6) ? address(market.checker()) : _anyone(dice); // the checker takes no ether
        bytes4 foreseen = ticks == 0
            ? IEscrow.NothingToMove.selector
            : ticks > freeTicks[caller]
                ? IEscrow.InsufficientFree.selector
                : to == address(market.checker()) ? IEscrow.TransferFailed.selector : DONE;
        uint256 before = to.balance;
        if (!_do(Deed.Withdraw, caller, foreseen, abi.encodeCall(IEscrow.withdraw, (uint64(ticks), to)))) return;
        freeTicks[caller] -= ticks;
        assertEq(to.balance - before, ticks * 1 gwei, "what is withdrawn arrives");
    }

    /// @dev An actor takes out all that is free, and brings it back.
    function _exit(address caller) private {
        uint64 ticks = uint64(freeTicks[caller]);
        if (ticks == 0) return;
        _do(Deed.Exit, caller, DONE, abi.encodeCall(IEscrow.withdraw, (ticks, caller)));
        freeTicks[caller] = 0;
        _deposit(caller, caller, ticks * 1 gwei);
    }

    function _force(uint256 amountWei) private {
        vm.deal(address(market), address(market).balance + amountWei);
        forcedWei += amountWei;
        ++done[uint256(Deed.Force)];
    }

    function _collect(Dice memory dice, address caller) private {
        uint256 lane = dice.oneIn(8) ? laneTicks.length : dice.below(laneTicks.length);
        bool known = lane < laneTicks.length;
        bytes4 foreseen = !known
            ? IRollupRegistry.UnknownLane.selector
            : laneTicks[lane] == 0 ? IRollupRegistry.NothingToCollect.selector : DONE;
        if (!_do(Deed.Collect, caller, foreseen, abi.encodeCall(IRollupRegistry.collect, (uint32(lane))))) return;
        freeTicks[lanePayouts[lane]] += laneTicks[lane];
        laneTicks[lane] = 0;
    }

    // ----------------------------------------------------------------- rollups

    function _register(Dice memory dice, address caller, address payout) private {
        uint64 reserveTicks = uint64(dice.below(10));
        address sequencer = _anyone(dice);
        if (dice.oneIn(12)) payout = address(0);
        if (dice.oneIn(12)) sequencer = address(0);
        bytes4 foreseen = payout == address(0) || sequencer == address(0) ? IRollupRegistry.ZeroAddress.selector : _lockable(caller, _terms().registrationDepositTicks);
        bytes memory data = abi.encodeCall(IRollupRegistry.register, (reserveTicks, payout, sequencer));
        if (!_do(Deed.Register, caller, foreseen, data)) return;
        uint256 rollup;
        while (rollups[rollup].owner != address(0)) ++rollup;
        rollups[rollup] = GhostRollup(caller, address(0), true, reserveTicks, _newLane(payout), sequencer);
        _lock(caller, _terms().registrationDepositTicks);
    }

    function _setReserve(address caller, uint256 rollup, uint64 reserveTicks) private {
        bytes memory data = abi.encodeCall(IRollupRegistry.setReserve, (rollup, reserveTicks));
        if (_do(Deed.SetReserve, caller, _ownedBy(rollup, caller), data)) rollups[rollup].reserveTicks = reserveTicks;
    }

    function _setPayout(address caller, uint256 rollup, address payout) private {
        bytes4 foreseen = _ownedBy(rollup, caller);
        if (foreseen == DONE && payout == address(0)) foreseen = IRollupRegistry.ZeroAddress.selector;
        bytes memory data = abi.encodeCall(IRollupRegistry.setPayout, (rollup, payout));
        if (_do(Deed.SetPayout, caller, foreseen, data)) rollups[rollup].lane = _newLane(payout);
    }

    function _setDefaultSequencer(address caller, uint256 rollup, address sequencer) private {
        bytes4 foreseen = _ownedBy(rollup, caller);
        if (foreseen == DONE && sequencer == address(0)) foreseen = IRollupRegistry.ZeroAddress.selector;
        bytes memory data = abi.encodeCall(IRollupRegistry.setDefaultSequencer, (rollup, sequencer));
        if (_do(Deed.SetDefaultSequencer, caller, foreseen, data)) rollups[rollup].defaultSequencer = sequencer;
    }

    function _offerOwnership(address caller, uint256 rollup, address heir) private {
        bytes memory data = abi.encodeCall(IRollupRegistry.offerOwnership, (rollup, heir));
        if (_do(Deed.OfferOwnership, caller, _ownedBy(rollup, caller), data)) rollups[rollup].heir = heir;
    }

    function _acceptOwnership(address caller, uint256 rollup) private {
        GhostRollup storage its = rollups[rollup];
        uint256 depositTicks = _terms().registrationDepositTicks;
        bytes4 foreseen = its.owner == address(0)
            ? IRollupRegistry.NotRegistered.selector
            : its.heir != caller ? IRollupRegistry.NotRollupHeir.selector : _lockable(caller, depositTicks);
        if (!_do(Deed.AcceptOwnership, caller, foreseen, abi.encodeCall(IRollupRegistry.acceptOwnership, (rollup)))) return;
        _lock(caller, depositTicks);
        _unlock(its.owner, depositTicks);
        (its.owner, its.heir) = (caller, address(0));
    }

    function _deregister(address caller, uint256 rollup) private {
        if (!_do(Deed.Deregister, caller, _ownedBy(rollup, caller), abi.encodeCall(IRollupRegistry.deregister, (rollup)))) return;
        address sequencer = rollups[rollup].defaultSequencer;
        delete rollups[rollup];
        rollups[rollup].defaultSequencer = sequencer; // the last one stays until the index is used again
        _unlock(caller, _terms().registrationDepositTicks);
    }

    // -------------------------------------------------------------------- bids

    function _commit(Dice memory dice, uint256 round, address bidder) private {
        GhostRound storage its = rounds[round];
        GhostEntry memory entry = _drawEntry(dice, its, round, bidder);
        MarketParameters memory terms = _terms();
        bytes4 foreseen;
        if (_phase(round) != Phase.Commit) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (its.active == 0) foreseen = ISealedBidMarket.EmptyLineup.selector;
        else if (entry.commitment == 0) foreseen = ISealedBidMarket.ZeroCommitment.selector;
        else if (entries[round][bidder].stage != 0) foreseen = ISealedBidMarket.AlreadyCommitted.selector;
        else if (entry.collateralTicks < terms.bondTicks) foreseen = ISealedBidMarket.CollateralBelowBond.selector;
        else if (entry.slots == 0 || entry.slots > terms.maxOffersPerBidder) foreseen = ISealedBidMarket.SlotsOutOfRange.selector;
        else if (its.slots + entry.slots > terms.maxOffersPerRound) foreseen = ISealedBidMarket.RoundFull.selector;
        else foreseen = _lockable(bidder, entry.collateralTicks);

        bytes memory data = abi.encodeCall(ISealedBidMarket.commit, (round, entry.commitment, entry.collateralTicks, entry.slots));
        if (!_do(Deed.Commit, bidder, foreseen, data)) return;
        _lock(bidder, entry.collateralTicks);
        entry.stage = 1;
        entries[round][bidder] = entry;
        its.slots += entry.slots;
        ++its.openEntries;
    }

    /// @dev A list of one to three bids, good as a rule, with collateral and slots that suffice as a rule.
    function _drawEntry(Dice memory dice, GhostRound storage its, uint256 round, address bidder) private view returns (GhostEntry memory entry) {
        uint256 size = its.reserves.length / 8;
        uint256 count = 1 + dice.below(3);
        if (size != 0 && dice.oneIn(10)) {
            entry.records = TinyInstances.drawRecords(dice, count, size, 60, 1);
        } else if (its.active != 0) {
            entry.records = _drawBids(dice, its, count);
        }
        entry.salt = bytes32(dice.next());
        entry.commitment = dice.oneIn(24) ? bytes32(0) : market.commitmentOf(round, bidder, entry.records, entry.salt);
        entry.slots = uint16(count);
        if (dice.oneIn(8)) entry.slots = uint16(dice.below(5));
        (, uint256 offers, uint256 exposure) = NaiveAudit.audit(entry.records, its.reserves, its.active);
        uint256 collateral = exposure + offers * _terms().feePerOfferTicks + dice.below(40);
        if (collateral < 20 && !dice.oneIn(12)) collateral = 20 + dice.below(20);
        if (dice.oneIn(12)) collateral = collateral / 2;
        if (dice.oneIn(20)) collateral += 5_000;
        entry.collateralTicks = uint64(collateral);
    }

    function _drawBids(Dice memory dice, GhostRound storage its, uint256 count) private view returns (bytes memory records) {
        uint256 size = its.reserves.length / 8;
        uint256 groups;
        for (uint256 j; j < count; ++j) {
            uint256 group = dice.oneIn(2) ? 0 : 1 + dice.below(groups + 1);
            if (group > groups) groups = group;
            uint256 mask;
            while (mask == 0) mask = dice.below(1 << size) & its.active;
            uint256 ticks = 1 + dice.below(60);
            for (uint256 i; i < size; ++i) {
                if ((mask >> i) & 1 == 1) ticks += BruteForce.field(its.reserves, 8 * i, 8);
            }
            records = abi.encodePacked(records, uint8(group), uint64(ticks), CertificateBuilder.fieldOf(mask, (size + 7) / 8));
        }
    }

    function _reveal(Dice memory dice, uint256 round, address bidder, address caller) private {
        GhostRound storage its = rounds[round];
        GhostEntry memory shown = entries[round][bidder];
        uint256 altered = dice.below(24);
        if (altered == 0) shown.collateralTicks += 1;
        if (altered == 1) shown.slots += 1;
        if (altered == 2) shown.salt = ~shown.salt;
        if (altered == 3) shown.records = bytes.concat(shown.records, shown.records);
        if (altered == 3 && shown.records.length == 0) shown.salt = ~shown.salt;

        uint256 feeTicks;
        uint256 exposure;
        uint256 offers;
        bytes4 foreseen;
        if (_phase(round) != Phase.Reveal) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (shown.stage != 1) foreseen = ISealedBidMarket.NotCommitted.selector;
        else if (altered < 4) foreseen = ISealedBidMarket.WrongOpening.selector;
        else {
            (foreseen, offers, exposure) = NaiveAudit.audit(shown.records, its.reserves, its.active);
            feeTicks = offers * _terms().feePerOfferTicks;
            if (foreseen == DONE && offers > shown.slots) foreseen = ISealedBidMarket.TooManyOffers.selector;
            if (foreseen == DONE && exposure + feeTicks > shown.collateralTicks) foreseen = ISealedBidMarket.CollateralTooSmall.selector;
        }
        bytes memory data =
            abi.encodeCall(ISealedBidMarket.reveal, (round, bidder, shown.collateralTicks, shown.slots, shown.salt, shown.records));
        if (!_do(Deed.Reveal, caller, foreseen, data)) return;

        its.book = abi.encodePacked(its.book, bidder, uint16(offers), shown.records);
        its.potTicks += feeTicks;
        GhostEntry storage entry = entries[round][bidder];
        entry.stage = 2;
        entry.offers = uint16(offers);
        entry.exposureTicks = exposure;
        lockedTicks[bidder] -= feeTicks;
        _unlock(bidder, shown.collateralTicks - exposure - feeTicks);
    }

    // -------------------------------------------------------------- assignment

    function _propose(Dice memory dice, uint256 round, address caller) private {
        GhostRound storage its = rounds[round];
        Instance memory instance = instanceOf(round);
        uint256 chosen = BruteForce.randomPacking(instance, dice.next());
        if (dice.oneIn(4)) chosen = BruteForce.solve(instance).chosen;
        if (dice.oneIn(6)) chosen = dice.below(1 << instance.offers.length);
        bytes memory book = its.book;
        bool wrongBook = dice.oneIn(12) && its.active != 0;
        // An offer more, on top of the book, worth nothing.
        if (wrongBook) book = abi.encodePacked(book, caller, uint16(1), uint72(0), CertificateBuilder.fieldOf(its.active, (instance.rollups + 7) / 8));

        (, uint256 valueTicks) = BruteForce.valueOf(instance, chosen);
        bytes4 foreseen;
        if (_phase(round) != Phase.Assign) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (its.proved) foreseen = ISealedBidMarket.AlreadyFinal.selector;
        else foreseen = _packingError(instance, chosen);
        if (foreseen == DONE && wrongBook) foreseen = ISealedBidMarket.WrongBook.selector;
        if (foreseen == DONE && its.posted && valueTicks <= its.valueTicks) foreseen = ISealedBidMarket.NotBetter.selector;

        bytes memory data = abi.encodeCall(ISealedBidMarket.propose, (round, book, BruteForce.toList(chosen)));
        if (!_do(Deed.Propose, caller, foreseen, data)) return;
        (its.posted, its.proposer, its.proposedAt, its.valueTicks, its.chosen) = (true, caller, clock, valueTicks, chosen);
    }

    function _packingError(Instance memory instance, uint256 chosen) private pure returns (bytes4) {
        uint256 sold;
        uint256 groups;
        for (uint256 j; j < instance.offers.length; ++j) {
            if ((chosen >> j) & 1 == 0) continue;
            if (sold & instance.offers[j].mask != 0) return ICertificateErrors.WinnersOverlap.selector;
            if (groups & instance.offers[j].groupBit != 0) return ICertificateErrors.GroupWinsTwice.selector;
            sold |= instance.offers[j].mask;
            groups |= instance.offers[j].groupBit;
        }
        return DONE;
    }

    function _claimProof(Dice memory dice, uint256 round, address prover) private {
        Instance memory instance = instanceOf(round);
        BruteForce.Best memory best = BruteForce.solve(instance);
        Claim memory made = Claim(best.valueTicks, best.chosen, 1, dice.oneIn(2) ? 0 : dice.below(20), dice.below(3));
        bool honest = true;
        if (dice.oneIn(4)) {
            made.chosen = BruteForce.randomPacking(instance, dice.next());
            (, made.valueTicks) = BruteForce.valueOf(instance, made.chosen);
            if (dice.oneIn(3)) made.valueTicks += 1;
            honest = made.valueTicks == best.valueTicks && made.chosen == best.chosen;
            if (!honest && made.valueTicks == best.valueTicks) return; // another optimum: true, though not by design
        }
        bytes memory certificate = CertificateBuilder.build(instance, made, dice);
        if (dice.oneIn(6) && claims.length > 0) {
            // A thief who saw a certificate.
            (certificate, honest) = (claims[claims.length - 1].certificate, claims[claims.length - 1].honest);
            round = claims[claims.length - 1].round;
        }

        bytes32 claim = market.claimOf(round, prover, keccak256(certificate));
        bytes4 foreseen = _phase(round) != Phase.Assign
            ? ISealedBidMarket.WrongPhase.selector
            : claimedAt[claim] != 0 ? ISealedBidMarket.AlreadyClaimed.selector : DONE;
        if (!_do(Deed.ClaimProof, prover, foreseen, abi.encodeCall(ISealedBidMarket.claimProof, (round, claim)))) return;
        claimedAt[claim] = clock;
        claims.push(GhostClaim(round, prover, certificate, clock, honest));
    }

    function _prove(Dice memory dice, GhostClaim memory shown, address caller) private {
        GhostRound storage its = rounds[shown.round];
        address prover = dice.oneIn(8) ? caller : shown.prover; // a thief without a claim
        uint256 since = claimedAt[market.claimOf(shown.round, prover, keccak256(shown.certificate))];
        bytes4 foreseen;
        if (_phase(shown.round) != Phase.Assign) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (its.proved) foreseen = ISealedBidMarket.AlreadyFinal.selector;
        else if (since == 0) foreseen = ISealedBidMarket.UnknownClaim.selector;
        else if (clock < since + _terms().proofDelaySeconds) foreseen = ISealedBidMarket.ClaimTooYoung.selector;
        else if (!shown.honest) foreseen = ANY_CHECKER_ERROR;

        bytes memory book = its.book;
        if (foreseen == DONE && its.active != 0 && dice.oneIn(12)) {
            // An offer too many at the end of the book: worth nothing, so the certificate holds of it, but it isn't the round's book.
            uint256 maskBytes = (its.reserves.length / 8 + 7) / 8;
            book = abi.encodePacked(book, caller, uint16(1), uint72(0), CertificateBuilder.fieldOf(its.active, maskBytes));
            foreseen = ANY_CHECKER_ERROR; // WrongBook, unless the tree has nodes that count offers
        }
        uint256 before = _lanesSum();
        bytes memory data = abi.encodeCall(ISealedBidMarket.prove, (shown.round, prover, book, shown.certificate));
        if (!_do(foreseen == ANY_CHECKER_ERROR ? Deed.ProveFalse : Deed.Prove, caller, foreseen, data)) return;

        Instance memory instance = instanceOf(shown.round);
        BruteForce.Best memory best = BruteForce.solve(instance);
        (its.posted, its.proved, its.valueTicks, its.optimum) = (true, true, market.assignmentOf(shown.round).valueTicks, best.valueTicks);
        its.chosen = _postedChoice(shown.round);
        _sold(shown.round, instance, before);
        uint256 proposerTicks = its.proposer == address(0) || its.proposedAt > since ? 0 : its.potTicks * _terms().proposerShareBps / 10_000;
        freeTicks[its.proposer] += proposerTicks;
        freeTicks[prover] += its.potTicks - proposerTicks;
        its.potTicks = 0;
    }

    /// @dev What the market says has won, as a set of offers.
    function _postedChoice(uint256 round) private view returns (uint256 chosen) {
        for (uint256 i; i < market.assignmentOf(round).winners; ++i) chosen |= 1 << market.winnerOf(round, i).offer;
    }

    /// @dev Charges the winners in the ghost books; the lanes together must have risen by as much, each sold rollup's lane at least by its reserve.
    function _sold(uint256 round, Instance memory instance, uint256 lanesBefore) private {
        uint256 paid;
        uint256 reserves;
        for (uint256 j; j < instance.offers.length; ++j) {
            if ((rounds[round].chosen >> j) & 1 == 0) continue;
            uint256 ticks = instance.offers[j].valueTicks;
            address bidder = instance.offers[j].bidder;
            lockedTicks[bidder] -= ticks;
            entries[round][bidder].paidTicks += ticks;
            paid += ticks;
            for (uint256 i; i < instance.rollups; ++i) reserves += (instance.offers[j].mask >> i) & 1 == 1 ? instance.reserves[i] : 0;
        }
        _readLanes();
        assertEq(_lanesSum() - lanesBefore, paid, "what winners pay is what rollups earn");
        assertLe(reserves, paid, "rollups that are sold earn their reserves");
        rounds[round].settled = true;
    }

    // ------------------------------------------------------------------ ending

    function _settle(Dice memory dice, uint256 round, address caller) private {
        GhostRound storage its = rounds[round];
        bytes memory book = its.book;
        bool wrongBook = dice.oneIn(12) && its.active != 0;
        if (wrongBook) book = abi.encodePacked(book, caller, uint16(1), uint72(0), CertificateBuilder.fieldOf(its.active, 1));
        bytes4 foreseen;
        if (!_ended(round)) foreseen = ISealedBidMarket.NotEnded.selector;
        else if (!its.posted) foreseen = ISealedBidMarket.NothingProposed.selector;
        else if (its.settled) foreseen = ISealedBidMarket.AlreadySettled.selector;
        else if (wrongBook) foreseen = ISealedBidMarket.WrongBook.selector;

        uint256 before = _lanesSum();
        if (!_do(Deed.Settle, caller, foreseen, abi.encodeCall(ISealedBidMarket.settle, (round, book)))) return;
        _sold(round, instanceOf(round), before);
        freeTicks[its.proposer] += its.potTicks;
        its.potTicks = 0;
    }

    function _release(uint256 round, address bidder, address caller) private {
        GhostRound storage its = rounds[round];
        GhostEntry storage entry = entries[round][bidder];
        bool void = _ended(round) && !its.posted;
        bytes4 foreseen;
        if (!void && !its.settled) foreseen = _ended(round) ? ISealedBidMarket.NotSettled.selector : ISealedBidMarket.NotEnded.selector;
        else if (entry.stage != 2) foreseen = ISealedBidMarket.NotRevealed.selector;

        bytes memory data = abi.encodeCall(ISealedBidMarket.release, (round, bidder));
        if (!_do(void ? Deed.ReleaseVoid : Deed.Release, caller, foreseen, data)) return;
        _close(round, entry);
        _unlock(bidder, entry.exposureTicks - entry.paidTicks);
        if (!void) return;
        uint256 feeTicks = entry.offers * _terms().feePerOfferTicks;
        freeTicks[bidder] += feeTicks;
        its.potTicks -= feeTicks;
    }

    function _forfeit(Dice memory dice, uint256 round, address bidder, address caller) private {
        GhostRound storage its = rounds[round];
        GhostEntry memory shown = entries[round][bidder];
        bool altered = dice.oneIn(10);
        if (altered) shown.collateralTicks += 1;
        bool void = _ended(round) && !its.posted;
        bytes4 foreseen;
        if (_phase(round) < Phase.Assign) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (shown.stage != 1) foreseen = ISealedBidMarket.NotCommitted.selector;
        else if (altered) foreseen = ISealedBidMarket.WrongOpening.selector;
        else if (!its.proved && !_ended(round)) foreseen = ISealedBidMarket.NotEnded.selector;

        uint256 before = _lanesSum();
        bytes memory data = abi.encodeCall(ISealedBidMarket.forfeit, (round, bidder, shown.commitment, shown.collateralTicks, shown.slots));
        if (!_do(void ? Deed.ForfeitVoid : Deed.Forfeit, caller, foreseen, data)) return;
        _close(round, entries[round][bidder]);
        uint256 forfeitTicks = void ? 0 : (shown.collateralTicks * uint256(_terms().forfeitBps) + 9_999) / 10_000;
        if (!void && forfeitTicks < _terms().bondTicks) forfeitTicks = _terms().bondTicks;
        lockedTicks[bidder] -= forfeitTicks;
        _unlock(bidder, shown.collateralTicks - forfeitTicks);
        _readLanes();
        assertEq(_lanesSum() - before, forfeitTicks, "what is forfeited goes to the rollups");
    }

    function _close(uint256 round, GhostEntry storage entry) private {
        entry.stage = 3;
        --rounds[round].openEntries;
    }

    // ------------------------------------------------------------------ rights

    function _mint(uint256 round, uint256 winner, address caller) private {
        GhostRound storage its = rounds[round];
        uint16[] memory winners = BruteForce.toList(its.chosen);
        bytes4 foreseen;
        if (!its.proved && !(its.posted && _ended(round))) foreseen = ISequencingRights.NotFinal.selector;
        else if (winner >= winners.length) foreseen = ISequencingRights.NoSuchWinner.selector;
        else if (holders[round << 16 | winner] != address(0)) {
            bool begun = clock >= market.windowStartOf(round);
            foreseen = begun ? ISequencingRights.WindowOpened.selector : IERC721Errors.ERC721InvalidSender.selector;
        }

        bytes memory data = abi.encodeCall(ISequencingRights.mint, (round, winner));
        if (_doAt(address(rights), Deed.Mint, caller, foreseen, data)) {
            holders[round << 16 | winner] = instanceOf(round).offers[winners[winner]].bidder;
        }
    }

    function _transfer(Dice memory dice, uint256 round, uint256 winner) private {
        uint256 token = round << 16 | winner;
        address holder = holders[token];
        address caller = dice.oneIn(4) || holder == address(0) ? _anyone(dice) : holder;
        address to = _anyone(dice);
        bytes4 foreseen;
        if (holder == address(0)) foreseen = IERC721Errors.ERC721NonexistentToken.selector;
        else if (caller != holder) foreseen = IERC721Errors.ERC721InsufficientApproval.selector;
        else if (clock >= market.windowStartOf(round)) foreseen = ISequencingRights.WindowOpened.selector;

        bytes memory data = abi.encodeCall(IERC721.transferFrom, (holder == address(0) ? caller : holder, to, token));
        if (_doAt(address(rights), Deed.Transfer, caller, foreseen, data)) holders[token] = to;
    }

    // --------------------------------------------------------- what tests read

    function instanceOf(uint256 round) public view returns (Instance memory) {
        return BruteForce.read(rounds[round].reserves, rounds[round].book);
    }

    function roundOf(uint256 round) external view returns (GhostRound memory) {
        return rounds[round];
    }

    function entryOf(uint256 round, address bidder) external view returns (GhostEntry memory) {
        return entries[round][bidder];
    }

    function lanes() external view returns (uint256) {
        return laneTicks.length;
    }

    /// @notice What an actor's registered rollups and unclosed entries lock, counted one by one.
    function backingOf(address actor) external view returns (uint256 ticks) {
        for (uint256 i; i < MOST_ROLLUPS; ++i) {
            if (rollups[i].owner == actor) ticks += _terms().registrationDepositTicks;
        }
        for (uint256 round; round < openedRounds; ++round) {
            if (rounds[round].openEntries == 0) continue;
            GhostEntry storage entry = entries[round][actor];
            if (entry.stage == 1) ticks += entry.collateralTicks;
            if (entry.stage == 2) ticks += entry.exposureTicks - entry.paidTicks;
        }
    }

    /// @notice A stranger ends a round: settles it, releases and forfeits whatever is open. Afterwards the round locks nothing of anybody. Always reverts, with Rehearsed
    /// where all went well.
    function rehearseEnd(uint256 round) external {
        vm.warp(clock);
        GhostRound storage its = rounds[round];
        if (its.posted && !its.settled) {
            uint256 before = _lanesSum();
            vm.prank(address(0x5172a));
            market.settle(round, its.book);
            _sold(round, instanceOf(round), before);
        }
        for (uint256 i; i < ACTORS; ++i) {
            GhostEntry storage entry = entries[round][actors[i]];
            vm.prank(address(0x5172a));
            if (entry.stage == 1) market.forfeit(round, actors[i], entry.commitment, entry.collateralTicks, entry.slots);
            if (entry.stage == 2) market.release(round, actors[i]);
            if (entry.stage == 1) lockedTicks[actors[i]] -= entry.collateralTicks;
            if (entry.stage == 2) lockedTicks[actors[i]] -= entry.exposureTicks - entry.paidTicks;
            assertEq(market.accountOf(actors[i]).lockedTicks, lockedTicks[actors[i]], "an ended round locks nothing");
        }
        revert Rehearsed();
    }

    /// @notice Every actor takes out all that is free. Always reverts, with Rehearsed where all went well.
    function rehearseExit() external {
        for (uint256 i; i < ACTORS; ++i) {
            uint64 ticks = market.accountOf(actors[i]).freeTicks;
            if (ticks == 0) continue;
            uint256 before = actors[i].balance;
            vm.prank(actors[i]);
            market.withdraw(ticks, actors[i]);
            assertEq(actors[i].balance - before, uint256(ticks) * 1 gwei, "all that is free goes out");
        }
        revert Rehearsed();
    }

    // ----------------------------------------------------------------- helpers

    function _do(Deed deed, address caller, bytes4 foreseen, bytes memory data) private returns (bool) {
        return _doAt(address(market), deed, caller, foreseen, data);
    }

    function _doAt(address target, Deed deed, address caller, bytes4 foreseen, bytes memory data) private returns (bool) {
        vm.prank(caller);
        (bool ok, bytes memory returned) = target.call(data);
        return _count(deed, foreseen, ok, returned);
    }

    function _count(Deed deed, bytes4 foreseen, bool ok, bytes memory returned) private returns (bool) {
        bytes4 found = ok ? DONE : selectorOf(returned);
        if (foreseen == ANY_CHECKER_ERROR) require(!ok && found != 0 && found != PANIC, UnforeseenOutcome(deed, foreseen, found));
        else require(found == foreseen && ok == (foreseen == DONE), UnforeseenOutcome(deed, foreseen, found));
        if (ok) ++done[uint256(deed)];
        else ++refused[uint256(deed)];
        return ok;
    }

    function _pass(uint256 lapse) private {
        clock += lapse;
        vm.warp(clock);
        _open();
    }

    /// @dev Freezes in the ghost books the terms of each round that has opened, and holds the market's lineup to them.
    function _open() private {
        uint256 unopened = market.firstUnopenedRound(clock);
        for (; openedRounds < unopened; ++openedRounds) {
            GhostRound storage its = rounds[openedRounds];
            uint256 size;
            for (uint256 i; i < MOST_ROLLUPS; ++i) {
                its.defaultSequencers.push(rollups[i].defaultSequencer);
                if (!rollups[i].active) continue;
                its.active |= 1 << i;
                size = i + 1;
            }
            bytes memory laneBytes;
            for (uint256 i; i < size; ++i) {
                its.reserves = abi.encodePacked(its.reserves, rollups[i].reserveTicks);
                laneBytes = abi.encodePacked(laneBytes, rollups[i].lane);
            }
            its.lineupHash = keccak256(abi.encode(Lineup(Bundle.wrap(its.active), size, its.reserves, laneBytes)));
        }
    }

    /// @dev Looks at the latest rounds: their lineups stay, their phases and entries only go forward.
    function _observe() private {
        for (uint256 round = openedRounds > 6 ? openedRounds - 6 : 0; round < openedRounds; ++round) {
            GhostRound storage its = rounds[round];
            if (keccak256(abi.encode(market.lineupOf(round))) != its.lineupHash) lineupMoved = true;
            uint256 phase = uint256(_phase(round));
            if (phase < its.lastPhase) phaseReturned = true;
            its.lastPhase = phase;
            if (its.settled != market.assignmentOf(round).settled || its.proved != market.assignmentOf(round).proved) phaseReturned = true;
            for (uint256 i; i < ACTORS; ++i) {
                uint256 tag = uint256(bytes32(abi.encode(market.sealedOf(round, actors[i])))) >> 248;
                if (tag != entries[round][actors[i]].stage) phaseReturned = true;
            }
        }
    }

    function _readLanes() private {
        for (uint32 lane; lane < laneTicks.length; ++lane) (, laneTicks[lane]) = market.laneOf(lane);
    }

    function _lanesSum() private view returns (uint256 sum) {
        for (uint256 lane; lane < laneTicks.length; ++lane) sum += laneTicks[lane];
    }

    function _newLane(address payout) private returns (uint32) {
        laneTicks.push(0);
        lanePayouts.push(payout);
        return uint32(laneTicks.length - 1);
    }

    function _lock(address account, uint256 ticks) private {
        freeTicks[account] -= ticks;
        lockedTicks[account] += ticks;
    }

    function _unlock(address account, uint256 ticks) private {
        lockedTicks[account] -= ticks;
        freeTicks[account] += ticks;
    }

    function _lockable(address account, uint256 ticks) private view returns (bytes4) {
        return freeTicks[account] >= ticks ? DONE : IEscrow.InsufficientFree.selector;
    }

    function _ownedBy(uint256 rollup, address caller) private view returns (bytes4) {
        if (rollups[rollup].owner == address(0)) return IRollupRegistry.NotRegistered.selector;
        return rollups[rollup].owner == caller ? DONE : IRollupRegistry.NotRollupOwner.selector;
    }

    function _registered() private view returns (uint256 count) {
        for (uint256 i; i < MOST_ROLLUPS; ++i) count += rollups[i].owner == address(0) ? 0 : 1;
    }

    function _terms() private view returns (MarketParameters memory) {
        return market.parameters();
    }

    /// @dev The phase by the page: genesis 1000, period 60, commit 60, reveal 30, assign 40, draw 10.
    function _phase(uint256 round) private view returns (Phase) {
        uint256 start = 1000 + 60 * round;
        if (clock < start) return Phase.Pending;
        uint256 age = clock - start;
        if (age < 60) return Phase.Commit;
        if (age < 90) return Phase.Reveal;
        if (age < 130) return Phase.Assign;
        if (age < 140) return Phase.Draw;
        return age < 200 ? Phase.Window : Phase.Past;
    }

    function _ended(uint256 round) private view returns (bool) {
        return _phase(round) > Phase.Assign;
    }

    function _anyone(Dice memory dice) private view returns (address) {
        return actors[dice.below(ACTORS)];
    }

    /// @dev One of the latest rounds, or the next.
    function _anyRound(Dice memory dice) private view returns (uint256) {
        uint256 back = dice.below(5);
        return openedRounds > back ? openedRounds - back : 0;
    }

    /// @dev The latest round in a phase, as a rule.
    function _pickRound(Dice memory dice, Phase wanted) private view returns (uint256) {
        if (dice.oneIn(12)) return _anyRound(dice);
        for (uint256 back = 1; back <= 4 && back <= openedRounds; ++back) {
            if (_phase(openedRounds - back) == wanted) return openedRounds - back;
        }
        return _anyRound(dice);
    }

    /// @dev The oldest round of the last eight with something left to do.
    function _pickPast(Dice memory dice) private view returns (uint256) {
        uint256 first = openedRounds > 8 ? openedRounds - 8 : 0;
        for (uint256 round = first; round < openedRounds; ++round) {
            bool proved = rounds[round].proved;
            if ((proved || _ended(round)) && rounds[round].openEntries != 0 && !dice.oneIn(4)) return round;
        }
        return _anyRound(dice);
    }

    /// @dev A bidder whose entry is at a stage, as a rule.
    function _pickBidder(Dice memory dice, uint256 round, uint256 stage) private view returns (address) {
        uint256 first = dice.below(ACTORS);
        for (uint256 i; i < ACTORS && !dice.oneIn(24); ++i) {
            address bidder = actors[(first + i) % ACTORS];
            if (entries[round][bidder].stage == stage) return bidder;
        }
        return actors[first];
    }
}
