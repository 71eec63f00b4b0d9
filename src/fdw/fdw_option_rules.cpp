#include "fdw/fdw_option_rules.hpp"

#include "pg/guard.hpp"

#include <cctype>

namespace mysql_sync::fdw {

namespace {

bool any_text(const std::string&) { return true; }
bool some_text(const std::string& value) { return !value.empty(); }
bool is_port(const std::string& value) { return parse_number(value, 1, 65535).has_value(); }
bool is_seconds(const std::string& value) { return parse_number(value, 1, 86400).has_value(); }
bool is_server_id(const std::string& value) { return parse_number(value, 1, UINT32_MAX).has_value(); }
bool is_row_count(const std::string& value) { return parse_number(value, 1, INT32_MAX).has_value(); }
bool is_ssl_mode(const std::string& value) { return parse_ssl_mode(value).has_value(); }
bool is_zero_dates(const std::string& value) { return parse_zero_dates(value).has_value(); }
bool is_text_policy(const std::string& value) { return TextPolicy::parse(value).has_value(); }
bool is_boolean(const std::string& value) { return value == "true" || value == "false"; }

struct Rule {
  const char* name;
  Oid catalog;
  bool (*accepts)(const std::string&);
  const char* expected;  ///< a sentence for the hint
};

constexpr const char* kNotEmpty = "The value must not be empty.";
constexpr const char* kTextPolicies = "It must be error, strip, or one character as a replacement.";

constexpr Rule kRules[] = {
    {"host", ForeignServerRelationId, some_text, kNotEmpty},
    {"port", ForeignServerRelationId, is_port, "It must be a whole number from 1 to 65535."},
    {"connect_timeout", ForeignServerRelationId, is_seconds,
     "It must be a number of seconds from 1 to 86400."},
    {"ssl_mode", ForeignServerRelationId, is_ssl_mode,
     "It must be one of: disabled, preferred, required, verify_ca, verify_identity."},
    {"ssl_ca", ForeignServerRelationId, some_text, kNotEmpty},
    {"ssl_cert", ForeignServerRelationId, some_text, kNotEmpty},
    {"ssl_key", ForeignServerRelationId, some_text, kNotEmpty},
    {"server_id", ForeignServerRelationId, is_server_id, "It must be a whole number from 1 to 4294967295."},
    {"fetch_size", ForeignServerRelationId, is_row_count, "It must be a whole number from 1 to 2147483647."},
    {"keep_connections", ForeignServerRelationId, is_boolean, "It must be true or false."},
    {"username", UserMappingRelationId, some_text, kNotEmpty},
    {"password", UserMappingRelationId, any_text, ""},
    {"password_required", UserMappingRelationId, is_boolean, "It must be true or false."},
    {"dbname", ForeignTableRelationId, some_text, kNotEmpty},
    {"table_name", ForeignTableRelationId, some_text, kNotEmpty},
    {"filter", ForeignTableRelationId, some_text, "It must be a condition in MySQL's SQL."},
    {"zero_dates", ForeignTableRelationId, is_zero_dates, "It must be one of: null, error, -infinity."},
    {"nul_bytes", ForeignTableRelationId, is_text_policy, kTextPolicies},
    {"invalid_text", ForeignTableRelationId, is_text_policy, kTextPolicies},
    {"column_name", AttributeRelationId, some_text, kNotEmpty},
    {"key", AttributeRelationId, is_boolean, "It must be true or false."},
};

const char* object_name(Oid catalog) {
  switch (catalog) {
    case ForeignDataWrapperRelationId:
      return "a foreign data wrapper";
    case ForeignServerRelationId:
      return "a server";
    case UserMappingRelationId:
      return "a user mapping";
    case ForeignTableRelationId:
      return "a foreign table";
    default:
      return "a column";
  }
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Insertions, deletions and replacements between two words (Levenshtein).
size_t distance(const std::string& from, const std::string& to) {
  std::vector<size_t> row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[to.size()];
}

[[noreturn]] void raise_option_error(int sqlstate, std::string message, std::string hint) {
  pg::ErrorReport report;
  report.sqlstate = sqlstate;
  report.message = std::move(message);
  report.hint = std::move(hint);
  throw pg::PgError(std::move(report));
}

std::string valid_options(Oid catalog) {
  std::string names;
  for (const Rule& rule : kRules) {
    if (rule.catalog == catalog) names += (names.empty() ? "" : ", ") + std::string(rule.name);
  }
  if (names.empty()) return "There are no options for " + std::string(object_name(catalog)) + ".";
  return "Valid options for " + std::string(object_name(catalog)) + " are: " + names + ".";
}

/// How far a wrong name is from an option's; "user" is near to "username".
size_t slips(const std::string& name, const std::string& option) {
  const std::string lower = lower_case(name);
  const bool is_beginning = lower.size() >= 3 && option.rfind(lower, 0) == 0;
  return is_beginning ? 1 : distance(lower, option);
}

/// "Perhaps you meant …" for a slip of at most two letters.
std::string suggestion(Oid catalog, const std::string& name) {
  const Rule* best = nullptr;
  size_t best_distance = 3;
  for (const Rule& rule : kRules) {
    const size_t d = rule.catalog == catalog ? slips(name, rule.name) : best_distance;
    if (d >= best_distance) continue;
    best = &rule;
    best_distance = d;
  }
  return best == nullptr ? "" : "Perhaps you meant the option \"" + std::string(best->name) + "\". ";
}

[[noreturn]] void unknown_option(Oid catalog, const std::string& name) {
  for (const Rule& rule : kRules) {
    if (name != rule.name) continue;
    raise_option_error(ERRCODE_FDW_INVALID_OPTION_NAME,
                       "option \"" + name + "\" belongs to " + object_name(rule.catalog) + ", not to " +
                           object_name(catalog),
                       valid_options(catalog));
  }
  raise_option_error(ERRCODE_FDW_INVALID_OPTION_NAME, "invalid option \"" + name + "\"",
                     suggestion(catalog, name) + valid_options(catalog));
}

bool is_for_superusers(const std::string& name, const std::string& value) {
  if (name == "host") return value.rfind('/', 0) == 0;
  if (name == "password_required") return value == "false";
  return name == "ssl_ca" || name == "ssl_cert" || name == "ssl_key";
}

}  // namespace

void check_option(Oid catalog, const std::string& name, const std::string& value) {
  for (const Rule& rule : kRules) {
    if (rule.catalog != catalog || name != rule.name) continue;
    if (is_for_superusers(name, value) && !pg::guard([] { return superuser(); }))
      raise_option_error(ERRCODE_INSUFFICIENT_PRIVILEGE,
                         "option \"" + name + "\" with this value is for superusers only",
                         "Files and sockets of the database server, and accounts of the source without a "
                         "password, open what its operating system user may see.");
    if (rule.accepts(value)) return;
    raise_option_error(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE,
                       "invalid value for option \"" + name + "\": \"" + value + "\"", rule.expected);
  }
  unknown_option(catalog, name);
}

std::optional<uint64_t> parse_number(const std::string& text, uint64_t low, uint64_t high) {
  if (text.empty() || text.size() > 10) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number < low || number > high ? std::nullopt : std::optional<uint64_t>(number);
}

std::optional<source::SslMode> parse_ssl_mode(const std::string& text) {
  const std::string mode = lower_case(text);
  if (mode == "disabled") return source::SslMode::kDisabled;
  if (mode == "preferred") return source::SslMode::kPreferred;
  if (mode == "required") return source::SslMode::kRequired;
  if (mode == "verify_ca") return source::SslMode::kVerifyCa;
  if (mode == "verify_identity") return source::SslMode::kVerifyIdentity;
  return std::nullopt;
}

std::optional<pg::ValuePolicies::ZeroDates> parse_zero_dates(const std::string& text) {
  if (text == "null") return pg::ValuePolicies::ZeroDates::kNull;
  if (text == "error") return pg::ValuePolicies::ZeroDates::kError;
  if (text == "-infinity") return pg::ValuePolicies::ZeroDates::kMinusInfinity;
  return std::nullopt;
}

}  // namespace mysql_sync::fdw
