#include "core/types/cell_reader.hpp"

namespace mysql_sync {

/// Only types of text have a character set in ColumnType::charset; labels of ENUM and SET come in it as well.
Result<CellReader> CellReader::create(ColumnType type) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(CharsetConverter converter, CharsetConverter::create(type.charset));
  if (converter.is_utf8()) return CellReader(std::move(type), nullptr);
  return CellReader(std::move(type), std::make_unique<CharsetConverter>(std::move(converter)));
}

}  // namespace mysql_sync
