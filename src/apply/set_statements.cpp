#include "apply/set_statements.hpp"

#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

using pg::guard;
using pg::quote_name;

namespace {

template <typename F>
std::string join(size_t count, const char* separator, F part) {
  std::string all;
  for (size_t i = 0; i < count; ++i) {
    const std::string text = part(i);
    if (!all.empty() && !text.empty()) all += separator;
    all += text;
  }
  return all;
}

std::string number(size_t i) { return std::to_string(i + 1); }

SetParameter make_parameter(const MappedColumn& column, const std::string& cell) {
  SetParameter parameter;
  parameter.column = &column;
  parameter.expression = cell;
  guard([&] {
    parameter.element = getBaseType(column.type);
    parameter.array = get_array_type(parameter.element);
    parameter.via_text = !OidIsValid(parameter.array);
    if (parameter.via_text) {
      bool is_varlena;
      getTypeOutputInfo(column.type, &parameter.output, &is_varlena);
      parameter.element = TEXTOID;
      parameter.array = get_array_type(TEXTOID);
    }
    get_typlenbyvalalign(parameter.element, &parameter.length, &parameter.by_value, &parameter.align);
  });
  if (parameter.via_text) {
    parameter.expression += "::" + pg::from_server(guard([&] { return format_type_be(column.type); }));
  }
  return parameter;
}

}  // namespace

std::vector<SetParameter> make_parameters(const TargetRelation& relation,
                                          const std::vector<size_t>& columns) {
  std::vector<SetParameter> parameters;
  for (size_t i = 0; i < columns.size(); ++i) {
    parameters.push_back(make_parameter(relation.columns[columns[i]], "u.c" + number(i)));
  }
  return parameters;
}

std::string SetStatements::table() const {
  return pg::quote_qualified(relation_.target.schema, relation_.target.table);
}

std::string SetStatements::rows(bool numbered) const {
  const std::string cells = join(parameters_.size(), ", ", [](size_t i) { return "$" + number(i); });
  const std::string names = join(parameters_.size(), ", ", [](size_t i) { return "c" + number(i); });
  if (source_ == RowSource::kSingleRow) return "(SELECT " + cells + ") AS u(" + names + ")";
  if (numbered) return "unnest(" + cells + ") WITH ORDINALITY AS u(" + names + ", n)";
  const std::string lists =
      join(parameters_.size(), ", ", [](size_t i) { return "unnest($" + number(i) + ")"; });
  return "(SELECT " + lists + ") AS u(" + names + ")";
}

std::string SetStatements::column_list() const {
  return join(parameters_.size(), ", ", [&](size_t i) { return quote_name(parameters_[i].column->name); });
}

std::string SetStatements::expression_list() const {
  return join(parameters_.size(), ", ", [&](size_t i) { return parameters_[i].expression; });
}

bool SetStatements::is_key(const SetParameter& parameter) const {
  return std::any_of(relation_.key.begin(), relation_.key.end(),
                     [&](size_t column) { return &relation_.columns[column] == parameter.column; });
}

std::string SetStatements::key_matches() const {
  return join(parameters_.size(), " AND ", [&](size_t i) {
    const SetParameter& parameter = parameters_[i];
    return is_key(parameter) ? "t." + quote_name(parameter.column->name) + " = " + parameter.expression
                             : std::string();
  });
}

std::string SetStatements::insert() const {
  return "INSERT INTO " + table() + " (" + column_list() + ")" + compat::kOverridingClause + " SELECT " +
         expression_list() + " FROM " + rows(false);
}

std::string SetStatements::insert_missing() const {
  return insert() + " WHERE NOT EXISTS (SELECT 1 FROM " + table() + " AS t WHERE " + key_matches() + ")";
}

std::string SetStatements::update() const {
  const std::string assignments = join(parameters_.size(), ", ", [&](size_t i) {
    const SetParameter& parameter = parameters_[i];
    return is_key(parameter) ? std::string()
                             : quote_name(parameter.column->name) + " = " + parameter.expression;
  });
  if (assignments.empty()) {
    return "SELECT 1 FROM " + rows(false) + ", " + table() + " AS t WHERE " + key_matches();
  }
  return "UPDATE " + table() + " AS t SET " + assignments + " FROM " + rows(false) + " WHERE " +
         key_matches();
}

std::string SetStatements::remove(bool numbered) const {
  return "DELETE FROM " + table() + " AS t USING " + rows(numbered) + " WHERE " + key_matches() +
         (numbered ? " RETURNING u.n::int" : "");
}

std::string SetStatements::target_row() const {
  return "ROW(" +
         join(parameters_.size(), ", ",
              [&](size_t i) { return "t." + quote_name(parameters_[i].column->name); }) +
         ")::text";
}

std::string SetStatements::remove_copies() const {
  const std::string place = compat::row_place("t");
  return "DELETE FROM " + table() + " AS t USING (SELECT " + place +
         " AS place, u.copies, row_number() OVER (PARTITION BY u.content) AS nth FROM " + table() +
         " AS t JOIN (SELECT ROW(" + expression_list() + ")::text AS content, count(*) AS copies FROM " +
         rows(false) + " GROUP BY 1) AS u ON " + target_row() + " = u.content) AS d WHERE " + place +
         " = d.place AND d.nth <= d.copies";
}

std::string SetStatements::select(const std::vector<size_t>& columns) const {
  const std::string list = join(
      columns.size(), ", ", [&](size_t i) { return "t." + quote_name(relation_.columns[columns[i]].name); });
  return "SELECT u.n::int, " + list + " FROM " + rows(true) + ", " + table() + " AS t WHERE " + key_matches();
}

std::string SetStatements::first_missing() const {
  return "SELECT u.n::int FROM " + rows(true) + " WHERE NOT EXISTS (SELECT 1 FROM " + table() +
         " AS t WHERE " + key_matches() + ") ORDER BY 1 LIMIT 1";
}

}  // namespace mysql_sync::apply
