// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal, ICertificateChecker} from "./interfaces/ICertificateChecker.sol";
import {Board, Boards} from "./libraries/Board.sol";
import {BookPass, Pass} from "./libraries/BookPass.sol";
import {ByteReader} from "./libraries/ByteReader.sol";
import {CertificateHead, Fields, Head} from "./libraries/CertificateHead.sol";
import {Frames, Proof} from "./libraries/Frame.sol";
import {ItemBranch} from "./libraries/ItemBranch.sol";
import {Lemmas} from "./libraries/Lemmas.sol";
import {PriceNode} from "./libraries/PriceNode.sol";
import {PriceTable} from "./libraries/PriceTable.sol";
import {ProofTree} from "./libraries/ProofTree.sol";
import {Reading, Readings} from "./libraries/Reading.sol";
import {Records} from "./libraries/RecordReader.sol";

/// @title CertificateChecker
contract CertificateChecker is ICertificateChecker {
    using ByteReader for bytes;

    /// @dev Lemmas that were proved.
    mapping(bytes32 => bool) private refuted;
    /// @dev For reserves, head and reading: that its parts came to it. A set, so that no part, however bad, ends what others read.
    mapping(bytes32 => bool) private readings;
    /// @dev For reserves, head and appraisal: when the first reading began that came to it.
    mapping(bytes32 => uint256) private concluded;

    /// @inheritdoc ICertificateChecker
    function appraise(bytes calldata reserves, bytes calldata book, uint16[] calldata winners)
        external
        pure
        returns (Appraisal memory)
    {
        unchecked {
            // positions in a list
            uint256 rollups = BookPass.rollupsOf(reserves);
            Head memory head;
            head.winners = new uint256[](winners.length);
            for (uint256 i; i < winners.length; ++i) {
                head.winners[i] = winners[i];
                if (i != 0 && winners[i] <= winners[i - 1]) revert WinnersNotAscending(winners[i - 1], winners[i]);
            }
            Appraisal memory appraisal = BookPass.blank(rollups, winners.length);
            Records memory chunk;
            Pass memory pass = BookPass.begin(rollups, head.winners, appraisal);
            BookPass.walk(pass, head, book, appraisal, chunk);
            BookPass.finish(pass, head, reserves, appraisal);
            _answer(appraisal);
        }
    }

    /// @inheritdoc ICertificateChecker
    function check(bytes calldata reserves, bytes calldata book, bytes calldata certificate)
        external
        view
        returns (Appraisal memory)
    {
        uint256 rollups = BookPass.rollupsOf(reserves);
        uint256 tables = PriceTable.reserve(rollups);
        Head memory head = CertificateHead.read(certificate, rollups);
        Appraisal memory appraisal = BookPass.blank(rollups, head.winners.length);
        Proof memory proof = _proofOf(head, rollups);
        Records memory chunk;
        Pass memory pass = BookPass.beginPriced(rollups, tables, head, appraisal);
        uint256 entries = pass.end;
        BookPass.walk(pass, head, book, appraisal, chunk);
        BookPass.finish(pass, head, reserves, appraisal);

        if (head.cliques != 0 || head.budget >= 0) {
            Boards.index(proof.board, entries, pass.end, head.hinted, rollups, pass.groups != 0);
            _refute(proof, certificate, Fields.everything(rollups));
        }
        _requireEnd(proof.cursor, certificate);
        _answer(appraisal);
    }

    /// @inheritdoc ICertificateChecker
    function refute(uint256 uncovered, uint256 target, bytes calldata offers, bytes calldata proof_) external returns (bytes32 lemma) {
        unchecked {
            // memory addresses, positions in calldata, at most 2^8 rollups
            Proof memory proof;
            uint256 entries = Boards.base();
            (uint256 maskBytes, uint256 end, bool grouped) = Lemmas.layOut(offers);
            lemma = Lemmas.foldAll(0, entries, end); // nothing may be allocated before the entries are [K3]
            _setSize(proof, 8 * maskBytes);
            proof.threshold = target;
            Boards.index(proof.board, entries, end, type(uint256).max, proof.rollups, grouped);
            lemma = Lemmas.key(uncovered, target, lemma);
            proof.prices = Boards.zeroed(proof.rollups); // none are in force
            Fields.requireWithin(proof_, 1 + proof.codeBytes);
            proof.scale = CertificateHead.scaleAt(proof_, 0);
            ProofTree.requirePrice(proof, proof_, 1);
            // a shift by 256 leaves 0
            if (uncovered >> proof.rollups != 0) revert UnknownItem(255 - Fields.leadingZeros(uncovered), proof.rollups);
            proof.cursor = 1;
            _refute(proof, proof_, uncovered);
            _requireEnd(proof.cursor, proof_);

            refuted[lemma] = true;
            emit LemmaRefuted(lemma);
        }
    }

    /// @inheritdoc ICertificateChecker
    function isRefuted(bytes32 lemma) external view returns (bool) {
        return _isRefuted(lemma);
    }

    /// @inheritdoc ICertificateChecker
    function read(bytes calldata reserves, bytes calldata head_, bytes calldata soFar, bytes calldata part) external {
        uint256 rollups = BookPass.rollupsOf(reserves);
        uint256 tables = PriceTable.reserve(rollups);
        (Head memory head, bool priced) = _headOf(head_, rollups);
        bytes32 id = _idOf(keccak256(reserves), keccak256(head_));
        Reading memory reading = _goOn(id, soFar, rollups, head.winners);
        Appraisal memory appraisal = reading.appraisal;
        Records memory chunk;
        Pass memory pass = priced ? BookPass.beginPriced(rollups, tables, head, appraisal) : BookPass.begin(rollups, head.winners, appraisal);
        uint256 entries = pass.end;
        BookPass.resume(pass, head, reading.groups, appraisal.offers);
        BookPass.walk(pass, head, part, appraisal, chunk);
        reading.groups = pass.groups;
        if (priced) reading.live = Lemmas.foldAll(reading.live, entries, pass.end);

        // the entries have been folded: their memory may be written over
        bytes memory packed = Readings.pack(reading, rollups, pass.nextWinner);
        readings[_keyOf(id, keccak256(packed))] = true;
        emit BookRead(id, appraisal.bookDigest, packed);
    }

    /// @inheritdoc ICertificateChecker
    function conclude(bytes calldata reserves, bytes calldata head_, bytes calldata soFar) external returns (Appraisal memory) {
        uint256 rollups = BookPass.rollupsOf(reserves);
        (Head memory head, bool priced) = _headOf(head_, rollups);
        bytes32 id = _idOf(keccak256(reserves), keccak256(head_));
        Reading memory reading = _goOn(id, soFar, rollups, head.winners);
        Appraisal memory appraisal = reading.appraisal;
        Pass memory pass = BookPass.beginEnd(rollups, head, appraisal, priced);
        uint256 entries = pass.end;
        BookPass.resume(pass, head, reading.groups, appraisal.offers);
        BookPass.finish(pass, head, reserves, appraisal);
        if (priced && head.budget >= 0) {
            bytes32 live = Lemmas.foldAll(reading.live, entries, pass.end);
            bytes32 lemma = Lemmas.key(Fields.everything(rollups), head.valueTicks + head.excessTicks, live);
            if (!refuted[lemma]) revert UnprovedLemma(lemma);
        }

        (uint256 start, uint256 size) = _encoded(appraisal);
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(start, size)
        }
        bytes32 conclusion = _keyOf(id, hash);
        uint256 before = concluded[conclusion];
        if (before == 0 || reading.startedAt < before) concluded[conclusion] = reading.startedAt;
        (bytes32 topic, bytes32 digest) = (Concluded.selector, appraisal.bookDigest);
        assembly ("memory-safe") {
            log3(start, size, topic, id, digest) // emit Concluded(id, digest, appraisal), whose only field that isn't indexed is what is returned
            return(start, size)
        }
    }

    /// @inheritdoc ICertificateChecker
    function concludedSince(bytes32 reservesHash, bytes32 headHash, bytes32 appraisalHash) external view returns (uint256) {
        return concluded[_keyOf(_idOf(reservesHash, headHash), appraisalHash)];
    }

    // ---------------------------------------------------------------- proving

    /// @dev Refutes the state in which all of the board is alive: reads the root's cliques, if it has any, then nodes from the cursor on. The root's prices are in force, or none.
    function _refute(Proof memory proof, bytes calldata data, uint256 uncovered) private view {
        unchecked {
            // memory addresses, positions in calldata, at most 2^8 rollups
            Board memory board = proof.board;
            proof.allHinted = board.hinted == type(uint256).max || board.hinted == Fields.everything(proof.rollups);
            uint256 frame = Frames.push(board, 0, uncovered, uint256(proof.budget), 0);
            Boards.fill(frame + Frames.ALIVE, board.count);
            proof.positionBytes = CertificateHead.POSITION_BYTES;
            if (proof.cliques != 0) frame = PriceNode.narrow(proof, data, frame, proof.cliques, proof.width, proof.budget);
            // a price node makes its own
            else if (!ProofTree.isPrice(proof, data, proof.cursor)) Boards.makeBuckets(board, uint256(proof.budget), frame + Frames.ALIVE);
            if (board.count <= 256) proof.positionBytes = 1;
            if (frame != 0) ProofTree.refute(proof, data, frame, _isRefuted);
        }
    }

    function _isRefuted(bytes32 lemma) private view returns (bool) {
        return refuted[lemma];
    }

    function _proofOf(Head memory head, uint256 rollups) private pure returns (Proof memory proof) {
        _setSize(proof, rollups);
        proof.scale = head.scale;
        proof.threshold = head.valueTicks + head.excessTicks;
        (proof.cursor, proof.budget, proof.cliques, proof.width) = (head.cursor, head.budget, head.cliques, head.width);
        uint256[] memory prices = head.prices;
        uint256 first;
        assembly ("memory-safe") {
            first := add(prices, 32)
        }
        proof.prices = first;
    }

    function _setSize(Proof memory proof, uint256 rollups) private pure {
        unchecked {
            // memory addresses, positions in calldata, at most 2^8 rollups
            proof.rollups = rollups;
            proof.maskBytes = (rollups + 7) / 8;
            proof.codeBytes = rollups <= 250 ? 1 : 2;
        }
    }

    function _requireEnd(uint256 cursor, bytes calldata data) private pure {
        if (cursor > data.length) revert TruncatedCertificate(cursor, data.length);
        if (cursor < data.length) revert TrailingData(cursor, data.length);
    }

    /// @dev Ends the call with the appraisal as its answer.
    function _answer(Appraisal memory appraisal) private pure {
        (uint256 start, uint256 size) = _encoded(appraisal);
        assembly ("memory-safe") {
            return(start, size)
        }
    }

    /// @dev `abi.encode`. In assembly because every round pays for it: 2,000 gas, and 20,000 as the compiler encodes it. All fields are as wide as they were read.
    function _encoded(Appraisal memory appraisal) private pure returns (uint256 start, uint256 size) {
        assembly ("memory-safe") {
            start := mload(0x40)
            let body := add(start, 32)
            mstore(start, 32)
            mcopy(body, appraisal, 192) // the six words before the two lists
            mstore(add(body, 192), 256)
            let at := add(body, 256)
            let list := mload(add(appraisal, 192))
            let count := mload(list)
            mstore(at, count)
            for { let end := add(list, shl(5, count)) } lt(list, end) {} {
                list := add(list, 32)
                mcopy(add(at, 32), mload(list), 128) // the four words of a winner
                at := add(at, 128)
            }
            at := add(at, 32)
            mstore(add(body, 224), sub(at, body))
            list := mload(add(appraisal, 224))
            count := shl(5, add(mload(list), 1))
            mcopy(at, list, count)
            size := sub(add(at, count), start)
            mstore(0x40, add(at, count))
        }
    }

    // ---------------------------------------------------------------- reading

    function _headOf(bytes calldata data, uint256 rollups) private pure returns (Head memory head, bool priced) {
        priced = data.length == 0 || data.uintAt(0, 1) != CertificateHead.VERSION_WITHOUT_PROOF;
        if (priced) head = CertificateHead.read(data, rollups);
        else (head.winners, head.cursor) = CertificateHead.readWinners(data);
        if (head.cliques != 0) revert UnknownVersion(CertificateHead.VERSION_WITH_CLIQUES); // a lemma speaks of slacks that aren't negative
        _requireEnd(head.cursor, data);
        // a lemma speaks of all live offers
        if (priced && head.budget >= 0 && head.hinted != Fields.everything(rollups)) revert NotHinted(Fields.lowest(~head.hinted));
    }

    function _idOf(bytes32 reservesHash, bytes32 headHash) private pure returns (bytes32) {
        return keccak256(abi.encode(reservesHash, headHash));
    }

    /// @dev The reading that `soFar` says, or a new one where it is empty. What hashes to a key that is kept was packed here. Raises UnknownReading.
    function _goOn(bytes32 id, bytes calldata soFar, uint256 rollups, uint256[] memory winners) private view returns (Reading memory) {
        if (soFar.length == 0) return Readings.blank(rollups, winners.length, block.timestamp);
        bytes32 key = _keyOf(id, keccak256(soFar));
        if (!readings[key]) revert UnknownReading(key);
        return Readings.load(soFar, rollups, winners);
    }

    /// @dev Of a reading or a conclusion, by its hash.
    function _keyOf(bytes32 id, bytes32 hash) private pure returns (bytes32) {
        return keccak256(abi.encode(id, hash));
    }
}
