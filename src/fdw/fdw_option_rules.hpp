// Which options there are, where they belong and what they accept.
#pragma once

#include "pg/compat/fdw_compat.hpp"

#include "pg/cell_converter.hpp"
#include "source/connection.hpp"

namespace mysql_sync::fdw {

/// Checks one option of an object of the catalog `catalog` (ForeignServerRelationId …): a pg::PgError with a
/// hint for a name that does not exist or belongs elsewhere, and for a value the option cannot have.
void check_option(Oid catalog, const std::string& name, const std::string& value);

/// A whole number in [low, high], decimal digits only.
std::optional<uint64_t> parse_number(const std::string& text, uint64_t low, uint64_t high);

std::optional<source::SslMode> parse_ssl_mode(const std::string& text);
std::optional<pg::ValuePolicies::ZeroDates> parse_zero_dates(const std::string& text);

}  // namespace mysql_sync::fdw
