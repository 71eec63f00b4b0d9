// Reads the cells of one column as the load gets them: the text protocol, text in the column's own character
// set.
#pragma once

#include <memory>

#include "core/types/charset.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync {

/// Owns what a column's cells need to be read. Movable; not for several threads.
class CellReader {
 public:
  /// kUnsupported for a character set that is not known.
  static Result<CellReader> create(ColumnType type);

  /// decode_text_cell(), with text converted to UTF-8 as the binlog's is. `cell` comes from a session whose
  /// character_set_results is NULL: the source converts nothing, so that no byte is lost.
  Status read(std::string_view cell, Arena& scratch, Value& value) const {
    if (converter_ == nullptr) return decode_(type_, cell, scratch, value);
    return decode_(type_, converter_->to_utf8(cell, scratch), scratch, value);
  }

 private:
  CellReader(ColumnType type, std::unique_ptr<CharsetConverter> converter)
      : type_(std::move(type)), decode_(text_decoder(type_.kind)), converter_(std::move(converter)) {}

  ColumnType type_;
  TextDecoder decode_;
  std::unique_ptr<CharsetConverter> converter_;  // null for UTF-8, and for what is no text
};

}  // namespace mysql_sync
