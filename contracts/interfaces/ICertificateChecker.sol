// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One offer of a partition.
struct WinningOffer {
    address bidder;
    uint16 offer;
    uint64 valueTicks;
    uint256 bundle;
}

/// @notice What a partition of a round is worth, read from the round's whole offer book.
/// @param bookDigest the digest of the book that was read; the market compares it with its own
/// @param offers how many offers the book holds
/// @param valueTicks value of the winners plus the reserves of the rollups that none of them holds
/// @param sold the rollups that the winners hold
/// @param winners in ascending order of offer
/// @param singleTicks for every rollup the highest offer on it alone, 0 where there is none
struct Appraisal {
    bytes32 bookDigest;
    uint256 offers;
    uint256 valueTicks;
    uint256 sold;
    WinningOffer[] winners;
    uint64[] singleTicks;
}

/// @notice The errors of the certificate checker, apart so that a market has them in its own ABI.
interface ICertificateErrors {
    error TruncatedBook(uint256 needed, uint256 length);
    error RaggedReserves(uint256 length);
    error TooManyRollups(uint256 rollups, uint256 limit);
    error BundleOutOfRange(uint256 offer, uint256 bundle, uint256 rollups);
    error TooManyOffersInBook(uint256 offers, uint256 limit);
    error WinnersNotAscending(uint256 previous, uint256 offer);
    error UnknownWinner(uint256 offer, uint256 offers);
    error WinnersOverlap(uint256 offer, uint256 bundle, uint256 sold);
    error GroupWinsTwice(uint256 offer, uint256 group);

    error TruncatedCertificate(uint256 needed, uint256 length);
    error TrailingData(uint256 consumed, uint256 length);
    error UnknownVersion(uint256 version);
    error ScaleOutOfRange(uint256 scale, uint256 limit);
    error GranularityDoesNotDivide(uint256 granularity, uint256 valueTicks);
    error WrongValue(uint256 claimed, uint256 actual);
    error RootNotPriced(uint256 node);
    error UnknownNode(uint256 node);
    error UnsupportedNode(uint256 flags);
    error PriceWidthOutOfRange(uint256 width, uint256 limit);
    error UnknownItem(uint256 item, uint256 items);
    error ItemsNotAscending(uint256 previous, uint256 item);
    error NegativeSlack(uint256 offer, int256 slack);
    error OpenLeaf(int256 budget);
    error NodeBelowClosed(int256 budget);
    error ItemCovered(uint256 item);
    error WrongChildren(uint256 item, uint256 given, uint256 needed);
    error BetterPartition(uint256 valueTicks, uint256 thresholdTicks);
    error TreeTooDeep(uint256 limit);
}

/// @title The checker of certificates of optimality: stateless, so anybody can also call it for free
/// @notice A certificate shows that no partition of the rollups is worth one tick more than the winners that it names. It is checked against
/// *every* offer of the round's book, so none can be left out. The rules, and why they are sound: `docs/certificate.md`; the bytes:
/// `docs/encoding.md`. Twin: `seqmarket/certificate/check.py`.
interface ICertificateChecker is ICertificateErrors {
    /// @notice Values the partition that `winners` (offer numbers, ascending) and the reserves form. Raises the first block of errors.
    /// @param reserves 8 bytes a rollup, big-endian ticks
    /// @param book every reveal of the round in order, each `bidder (20) ‖ count (2) ‖ records`
    function appraise(bytes calldata reserves, bytes calldata book, uint16[] calldata winners)
        external
        pure
        returns (Appraisal memory);

    /// @notice Accepts exactly when `certificate` proves that its winners are optimal; returns their appraisal, else raises why not.
    function check(bytes calldata reserves, bytes calldata book, bytes calldata certificate)
        external
        pure
        returns (Appraisal memory);
}
