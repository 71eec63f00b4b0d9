// The prepare of an XA transaction that the stream has not seen: it lies before the position at which the
// task first started, or the worker was restarted since and it is none of ours. The source's binlog is read
// backwards, file by file, for the last prepare of the xid before its commit.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bgworker/catalog/prepared_transactions.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/stream/foreign_keys.hpp"
#include "bgworker/stream/stream_end.hpp"
#include "source/binlog_stream.hpp"

namespace mysql_sync {

struct LookupSource {
  std::vector<std::string> files;  ///< of the source's binlog, oldest first
  std::function<source::BinlogStream(const BinlogPosition&)> open;
  SourceNames names;                          ///< of its tables
  bool mariadb = false;                       ///< likewise
  const ForeignKeys* foreign_keys = nullptr;  ///< rows of their parents concern the task as well
};

/// Afterwards the transaction is stored among the prepared ones of the task, or it is in `unrelated`: where
/// it changed none of `tables`, or was finished once before. No transaction may be open. kPositionLost if
/// the source no longer has the file that the prepare was in.
void look_up_prepared(const std::string& task, std::vector<MappedTable> tables,
                      const UnknownPrepared& unknown, const LookupSource& source, UnrelatedXids& unrelated);

}  // namespace mysql_sync
