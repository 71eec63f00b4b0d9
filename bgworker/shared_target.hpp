// Several source tables, of several tasks, may go to one target table.
#pragma once

#include "apply/target_ddl.hpp"

namespace mysql_sync {

/// The source tables that go to the same target as table `number` of `task`, that one and dropped ones left
/// out. Needs a transaction.
std::vector<apply::SourceColumns> sharing_tables(const std::string& task, uint32_t number,
                                                 const apply::TargetTable& target);

}  // namespace mysql_sync
