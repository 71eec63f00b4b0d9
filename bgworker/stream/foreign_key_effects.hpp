// The foreign keys of the source in a stream: what rows of parents do to children, see cascades.hpp, and what
// statements do to the keys.
#pragma once

#include "bgworker/stream/cascades.hpp"
#include "bgworker/stream/reload_queue.hpp"

namespace mysql_sync {

class ForeignKeyEffects {
 public:
  ForeignKeyEffects(StreamState& state, ReloadQueue& reloads);

  Cascades& cascades() { return cascades_; }
  /// After a statement. The keys are read again, unless what was read has it already: then children may have
  /// been taken for those of keys that came or went with it, and are loaded again.
  void follow(const ddl::Statement& statement, const StatementContext& context);

 private:
  CascadeStream cascade_stream();
  void reload_child(MappedTable& child, const std::string& reason);
  bool names_ours(std::string_view sql) const;
  void doubt_read_ahead(const std::vector<ddl::TableName>& parents);

  StreamState& state_;
  ReloadQueue& reloads_;
  Cascades cascades_;
};

}  // namespace mysql_sync
