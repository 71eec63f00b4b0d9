// The identity of an XA transaction (xid), as events carry it and as statements in the binlog write it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.hpp"

namespace mysql_sync::binlog {

struct XaId {
  uint32_t format_id = 1;
  std::string gtrid;  ///< global part: any bytes, at most 64
  std::string bqual;  ///< branch qualifier: any bytes, at most 64

  /// As both families of servers log it: X'6d79',X'',1. Equal xids give equal texts.
  std::string to_string() const;
};

/// Reads what follows XA START, XA COMMIT and so on in the binlog: X'6d79',X'',1. kCorrupt for anything else,
/// as no server logs the xid in the form the user gave it.
Result<XaId> parse_xa_id(std::string_view text);

/// A statement about an XA transaction, as servers log it.
struct XaStatement {
  enum class Kind : uint8_t { kNone, kStart, kEnd, kCommit, kRollback };
  Kind kind = Kind::kNone;
  XaId xid;
};
/// kNone for any other statement. kCorrupt if the xid cannot be read.
Result<XaStatement> parse_xa_statement(std::string_view sql);

}  // namespace mysql_sync::binlog
