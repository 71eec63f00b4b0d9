// CONVERT TO CHARACTER SET in an ALTER TABLE.
#pragma once

#include "core/ddl/alter_draft.hpp"

namespace mysql_sync::ddl {

/// Behind CONVERT TO.
Status read_convert_charset(AlterDraft& draft);

/// True if the next specification converts, or says how (but ALGORITHM=COPY makes the table anew).
bool at_conversion(const SqlCursor& cursor);

/// Whether the source may take a statement that does nothing but convert for no change of the table.
AlterTable::Idle idle_conversions(const SessionContext& session);

}  // namespace mysql_sync::ddl
