// ADD, CHANGE, MODIFY, DROP, RENAME and ALTER: columns and keys, and what else begins with these words.
#pragma once

#include "core/base/status.hpp"
#include "core/ddl/alter_draft.hpp"

namespace mysql_sync::ddl {

// Each reads what follows the word, up to a comma or the end.
Status read_add(AlterDraft& draft);
Status read_change(AlterDraft& draft);
Status read_modify(AlterDraft& draft);
Status read_drop(AlterDraft& draft);
Status read_rename(AlterDraft& draft);
Status read_alter(AlterDraft& draft);

}  // namespace mysql_sync::ddl
