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
/// @param excessTicks no partition is worth valueTicks + excessTicks; 0 where nothing was proved
/// @param exact whether excessTicks is the least that values of this book can differ by, so that the partition is optimal
/// @param sold the rollups that the winners hold
/// @param winners in ascending order of offer
/// @param singleTicks for every rollup the highest offer on it alone, 0 where there is none
struct Appraisal {
    bytes32 bookDigest;
    uint256 offers;
    uint256 valueTicks;
    uint256 excessTicks;
    bool exact;
    uint256 sold;
    WinningOffer[] winners;
    uint64[] singleTicks;
}

/// @notice The errors of the certificate checker, apart so that a market has them in its own ABI.
interface ICertificateErrors {
    error TruncatedBook(uint256 needed, uint256 length);
    error RaggedReserves(uint256 length);
    error TooManyRollups(uint256 rollups, uint256 limit);
    error UnknownShape(uint256 shape);
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
    error ExcessBelowGranularity(uint256 excess, uint256 granularity);
    error WrongValue(uint256 claimed, uint256 actual);
    error ValueOutOfRange(uint256 offer, uint256 valueTicks, uint256 limit);
    error PricesOutOfRange(uint256 sum, uint256 limit);
    error PriceWidthOutOfRange(uint256 width, uint256 limit);
    error ZeroDivisor();
    error UnknownFlags(uint256 flags);
    error UnknownItem(uint256 item, uint256 items);
    error ItemsNotAscending(uint256 previous, uint256 item);
    error NegativeSlack(uint256 offer, int256 slack);
    error TooManyIndexed(uint256 offers, uint256 limit);
    error ItemCovered(uint256 item);
    error NotHinted(uint256 item);
    error NotAlive(uint256 position);
    error NotAClique(uint256 position);
    error BetterPartition(uint256 valueTicks, uint256 thresholdTicks);
    error TreeTooDeep(uint256 limit);
    error UnprovedLemma(bytes32 lemma);
    error EmptyOffer(uint256 offer);

    error UnknownReading(bytes32 reading);
}

/// @title The checker of certificates of optimality: it holds no money and trusts nobody, so anybody can also call it for free
/// @notice A certificate shows that no partition of the rollups is worth one tick more than the winners that it names. It is checked against
/// *every* offer of the round's book, so none can be left out. The rules, and why they are sound: `docs/certificate.md`; the bytes:
/// `docs/encoding.md`. Twin: `seqmarket/certificate/chain_check.py`.
///
/// Assumptions
/// - A book whose digest a market knows was audited by that market's `reveal`, bid by bid. The checker relies on it; for any other book its answer means nothing.
/// - What it remembers are facts: a lemma that was refuted stays refuted, for any round and any market.
interface ICertificateChecker is ICertificateErrors {
    event LemmaRefuted(bytes32 indexed lemma);
    /// @param id keccak256(abi.encode(reservesHash, headHash)): of what was read with; nobody can emit it for other reserves or another head
    /// @param reading what the parts so far come to, packed as `Readings` says; the next part takes it as it is
    event BookRead(bytes32 indexed id, bytes32 indexed bookDigest, bytes reading);
    event Concluded(bytes32 indexed id, bytes32 indexed bookDigest, Appraisal appraisal);

    /// @notice Values the partition that `winners` (offer numbers, ascending) and the reserves form. Raises the first block of errors.
    /// @param reserves 8 bytes a rollup, big-endian ticks
    /// @param book every reveal of the round in order, each `bidder (20) ‖ count (2) ‖ bid list`
    function appraise(bytes calldata reserves, bytes calldata book, uint16[] calldata winners)
        external
        pure
        returns (Appraisal memory);

    /// @notice Accepts exactly when `certificate` proves that its winners are optimal, or within `excessTicks`; returns their appraisal, else raises why not.
    function check(bytes calldata reserves, bytes calldata book, bytes calldata certificate)
        external
        view
        returns (Appraisal memory);

    /// @notice Proves a lemma and remembers it: no disjoint choice of `offers` covers `uncovered` and is worth `target` ticks or more.
    function refute(uint256 uncovered, uint256 target, bytes calldata offers, bytes calldata proof) external returns (bytes32 lemma);

    /// @notice Whether a lemma was proved.
    function isRefuted(bytes32 lemma) external view returns (bool);

    /// @notice Reads the next chunks of a book against the head of a certificate, or against `00 ‖ winners (2 ‖ 2 each)` where nothing is to be proved.
    /// @param head the certificate without its tree
    /// @param soFar what the parts before came to (`BookRead`); empty for the first. Raises UnknownReading.
    function read(bytes calldata reserves, bytes calldata head, bytes calldata soFar, bytes calldata part) external;

    /// @notice Ends a reading: the partition is worth what the head says, and no prices, or a lemma, leave room for a better one.
    function conclude(bytes calldata reserves, bytes calldata head, bytes calldata soFar) external returns (Appraisal memory);

    /// @notice When the first reading began that concluded with this appraisal; 0 where none did.
    /// @param reservesHash, headHash keccak256 of what was read with
    /// @param appraisalHash keccak256 of what `conclude` returned, the bytes as returned
    function concludedSince(bytes32 reservesHash, bytes32 headHash, bytes32 appraisalHash) external view returns (uint256 startedAt);
}
