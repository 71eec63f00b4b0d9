// What the precheck has found, item by item.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync {

struct PrecheckItem {
  enum class Status { kPassed, kWarning, kFailed };
  std::string item;    ///< what was looked at: "binlog_format"
  std::string object;  ///< of what: "shop.orders", the server
  Status status = Status::kPassed;
  std::string detail, remedy;
};

/// Gathers items.
class PrecheckItems {
 public:
  void add(PrecheckItem::Status status, std::string item, std::string object, std::string detail,
           std::string remedy = {});
  /// A failed item that says what `status` says.
  void add_failure(const std::string& item, const std::string& object, const Status& status);
  void append(std::vector<PrecheckItem> items);
  std::vector<PrecheckItem> take() { return std::move(items_); }

 private:
  std::vector<PrecheckItem> items_;
};

/// "passed", "warning", "failed".
const char* precheck_status_name(PrecheckItem::Status status);

/// The failed items in one text, a line each; empty when nothing failed.
std::string describe_failures(const std::vector<PrecheckItem>& items);

}  // namespace mysql_sync
