// What MySQL 5.1 wrote before it was final (5.1.18): other event codes in some builds, table maps that have
// the types of the columns and nothing else, rows packed from the server's record. Format: MySQL 5.1
// sql/log_event.cc (Format_description_log_event), sql/rpl_record_old.cc, sql/table.cc (open_binary_frm),
// sql/field.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::binlog {

/// True for the development builds of MySQL 5.1 and 5.2 that numbered the events from code 16 on differently.
bool has_pre_release_codes(std::string_view server_version);

/// Today's code of an event of such a build.
uint8_t from_pre_release_code(uint8_t code);

/// The columns of a table map without metadata, completed by the schema. kUnsupported for BINARY, whose rows
/// do not tell spaces at the end from what fills it, and for BIT that is no whole bytes: whether its odd bits
/// lie among the NULL bits depends on the engine. What does not fit is left for choose_cell_decoder() to see.
Result<std::vector<WireColumn>> complete_columns(const TableMapEvent& map, const TableSchema& schema);

/// The bytes that a record began with: where it has a fixed size a bit that marks deleted records (set in
/// those that exist), then one bit for each column that may be NULL. The rest of the last byte is set.
class RecordNullBits {
 public:
  explicit RecordNullBits(const TableSchema& schema);

  size_t size() const { return (used_ + 7) / 8; }
  bool is_null(std::string_view bits, size_t column) const;
  /// False if a bit is clear that is always set: the record is of another format than the schema tells, as
  /// with an explicit ROW_FORMAT.
  bool fits(std::string_view bits) const;

 private:
  static constexpr size_t kNotNullable = SIZE_MAX;
  std::vector<size_t> positions_;  // the bit of each column
  bool marks_deleted_ = true;
  size_t used_ = 0;
};

}  // namespace mysql_sync::binlog
