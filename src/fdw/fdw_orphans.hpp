// Statements at the source of processes of this server that are gone without having ended them (kill -9).
#pragma once

#include <string>

#include "source/connection.hpp"

namespace mysql_sync::fdw {

/// A comment that begins the statements of foreign scans: whose they are, in the source's list of processes.
const std::string& statement_note();

/// Ends what scans of processes of this server that no longer exist still run at the source, as far as it
/// shows them to this account. Needs no right beyond its own.
void end_orphans(source::Connection& connection);

}  // namespace mysql_sync::fdw
