// Temporary tables of the source's sessions, as far as statements in the binlog make them. A session sees its
// own instead of the table that has the name for others.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace mysql_sync {

/// Keys of names are RoutedTables::key(). Those made before the stream began are not known.
class TemporaryTables {
 public:
  void add(uint32_t thread, const std::string& key) {
    if (known_.size() < kMaxKnown) known_.insert({thread, key});
  }
  void remove(uint32_t thread, const std::string& key) { known_.erase({thread, key}); }
  bool has(uint32_t thread, const std::string& key) const { return known_.count({thread, key}) > 0; }
  /// The source was started anew, perhaps: its sessions are gone.
  void clear() { known_.clear(); }

 private:
  static constexpr size_t kMaxKnown = 10000;
  std::set<std::pair<uint32_t, std::string>> known_;
};

}  // namespace mysql_sync
