// Greenplum: which rows are on which segment, and the indexes that depend on it. Nothing here does anything
// on PostgreSQL.
#pragma once

#include "apply/applier.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// The columns that the rows of a table are distributed by; empty: by none.
std::vector<std::string> distribution_key(pg::SpiSession& spi, const TargetTable& target);

/// Distributes the rows by `columns`; empty: by none.
void distribute(pg::SpiSession& spi, const TargetTable& target, const std::vector<std::string>& columns);

/// Takes away what Greenplum does not let a column change its type with: constraints and indexes over it, and
/// a distribution by it.
class SetAside {
 public:
  SetAside(pg::SpiSession& spi, const TargetTable& target, const std::vector<std::string>& columns);
  /// Makes all of it anew.
  void restore();

 private:
  pg::SpiSession& spi_;
  const TargetTable& target_;
  std::vector<std::string> definitions_;  ///< statements that make the indexes
  std::vector<std::string> distributed_by_;
};

}  // namespace mysql_sync::apply
