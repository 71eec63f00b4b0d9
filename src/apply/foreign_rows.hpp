// Rows of a target that refer to a row of another table: found, changed and removed by the columns of a
// foreign key, as the source does it without logging it.
#pragma once

#include "apply/target_relation.hpp"
#include "pg/scratch.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// Values of some columns, as their types in the target print them.
using ColumnTexts = std::vector<pg::Text>;

/// The child's side of a foreign key. Needs an open transaction; acts as the owner of the table. Errors leave
/// as pg::PgError, or pg::StatusError (kPermission).
class ForeignRows {
 public:
  enum class Use { kRemove, kSet, kLook };
  /// `columns` of the source are those of the foreign key; all of them are carried. `target` and `source`
  /// must outlive it.
  ForeignRows(const TargetTable& target, const TableSchema& source, std::vector<size_t> columns, Use use);

  /// The texts of a parent's values in the columns of the foreign key. Nothing if the target cannot hold
  /// one of them as it is: then rows cannot be told by them.
  std::optional<ColumnTexts> texts_of(const std::vector<Value>& values);

  /// `wanted` columns, all carried, of the rows that have one of the `keys` in the columns of the foreign
  /// key.
  std::vector<ColumnTexts> select(const std::vector<ColumnTexts>& keys, const std::vector<size_t>& wanted);
  /// Whether rows have other texts there that the source may take for one of the `keys`, by a collation that
  /// knows no case, no accents, no spaces at the end. Looks at every row, where the columns hold text.
  bool has_lookalikes(const std::vector<ColumnTexts>& keys);
  /// Both return the number of rows. `to`: the new texts; empty: NULLs.
  uint64_t remove(const std::vector<ColumnTexts>& keys);
  uint64_t set(const ColumnTexts& key, const ColumnTexts& to);

 private:
  const MappedColumn& mapped(size_t source_column) const;
  std::string column(size_t place) const;
  std::string parameter(size_t number, size_t place) const;
  bool is_text(size_t place) const;
  bool may_have(size_t place, const Value& value) const;
  std::string equal(const std::vector<ColumnTexts>& keys, std::vector<pg::Text>* arguments) const;
  std::string alike(const std::vector<ColumnTexts>& keys, std::vector<pg::Text>* arguments) const;
  std::string alike_column(size_t place, const std::string& value) const;

  const TargetTable& target_;
  const TableSchema& source_;
  const std::vector<size_t> columns_;
  TargetCache cache_;
  OpenRelation relation_;
  pg::ScratchMemory memory_;  // of one call
  const TargetRelation* known_;
};

}  // namespace mysql_sync::apply
