// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssignmentBase} from "./AssignmentBase.sol";
import {MarketBase} from "./MarketBase.sol";
import {Tickets} from "./Tickets.sol";
import {Assignment} from "./interfaces/IAssignment.sol";
import {Appraisal, ICertificateChecker, WinningOffer} from "./interfaces/ICertificateChecker.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {ITicketMarket, Lot, TicketParameters} from "./interfaces/ITicketMarket.sol";
import {ITickets} from "./interfaces/ITickets.sol";
import {Blob} from "./libraries/Blob.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Lineup} from "./libraries/Lineup.sol";
import {Phase, Schedule, Schedules} from "./libraries/Schedule.sol";
import {TicketTerms} from "./libraries/TicketTerms.sol";

/// @title TicketMarket
/// @notice A winner's place in storage holds how many tickets its pool sold until the draw puts the ticket's holder there; nobody is told the number as a bidder, see `winnerOf`.
contract TicketMarket is AssignmentBase, ITicketMarket {
    using Schedules for Schedule;

    /// @inheritdoc ITicketMarket
    ITickets public immutable tickets;

    address private immutable parametersBlob;

    constructor(TicketParameters memory fixedForGood, ICertificateChecker checker_, IRandomness randomness)
        MarketBase(fixedForGood.schedule, fixedForGood.tickWei, fixedForGood.registrationDepositTicks)
        AssignmentBase(TicketTerms.ofAssignment(fixedForGood), checker_)
    {
        TicketParameters memory p = fixedForGood;
        TicketTerms.requireValid(p);
        require(address(randomness).code.length > 0, BadParameter("randomness", address(randomness).code.length, 1));

        parametersBlob = Blob.write(abi.encode(p));
        tickets = new Tickets(p, randomness);
    }

    /// @dev What the tickets send: fees, and what sold pools took in. Whoever asked for it places it.
    receive() external payable {
        require(msg.sender == address(tickets), NotTickets(msg.sender, address(tickets)));
        _receivedTicks();
    }

    /// @inheritdoc ITicketMarket
    function propose(uint256 round, bytes calldata pools, uint16[] calldata offers) external {
        Assignment memory best = _requireUndecided(round);
        bytes memory reserves = _lineupAt(round).reserves;

        _propose(round, best, msg.sender, checker.appraise(reserves, tickets.bookOf(round, reserves, pools), offers));
    }

    /// @inheritdoc ITicketMarket
    function prove(uint256 round, address prover, bytes calldata pools, bytes calldata certificate) external {
        Assignment memory best = _requireUndecided(round);
        bytes32 certificateHash = keccak256(certificate);
        uint256 claimedAt = _requireOldClaim(claimOf(round, prover, certificateHash), block.timestamp);
        Lineup memory lineup = _lineupAt(round);

        Appraisal memory appraisal = checker.check(lineup.reserves, tickets.bookOf(round, lineup.reserves, pools), certificate);
        _prove(round, lineup, best, prover, claimedAt, certificateHash, appraisal);
    }

    /// @inheritdoc ITicketMarket
    function draw(uint256 round, Appraisal calldata shown, Lot[] calldata lots) external {
        _requirePhase(round, Phase.Draw);
        Assignment memory its = _assignmentOf(round);
        require(its.posted, NothingProposed(round));
        require(!_isDrawn(its), AlreadyDrawn(round));
        (Appraisal memory appraisal, bytes32 given) = _load(shown);
        _requireAppraisal(its, given);
        require(lots.length == appraisal.winners.length, WrongLots(lots.length, appraisal.winners.length));
        bytes32 seed = lots.length == 0 ? bytes32(0) : tickets.seedOf(round);
        Lineup memory lineup = _lineupAt(round);

        _clearAppraisal(round);
        uint256 paidTicks;
        uint256[] memory due = _nothingDue(lineup);
        for (uint256 i; i < lots.length; ++i) {
            WinningOffer memory won = appraisal.winners[i];
            won.bidder = _drawWinner(seed, round, i, won, lots[i]);
            paidTicks += won.valueTicks;
            _sellBundle(round, i, won, lineup, appraisal.singleTicks, due);
        }
        _pay(lineup, appraisal.sold, due);
        tickets.release(paidTicks);
        if (!its.settled) _settle(round, its, appraisal);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ITicketMarket
    function parameters() external view returns (TicketParameters memory) {
        bytes memory encoded = Blob.read(parametersBlob);
        assembly ("memory-safe") {
            return(add(encoded, 32), mload(encoded)) // the struct has no dynamic part: this is how it is returned
        }
    }

    /// @inheritdoc ITicketMarket
    function isRefundable(uint256 round, uint256 bundle) external view returns (bool) {
        Assignment memory its = _assignmentOf(round);
        if (!its.posted) return isVoid(round);
        if (!isFinal(round)) return false;
        if (!_isDrawn(its) && block.timestamp >= _schedule().windowStart(round)) return true;
        if (!Bundle.wrap(bundle).isWithin(Bundle.wrap(its.sold))) return true;
        return _bundleOf(round, its.sold, _winnerIndexOf(round, Bundle.wrap(bundle).lowest())) != bundle;
    }

    // ------------------------------------------------------------------ hooks

    /// @dev Nothing: who gets it isn't known before the draw.
    function _sell(uint256, Lineup memory, Appraisal memory) internal pure override {}

    /// @dev The draw needs it.
    function _kept(Appraisal memory appraisal) internal pure override returns (bytes32) {
        return _hashOf(appraisal);
    }

    /// @dev Of all pools, also those that are no offers.
    function _collectFees(uint256 round, Appraisal memory) internal override returns (uint64) {
        return tickets.takeFees(round);
    }

    /// @dev Nothing is sold where nobody draws in time.
    function _soldOf(uint256 round, Assignment memory its) internal view override returns (uint256) {
        if (_isDrawn(its)) return its.sold;
        uint256 decidedAt = _schedule().windowStart(round);
        require(block.timestamp >= decidedAt || isVoid(round), NotDecided(round, decidedAt));
        return 0;
    }

    function _isNamed(uint256 round) internal view override returns (bool) {
        return _isDrawn(_assignmentOf(round));
    }

    // ---------------------------------------------------------------- drawing

    /// @dev Names the holder of the winning ticket of a pool. In the bidder's place stands how many tickets it sold, see `PoolList`.
    function _drawWinner(bytes32 seed, uint256 round, uint256 winner, WinningOffer memory won, Lot calldata lot) private returns (address) {
        (uint256 id, uint256 ticket, address holder) =
            tickets.drawnOf(seed, round, won.bundle, lot.baseTicks, uint160(won.bidder), lot.start);

        _nameWinner(round, winner, holder);

        emit TicketDrawn(round, winner, id, ticket);
        return holder;
    }

    /// @dev The draw needs the appraisal for the last time, and forgets it.
    function _isDrawn(Assignment memory its) private pure returns (bool) {
        return its.posted && its.appraisalHash == 0;
    }
}
