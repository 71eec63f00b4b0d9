// The part of ChangeStream that loads single tables again.
#include "bgworker/change_stream.hpp"
#include "bgworker/table_reload.hpp"

namespace mysql_sync {

void ChangeStream::request_reload(MappedTable& table, const std::string& reason,
                                  const std::string& statement) {
  target_.apply_batch();
  const ReloadReason why{reason, statement, next_.to_string(), gtid_ ? gtid_->to_string() : ""};
  target_.within([&](pg::SpiSession& spi) { want_reload(spi, config_, table, why); });
}

}  // namespace mysql_sync
