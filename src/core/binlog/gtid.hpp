// Global transaction identifiers of both families and the sets of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync {

/// One transaction's identity: MySQL "uuid[:tag]:number" or MariaDB "domain-server-sequence".
struct Gtid {
  bool mariadb = false;
  std::string source;      ///< MySQL: "uuid" or "uuid:tag", lower case; MariaDB: unused
  uint32_t domain = 0;     ///< MariaDB
  uint32_t server_id = 0;  ///< MariaDB
  uint64_t number = 0;     ///< MySQL transaction number, MariaDB sequence

  std::string to_string() const;
};

/// The transactions seen so far: MySQL intervals for each source, or the last of each MariaDB domain.
class GtidSet {
 public:
  /// Reads what the source prints: gtid_executed ("uuid:1-5:7,uuid:tag:1") or gtid_binlog_pos
  /// ("0-1-42,1-1-7"). White space and line breaks are allowed. Empty text is the empty set.
  static Result<GtidSet> parse(std::string_view text);

  /// MySQL: joins the intervals of its source. MariaDB: becomes the last of its domain.
  void add(const Gtid& gtid);
  /// Adds the MySQL transactions `first` to `last`, both included, of `source` ("uuid" or "uuid:tag").
  void add_interval(const std::string& source, uint64_t first, uint64_t last);
  /// MariaDB: true if the domain has got as far as the sequence number.
  bool contains(const Gtid& gtid) const;
  bool empty() const { return intervals_.empty() && domains_.empty(); }
  std::string to_string() const;

 private:
  struct Interval {
    uint64_t first, last;  // both included
  };
  std::map<std::string, std::vector<Interval>> intervals_;  // sorted, not touching
  std::map<uint32_t, Gtid> domains_;
};

}  // namespace mysql_sync
