// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssignment} from "../../../contracts/interfaces/IAssignment.sol";
import {ISealedBidMarket, MarketParameters} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {BruteForce} from "../support/BruteForce.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {Bid, ListWriter} from "../support/ListWriter.sol";
import {NaiveAudit} from "../support/NaiveAudit.sol";
import {TinyInstances} from "../support/TinyInstances.sol";
import {DeedBase} from "./DeedBase.sol";
import {Deed, GhostEntry, GhostRound} from "./GhostBook.sol";

/// @title BidDeeds: lists of bids, sealed and opened
abstract contract BidDeeds is DeedBase {
    using Chance for Dice;

    function _commit(Dice memory dice, uint256 round, address bidder) internal {
        GhostRound storage its = rounds[round];
        GhostEntry memory entry = _drawEntry(dice, its, round, bidder);
        MarketParameters memory terms = _terms();
        bytes4 foreseen;
        if (_phase(round) != Phase.Commit) foreseen = IAssignment.WrongPhase.selector;
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
        Bid[] memory bids = new Bid[](count);
        for (uint256 j; j < count; ++j) {
            uint256 mask;
            while (mask == 0) mask = dice.below(1 << size) & its.active;
            uint256 ticks = 1 + dice.below(60);
            for (uint256 i; i < size; ++i) {
                if ((mask >> i) & 1 == 1) ticks += BruteForce.field(its.reserves, 8 * i, 8);
            }
            bids[j] = Bid(dice.oneIn(2) ? 0 : 1 + dice.below(count), ticks, mask);
        }
        ListWriter.order(bids);
        return ListWriter.pack(dice, bids, (size + 7) / 8);
    }

    function _reveal(Dice memory dice, uint256 round, address bidder, address caller) internal {
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
        if (_phase(round) != Phase.Reveal) foreseen = IAssignment.WrongPhase.selector;
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
}
