// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal, ICertificateChecker} from "./interfaces/ICertificateChecker.sol";
import {BookPass, BookSurvey, RootPrices} from "./libraries/BookPass.sol";
import {NodeState, PriceVector, Proof, ProofTree} from "./libraries/ProofTree.sol";

/// @title CertificateChecker
contract CertificateChecker is ICertificateChecker {
    using ProofTree for Proof;

    uint256 private constant VERSION = 1;
    uint256 private constant MAX_SCALE = 64;

    /// @inheritdoc ICertificateChecker
    function appraise(bytes calldata reserves, bytes calldata book, uint16[] calldata winners)
        external
        pure
        returns (Appraisal memory)
    {
        uint256[] memory offers = new uint256[](winners.length);
        for (uint256 i; i < winners.length; ++i) offers[i] = winners[i];

        return BookPass.appraise(reserves, book, offers);
    }

    /// @inheritdoc ICertificateChecker
    function check(bytes calldata reserves, bytes calldata book, bytes calldata certificate)
        external
        pure
        returns (Appraisal memory appraisal)
    {
        uint256 maskBytes = BookPass.maskBytesOf(reserves);
        BookSurvey memory seen = BookPass.survey(book, maskBytes);
        Proof memory proof;
        proof.rollups = reserves.length / 8;
        proof.offers = seen.offers;
        proof.groups = seen.groups;

        (uint256 claimedTicks, uint256 granularity, uint256[] memory winners) = _takeHead(proof, certificate);
        proof.threshold = claimedTicks + granularity;
        PriceVector memory prices = _takeRootPrices(proof, certificate);

        RootPrices memory root = RootPrices({
            scale: proof.scale,
            granularity: granularity,
            budget: _sum(prices.rollupPrices) + _sum(prices.groupPrices) - int256(proof.threshold << proof.scale), // [P1]
            priceOfByte: _byteSums(prices.rollupPrices, maskBytes),
            groupPrices: prices.pricesGroups ? prices.groupPrices : new int256[](seen.groups)
        });
        _requireGroupSlacks(proof, root.groupPrices);
        (appraisal, proof.live) = BookPass.walk(reserves, book, winners, seen, root);
        require(appraisal.valueTicks == claimedTicks, WrongValue(claimedTicks, appraisal.valueTicks));

        proof.refutePriced(certificate, _rootState(proof, root));
        require(proof.cursor == certificate.length, TrailingData(proof.cursor, certificate.length));
    }

    /// @dev version (1) ‖ scale (1) ‖ granularity (8) ‖ value (10) ‖ winners (2) ‖ each winner (2)
    function _takeHead(Proof memory proof, bytes calldata certificate)
        private
        pure
        returns (uint256 claimedTicks, uint256 granularity, uint256[] memory winners)
    {
        uint256 version = proof.takeUint(certificate, 1);
        require(version == VERSION, UnknownVersion(version));
        proof.scale = proof.takeUint(certificate, 1);
        require(proof.scale <= MAX_SCALE, ScaleOutOfRange(proof.scale, MAX_SCALE));
        granularity = proof.takeUint(certificate, 8);
        require(granularity > 0, GranularityDoesNotDivide(granularity, 0));
        claimedTicks = proof.takeUint(certificate, 10);

        winners = new uint256[](proof.takeUint(certificate, 2));
        for (uint256 i; i < winners.length; ++i) winners[i] = proof.takeUint(certificate, 2);
    }

    function _takeRootPrices(Proof memory proof, bytes calldata certificate) private pure returns (PriceVector memory) {
        uint256 kind = proof.takeUint(certificate, 1);
        require(kind == ProofTree.NODE_PRICE, RootNotPriced(kind));
        return proof.takePrices(certificate);
    }

    function _rootState(Proof memory proof, RootPrices memory root) private pure returns (NodeState memory state) {
        state.alive = BookPass.aliveOf(proof.live);
        state.uncovered = proof.rollups == 256 ? type(uint256).max : (1 << proof.rollups) - 1;
        state.groupsLeft = proof.groups;
        state.groupSlacks = root.groupPrices; // the stand-alone offer of a group is worth 0
        state.budget = root.budget;
    }

    function _requireGroupSlacks(Proof memory proof, int256[] memory groupPrices) private pure {
        for (uint256 group; group < groupPrices.length; ++group) {
            require(groupPrices[group] >= 0, NegativeSlack(proof.offers + proof.rollups + group, groupPrices[group]));
        }
    }

    function _sum(int256[] memory prices) private pure returns (int256 sum) {
        for (uint256 i; i < prices.length; ++i) sum += prices[i];
    }

    /// @dev For byte b of a mask and its value v, at 256·b + v, the sum of the prices of the rollups that it names. Rollup by rollup: the sums that
    /// have its bit are those that lack it plus its price. In assembly: 256 entries cost 10,000 gas instead of 83,000 (`docs/gas.md`).
    function _byteSums(int256[] memory prices, uint256 maskBytes) private pure returns (int256[] memory sums) {
        sums = new int256[](256 * maskBytes);
        for (uint256 rollup; rollup < prices.length; ++rollup) {
            uint256 row = 256 * (rollup / 8);
            uint256 bit = 1 << (rollup % 8);
            int256 price = prices[rollup];
            // Reads row … row + bit − 1 and writes the as many entries after them, within the row; sums can't overflow [P1].
            assembly ("memory-safe") {
                let without := add(add(sums, 32), shl(5, row))
                let with := add(without, shl(5, bit))
                for { let end := with } lt(without, end) { without := add(without, 32) } {
                    mstore(with, add(mload(without), price))
                    with := add(with, 32)
                }
            }
        }
    }
}
