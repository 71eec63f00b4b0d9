// Changes in the order of their keys: neighbours in the index are then found in pages that are still at hand.
#pragma once

#include <vector>

#include "core/batch/change_batch.hpp"

namespace mysql_sync::apply {

/// The changes, sorted by key. Any order is right, since each key occurs once; this one is close to the
/// target index's without knowing its collation.
std::vector<const NetChange*> in_key_order(const std::vector<NetChange>& changes);

}  // namespace mysql_sync::apply
