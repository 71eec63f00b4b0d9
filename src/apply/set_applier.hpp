// The applier for Greenplum, where a statement for each row costs a hundred times too much: plain SQL over
// arrays of rows. It works on every server and on every kind of table that SQL can write.
#pragma once

#include "apply/applier.hpp"

namespace mysql_sync::apply {

std::unique_ptr<Applier> make_set_applier();

}  // namespace mysql_sync::apply
