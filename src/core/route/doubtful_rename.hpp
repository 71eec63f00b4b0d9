// What the binlog tells later of a RENAME TABLE that was followed, though it may have been of a temporary
// table. MariaDB logs that of a session's temporary table like any other. A table that is used by its old
// name was never renamed, nor was one whose new name is given to another table.
//
// What comes later may be a RENAME TABLE of a temporary table as well. So such a statement never proves that
// the followed one was real.
#pragma once

#include <functional>

#include "core/route/table_moves.hpp"

namespace mysql_sync {

/// What a statement or a row event does with names. It makes a table of the name `TableMove::to`, or uses one
/// of the name `from` or takes it away; empty names are none.
enum class NameUse : uint8_t { kMade, kMoved, kUsed, kDropped, kDroppedIfThere };

enum class RenameVerdict : uint8_t {
  kOpen,         ///< nothing new
  kReal,         ///< the table was renamed
  kTemporary,    ///< it was not: what has one of the names has to be read again
  kOldNameFree,  ///< open, and nobody has the old name any more
  kNewNameFree   ///< likewise the new one
};

/// `followed`: the rename; a name of it that is known to be nobody's any more is empty. `knows`: whether the
/// task has a table of the name at this place of the binlog.
RenameVerdict judge_rename(const TableMove& followed, const TableMove& seen, NameUse use,
                           const SourceNames& names, const std::function<bool(const ddl::TableName&)>& knows);

}  // namespace mysql_sync
