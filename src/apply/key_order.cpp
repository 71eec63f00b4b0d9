#include "apply/key_order.hpp"

#include <algorithm>

namespace mysql_sync::apply {

namespace {

/// Less than, equal to or greater than 0. Numbers that are not integers compare by their bits: an order, if a
/// strange one, is all that is needed.
int compare(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
  if (a.is_null()) return 0;
  if (a.holds_bytes()) return a.as_bytes().compare(b.as_bytes());
  if (a.kind() == ValueKind::kUint) return a.as_uint() < b.as_uint() ? -1 : a.as_uint() > b.as_uint();
  return a.as_int() < b.as_int() ? -1 : a.as_int() > b.as_int();
}

bool key_is_less(const NetChange* a, const NetChange* b) {
  const size_t cells = std::min(a->key.size, b->key.size);
  for (size_t i = 0; i < cells; ++i) {
    const int order = compare(a->key[i], b->key[i]);
    if (order != 0) return order < 0;
  }
  return false;
}

}  // namespace

std::vector<const NetChange*> in_key_order(const std::vector<NetChange>& changes) {
  std::vector<const NetChange*> sorted;
  sorted.reserve(changes.size());
  for (const NetChange& change : changes) sorted.push_back(&change);
  if (!std::is_sorted(sorted.begin(), sorted.end(), key_is_less)) {
    std::sort(sorted.begin(), sorted.end(), key_is_less);
  }
  return sorted;
}

}  // namespace mysql_sync::apply
