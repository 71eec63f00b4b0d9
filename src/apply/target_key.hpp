// The primary key of a target table, or the unique index that stands for it: what rows are found by.
#pragma once

#include "pg/compat/apply_compat.hpp"

#include "apply/applier.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// The attributes of these columns; those that the table lacks, or that are not carried (""), are left out.
/// They stay through renames and changes of type.
std::vector<AttrNumber> attributes_of(const TargetTable& target, const std::vector<std::string>& columns);

/// Makes the columns `after` (may be none) the key in the place of the attributes `before`. The primary key
/// or unique index on the latter is dropped, unless `keep_old`: another source table still needs it. One on
/// the former that is there is taken. On Greenplum rows are distributed by the new key where it lacks columns
/// of the distribution key, as a unique index must have them all.
void change_key(pg::SpiSession& spi, const TargetTable& target, const std::vector<AttrNumber>& before,
                const std::vector<std::string>& after, bool keep_old);

}  // namespace mysql_sync::apply
