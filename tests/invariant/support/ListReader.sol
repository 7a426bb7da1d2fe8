// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ListReader: a bid list read record by record, byte by byte
library ListReader {
    error MalformedList(uint256 offset, uint256 length);

    /// @param bid how many were read; singles, valueBytes, maskBytes, grouped, listed: what the list's head says
    struct Cursor {
        uint256 offset;
        uint256 bid;
        uint256 singles;
        uint256 valueBytes;
        uint256 maskBytes;
        bool grouped;
        bool listed;
    }

    /// @param ascending where rollups are listed, whether each exceeds the one before
    /// @param rollups how many the record says that it holds
    struct Record {
        uint256 group;
        uint256 valueTicks;
        uint256 mask;
        uint256 rollups;
        bool ascending;
    }

    function open(bytes memory data, uint256 offset, uint256 maskBytes) internal pure returns (Cursor memory at) {
        uint256 shape = field(data, offset, 1);
        return Cursor(offset + 2, 0, field(data, offset + 1, 1), shape % 16, maskBytes, (shape / 16) % 2 == 1, (shape / 32) % 2 == 1);
    }

    function next(Cursor memory at, bytes memory data) internal pure returns (Record memory record) {
        if (at.grouped) record.group = _take(at, data, 1);
        bool single = at.bid < at.singles;
        if (!single && at.listed) record.rollups = _take(at, data, 1);
        record.valueTicks = _take(at, data, at.valueBytes);
        record.ascending = true;
        if (single) record.rollups = 1;
        if (single || at.listed) {
            for (uint256 i; i < record.rollups; ++i) {
                uint256 bit = 1 << _take(at, data, 1);
                if (bit <= record.mask) record.ascending = false;
                record.mask |= bit;
            }
        } else {
            record.mask = _take(at, data, at.maskBytes);
            for (uint256 i; i < 256; ++i) record.rollups += (record.mask >> i) & 1;
        }
        ++at.bid;
    }

    /// @notice A big-endian field, byte by byte. Raises MalformedList past the end.
    function field(bytes memory data, uint256 offset, uint256 width) internal pure returns (uint256 value) {
        require(offset + width <= data.length, MalformedList(offset + width, data.length));
        for (uint256 i; i < width; ++i) value = value << 8 | uint8(data[offset + i]);
    }

    function _take(Cursor memory at, bytes memory data, uint256 width) private pure returns (uint256 value) {
        value = field(data, at.offset, width);
        at.offset += width;
    }
}
