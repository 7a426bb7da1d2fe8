// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBidListErrors} from "../interfaces/IBidListErrors.sol";
import {Bundle} from "./Bundle.sol";
import {Lineup, Lineups} from "./Lineup.sol";

/// @notice What a revealed bid list amounts to.
/// @param offers how many bids
/// @param exposureTicks the most it can cost: the sum, over its groups, of the highest value
struct BidListTotals {
    uint256 offers;
    uint256 exposureTicks;
}

/// @title BidList: the packed form of a bidder's bids (`docs/encoding.md`), and the rules that each must keep
/// @notice Every rule holds for every list that a market's digest binds, so the checker may rely on it. Twin: `seqmarket/model/bid_list.py`.
///
/// The walk is in assembly because it costs half as much so (`docs/gas.md`). Plain twin: `contracts/test/PlainBidList.sol`.
/// [B1] A value has at most 8 bytes, a bid at least 2, calldata fewer than 2^64: an exposure is below 2^128. The reserves of a bundle are at most 256 numbers
///      below 2^64. Positions are at most the list's length plus 10 + 255. No sum here can wrap.
/// [B2] The reserve of a rollup is read before it is known that the rollup takes part. For one past the lineup that is whatever stands in memory, at most 2 KiB behind
///      the reserves; it is never used, as UnknownRollup is raised before BelowReserve.
/// [B4] Sums of reserves by half bytes of a mask, 16 words for each: what a mask's byte comes to takes two loads, where a walk takes one for each of its rollups. Laying them out costs some 800 gas
///      a byte of the mask, so they are laid out for lists of at least four masks for each; a list of them that names few rollups a bid pays at most that for nothing.
///      The reserves of rollups past the lineup, up to seven, are read as in [B2]; a sum of them is below 2^66.
/// [B3] `highest` has a word for each group that a byte can name, and one for their number. It isn't cleared: a group's word is written before it is read.
library BidList {
    uint256 internal constant HEAD_BYTES = 2;
    uint256 internal constant MAX_VALUE_BYTES = 8;
    uint256 private constant MASKS_FOR_SUMS = 4;

    // Selectors of `IBidListErrors`.
    uint256 private constant UNKNOWN_ROLLUP = 0x647fb05d;
    uint256 private constant ZERO_VALUE = 0x0bb9a894;
    uint256 private constant BELOW_RESERVE = 0xd7c83cb8;
    uint256 private constant BUNDLE_TOO_SMALL = 0xfb7e83b5;
    uint256 private constant ROLLUPS_NOT_ASCENDING = 0xae77b2d7;
    uint256 private constant GROUP_OUT_OF_ORDER = 0x3241e6e5;

    /// @dev Where the walk stands, and what it needs; a word each, in this order.
    /// @param position, end in calldata
    /// @param form of the bids up to `end`: 0 on one rollup, 1 masks, 2 lists of rollups
    /// @param groupBytes, valueBytes, maskBytes widths of a bid's fields
    /// @param active the rollups that take part
    /// @param reserves, highest where they stand in memory: 8 bytes a rollup; the number of groups so far, then the highest value of each
    /// @param sums where they stand in memory [B4]; 0 where there are none
    struct Walk {
        uint256 position;
        uint256 end;
        uint256 form;
        uint256 groupBytes;
        uint256 valueBytes;
        uint256 maskBytes;
        uint256 active;
        uint256 reserves;
        uint256 highest;
        BidListTotals totals;
        uint256 sums;
    }

    /// @notice The most bytes that a list of so many bids may have.
    function mostBytes(uint256 offers, uint256 maskBytes) internal pure returns (uint256) {
        return HEAD_BYTES + offers * (1 + MAX_VALUE_BYTES + maskBytes);
    }

    /// @notice Checks every bid of a list against the lineup and adds up what the list can cost. Raises the first of `IBidListErrors` that a walk from bid to bid meets.
    function audit(bytes calldata list, Lineup memory lineup) internal pure returns (BidListTotals memory totals) {
        require(list.length >= HEAD_BYTES, IBidListErrors.TruncatedBidList(HEAD_BYTES, list.length));
        Walk memory its = _begin(list, lineup);
        uint256 form = its.form;
        its.form = 0;
        _walk(its);
        its.form = form;
        assembly ("memory-safe") {
            mstore(add(its, 32), add(list.offset, list.length)) // its.end
        }
        _walk(its);

        uint256 needed;
        assembly ("memory-safe") {
            needed := sub(mload(its), list.offset) // its.position: past the end where the last bid isn't whole
        }
        require(needed == list.length, IBidListErrors.TruncatedBidList(needed, list.length));
        totals = its.totals;
        require(totals.offers > 0, IBidListErrors.NoBids());
        uint256 limit = mostBytes(totals.offers, its.maskBytes);
        require(list.length <= limit, IBidListErrors.BidListTooLong(list.length, limit));
    }

    /// @dev The widths that a list names, once it is known that they fit its length; `end`: of the bids on one rollup.
    function _begin(bytes calldata list, Lineup memory lineup) private pure returns (Walk memory its) {
        uint256 head;
        assembly ("memory-safe") {
            head := calldataload(list.offset)
        }
        uint256 shape = head >> 248;
        its.form = shape & 0x20 == 0 ? 1 : 2;
        its.groupBytes = (shape & 0x10) >> 4;
        its.valueBytes = shape & 0x0f;
        require(its.valueBytes != 0 && its.valueBytes <= MAX_VALUE_BYTES && shape < 0x40, IBidListErrors.UnknownListShape(shape));
        its.maskBytes = Lineups.maskBytes(lineup.size);
        its.active = Bundle.unwrap(lineup.active);
        bytes memory reserves = lineup.reserves;

        unchecked {
            // [B1]; a step is at least 1
            uint256 before = its.groupBytes + its.valueBytes;
            uint256 singlesEnd = HEAD_BYTES + uint8(head >> 240) * (before + 1); // the second byte says how many
            uint256 needed = singlesEnd;
            if (its.form == 1 && needed < list.length) {
                uint256 step = before + its.maskBytes;
                uint256 masks = (list.length - needed + step - 1) / step;
                needed += masks * step; // whole bids
                if (masks >= MASKS_FOR_SUMS * its.maskBytes) its.sums = _layOut(reserves, its.maskBytes);
            }
            require(needed <= list.length, IBidListErrors.TruncatedBidList(needed, list.length));
            assembly ("memory-safe") {
                mstore(its, add(list.offset, HEAD_BYTES)) // its.position
                mstore(add(its, 32), add(list.offset, singlesEnd)) // its.end
                mstore(add(its, 224), add(reserves, 32)) // its.reserves
                if mload(add(its, 96)) {
                    let highest := mload(0x40) // [B3]
                    mstore(add(its, 256), highest)
                    mstore(highest, 0)
                    mstore(0x40, add(highest, 8192)) // 256 words
                }
            }
        }
    }

    /// @dev The sums of [B4]: of half byte h and its value v the word h·16 + v.
    function _layOut(bytes memory reserves, uint256 maskBytes) private pure returns (uint256 sums) {
        assembly ("memory-safe") {
            sums := mload(0x40)
            let at := sums
            let end := add(sums, shl(10, maskBytes))
            mstore(0x40, end)
            // four rollups at a time
            for { let four := add(reserves, 32) } lt(at, end) { four := add(four, 32) } {
                let word := mload(four)
                let a := shr(192, word)
                let b := shr(192, shl(64, word))
                let c := shr(192, shl(128, word))
                mstore(at, 0)
                mstore(add(at, 32), a)
                mstore(add(at, 64), b)
                mstore(add(at, 96), add(a, b))
                mstore(add(at, 128), c)
                mstore(add(at, 160), add(a, c))
                mstore(add(at, 192), add(b, c))
                mstore(add(at, 224), add(add(a, b), c))
                let d := shr(192, shl(192, word))
                mstore(add(at, 256), d)
                mstore(add(at, 288), add(a, d))
                mstore(add(at, 320), add(b, d))
                mstore(add(at, 352), add(add(a, b), d))
                mstore(add(at, 384), add(c, d))
                mstore(add(at, 416), add(add(a, c), d))
                mstore(add(at, 448), add(add(b, c), d))
                mstore(add(at, 480), add(add(a, b), add(c, d)))
                at := add(at, 512)
            }
        }
    }

    /// @dev The bids of one form. A function that is called twice isn't inlined, and its variables have the stack for themselves.
    function _walk(Walk memory its) private pure {
        assembly ("memory-safe") {
            // Errors by their selectors; the tests raise each.
            function refuse(selector, a, b, c) {
                mstore(0, shl(224, selector))
                mstore(4, a)
                mstore(36, b)
                mstore(68, c) // over the free memory pointer: nothing comes after
                revert(0, 100)
            }

            function refuseBid(bid, value, mask, reserve, active) {
                if and(mask, not(active)) { refuse(UNKNOWN_ROLLUP, bid, mask, active) }
                if value { refuse(BELOW_RESERVE, bid, value, reserve) }
                mstore(0, shl(224, ZERO_VALUE))
                mstore(4, bid)
                revert(0, 36)
            }

            // What a bid of a group adds to the exposure. [B3]
            function exposed(highest, bid, group, value) -> more {
                more := value
                if group {
                    let groups := mload(highest)
                    let most := add(highest, shl(5, group))
                    switch gt(group, groups)
                    case 0 {
                        more := mul(gt(value, mload(most)), sub(value, mload(most)))
                        if more { mstore(most, value) }
                    }
                    default {
                        if gt(group, add(groups, 1)) { refuse(GROUP_OUT_OF_ORDER, bid, group, add(groups, 1)) }
                        mstore(highest, group)
                        mstore(most, value)
                    }
                }
            }

            let position := mload(its)
            let end := mload(add(its, 32))
            let groupBytes := mload(add(its, 96))
            let active := mload(add(its, 192))
            let reserves := mload(add(its, 224))
            let bid := mload(mload(add(its, 288)))
            let exposure := mload(add(mload(add(its, 288)), 32))

            switch mload(add(its, 64))
            case 0 {
                let before := add(groupBytes, mload(add(its, 128)))
                let valueShift := sub(256, shl(3, mload(add(its, 128))))
                for {} lt(position, end) {} {
                    let word := calldataload(position)
                    let value := shr(valueShift, shl(shl(3, groupBytes), word))
                    let rollup := byte(before, word)
                    let reserve := shr(192, mload(add(reserves, shl(3, rollup)))) // [B2]
                    if or(lt(value, reserve), iszero(and(shr(rollup, active), gt(value, 0)))) {
                        refuseBid(bid, value, shl(rollup, 1), reserve, active)
                    }
                    if groupBytes { value := exposed(mload(add(its, 256)), bid, byte(0, word), value) }
                    exposure := add(exposure, value)
                    bid := add(bid, 1)
                    position := add(add(position, before), 1)
                }
            }
            case 1 {
                for {} lt(position, end) {} {
                    let word := calldataload(position)
                    let value := shr(sub(256, shl(3, mload(add(its, 128)))), shl(shl(3, groupBytes), word))
                    position := add(add(position, groupBytes), mload(add(its, 128)))
                    let mask := shr(sub(256, shl(3, mload(add(its, 160)))), calldataload(position))
                    position := add(position, mload(add(its, 160)))
                    if iszero(and(mask, sub(mask, 1))) { refuse(BUNDLE_TOO_SMALL, bid, gt(mask, 0), 2) }
                    let reserve := 0
                    switch mload(add(its, 320))
                    case 0 {
                        for { let rest := mask } rest {} {
                            let rollup := sub(255, clz(rest))
                            reserve := add(reserve, shr(192, mload(add(reserves, shl(3, rollup))))) // [B2]
                            rest := xor(rest, shl(rollup, 1))
                        }
                    }
                    default {
                        for { let rest := mask } rest {} {
                            let shift := and(sub(255, clz(rest)), 0xf8) // of the highest byte that isn't 0
                            let octet := shr(shift, rest)
                            let at := add(mload(add(its, 320)), shl(7, shift)) // [B4]
                            reserve := add(reserve, add(mload(add(at, and(shl(5, octet), 0x1e0))), mload(add(add(at, 512), and(shl(1, octet), 0x1e0)))))
                            rest := xor(rest, shl(shift, octet))
                        }
                    }
                    if or(lt(value, reserve), or(iszero(value), and(mask, not(active)))) { refuseBid(bid, value, mask, reserve, active) }
                    if groupBytes { value := exposed(mload(add(its, 256)), bid, byte(0, word), value) }
                    exposure := add(exposure, value)
                    bid := add(bid, 1)
                }
            }
            default {
                for {} lt(position, end) {} {
                    let word := calldataload(position)
                    let value := shr(sub(256, shl(3, mload(add(its, 128)))), shl(shl(3, add(groupBytes, 1)), word))
                    position := add(add(add(position, groupBytes), 1), mload(add(its, 128)))
                    let last := add(position, byte(groupBytes, word))
                    if gt(last, end) {
                        position := last
                        break
                    }
                    if lt(sub(last, position), 2) { refuse(BUNDLE_TOO_SMALL, bid, sub(last, position), 2) }
                    let mask := 0
                    let reserve := 0
                    for {} lt(position, last) { position := add(position, 1) } {
                        let rollup := byte(0, calldataload(position))
                        let bit := shl(rollup, 1)
                        // A rollup ascends where its bit exceeds the mask of those before.
                        if iszero(gt(bit, mask)) { refuse(ROLLUPS_NOT_ASCENDING, bid, sub(255, clz(mask)), rollup) }
                        mask := or(mask, bit)
                        reserve := add(reserve, shr(192, mload(add(reserves, shl(3, rollup))))) // [B2]
                    }
                    if or(lt(value, reserve), or(iszero(value), and(mask, not(active)))) { refuseBid(bid, value, mask, reserve, active) }
                    if groupBytes { value := exposed(mload(add(its, 256)), bid, byte(0, word), value) }
                    exposure := add(exposure, value)
                    bid := add(bid, 1)
                }
            }
            mstore(its, position)
            mstore(mload(add(its, 288)), bid)
            mstore(add(mload(add(its, 288)), 32), exposure)
        }
    }
}
