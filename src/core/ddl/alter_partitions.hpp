// What moves rows between tables, partitions and files.
#pragma once

#include "core/base/status.hpp"
#include "core/ddl/alter_draft.hpp"

namespace mysql_sync::ddl {

// Each reads what follows the words in its name, up to a comma or the end.
Status read_convert_partition(AlterDraft& draft);  ///< MariaDB: after CONVERT
Status read_exchange(AlterDraft& draft);
Status read_truncate(AlterDraft& draft);
Status read_discard(AlterDraft& draft);
Status read_import(AlterDraft& draft);
Status read_partitioning(AlterDraft& draft);

}  // namespace mysql_sync::ddl
