// Labels that the source adds to an ENUM, on their way to an enum type of the target.
#pragma once

#include "apply/applier.hpp"
#include "apply/target_type.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// Adds those of `labels` that the enum type of a column lacks; rows may use them once the transaction has
/// committed. kUnsupported, with the statement to run, where the server adds none within a transaction.
/// `source` names the table. Returns true if one was added.
bool add_labels(pg::SpiSession& spi, const TargetType& type, const std::vector<std::string>& labels,
                const std::string& source);

/// Before the transaction in which the columns become those of `source`: each label that is missing, in a
/// transaction of its own. Some servers add none within others, and rows may use them at once. A label stays
/// should the other transaction fail, and does no harm. columns[i] is the column of `target` for
/// source.columns[i], or empty. No transaction may be open.
void add_labels_ahead(const TargetTable& target, const std::vector<std::string>& columns,
                      const TableSchema& source);

}  // namespace mysql_sync::apply
