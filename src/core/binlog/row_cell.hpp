// One cell of a row image -> Value. Which function reads a column's cells is chosen once, from the wire type
// and metadata of the table map and the column's MySQL type.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/arena.hpp"
#include "core/base/byte_reader.hpp"
#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/types/charset.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync::binlog {

/// What cells share while they are decoded.
struct CellScratch {
  Arena arena;       ///< bytes that are not in the event as the value needs them
  std::string text;  ///< reused by what is built piece by piece
  Status error;      ///< set by a cell that can say more than that its bytes are malformed
};

struct CellColumn;
/// Reads one cell. False if its bytes do not follow the format; then CellScratch::error may say more.
using CellDecoder = bool (*)(const CellColumn& column, ByteReader& reader, CellScratch& scratch,
                             Value& value);

/// A column as its decoder needs it. Does not own what it points to.
struct CellColumn {
  CellDecoder decode = nullptr;
  uint16_t size = 0;      ///< bytes of the value (binary, decimal, bit, set) or fractional digits
  uint8_t precision = 0;  ///< decimal
  uint8_t scale = 0;      ///< decimal
  const std::vector<std::string>* members = nullptr;  ///< enum, set
  const CharsetConverter* converter = nullptr;        ///< text that is not UTF-8
};

/// Chooses the decoder of a column. kConflict if the wire type is not one of the column's type;
/// kUnsupported if it is and we do not carry it. `type` and `converter` must outlive the result; the
/// converter is null for text that is UTF-8 already.
Result<CellColumn> choose_cell_decoder(const WireColumn& wire, const ColumnType& type,
                                       const CharsetConverter* converter);

}  // namespace mysql_sync::binlog
