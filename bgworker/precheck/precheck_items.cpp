#include "bgworker/precheck/precheck_items.hpp"

namespace mysql_sync {

void PrecheckItems::add(PrecheckItem::Status status, std::string item, std::string object, std::string detail,
                        std::string remedy) {
  items_.push_back({std::move(item), std::move(object), status, std::move(detail), std::move(remedy)});
}

void PrecheckItems::add_failure(const std::string& item, const std::string& object, const Status& status) {
  const std::string detail =
      status.detail().empty() ? status.message() : status.message() + ": " + status.detail();
  add(PrecheckItem::Status::kFailed, item, object, detail, status.hint());
}

void PrecheckItems::append(std::vector<PrecheckItem> items) {
  for (PrecheckItem& item : items) items_.push_back(std::move(item));
}

const char* precheck_status_name(PrecheckItem::Status status) {
  switch (status) {
    case PrecheckItem::Status::kPassed:
      return "passed";
    case PrecheckItem::Status::kWarning:
      return "warning";
    case PrecheckItem::Status::kFailed:
      return "failed";
  }
  return "failed";
}

std::string describe_failures(const std::vector<PrecheckItem>& items) {
  std::string text;
  for (const PrecheckItem& item : items) {
    if (item.status != PrecheckItem::Status::kFailed) continue;
    text += (text.empty() ? "" : "\n") + item.item + " (" + item.object + "): " + item.detail;
  }
  return text;
}

}  // namespace mysql_sync
