#include "pg/spi.hpp"

#include "pg/compat/spi_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/scratch.hpp"

namespace mysql_sync::pg {

namespace {

/// Arguments as SPI wants them, in the current memory context.
struct SpiArguments {
  int count;
  Oid* types;
  Datum* values;
  char* nulls;
};

SpiArguments to_spi_arguments(const std::vector<Text>& utf8) {
  const size_t count = utf8.size();
  std::vector<Text> arguments;
  for (const Text& argument : utf8) arguments.push_back(argument ? Text(to_server(*argument)) : Text());
  return guard([&] {
    SpiArguments spi{static_cast<int>(count), static_cast<Oid*>(palloc(sizeof(Oid) * (count + 1))),
                     static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1))),
                     static_cast<char*>(palloc(count + 1))};
    for (size_t i = 0; i < count; ++i) {
      const bool given = arguments[i].has_value();
      spi.types[i] = TEXTOID;
      spi.nulls[i] = given ? ' ' : 'n';
      spi.values[i] = given ? PointerGetDatum(cstring_to_text_with_len(
                                  arguments[i]->data(), static_cast<int>(arguments[i]->size())))
                            : Datum{0};
    }
    return spi;
  });
}

int run(const std::string& utf8, const std::vector<Text>& arguments) {
  const std::string sql = to_server(utf8);
  SpiArguments spi = to_spi_arguments(arguments);
  const int code = guard([&] {
    return SPI_execute_with_args(sql.c_str(), spi.count, spi.types, spi.values, spi.nulls, false, 0);
  });
  if (code < 0) fail(ErrorCode::kInternal, std::string("SPI failed: ") + SPI_result_code_string(code), utf8);
  return code;
}

TextRow read_row(uint64_t row) {
  TextRow cells;
  TupleDesc description = SPI_tuptable->tupdesc;
  HeapTuple tuple = SPI_tuptable->vals[row];
  for (int column = 1; column <= description->natts; ++column) {
    char* text = guard([&] { return SPI_getvalue(tuple, description, column); });
    cells.push_back(text == nullptr ? Text() : Text(from_server(text)));
  }
  return cells;
}

}  // namespace

SpiSession::SpiSession() : caller_(CurrentMemoryContext), entered_level_(compat::enter_spi_level()) {
  const int code = guard([] { return SPI_connect(); });
  if (code != SPI_OK_CONNECT) fail(ErrorCode::kInternal, "SPI_connect failed");
  scratch_ = guard([] {
    return AllocSetContextCreate(CurrentMemoryContext, "mysql_sync statement", ALLOCSET_DEFAULT_MINSIZE,
                                 ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE);
  });
}

SpiSession::~SpiSession() {
  // After an error the abort of the transaction cleans SPI up; finishing here could raise a second one.
  if (std::uncaught_exceptions() == 0) {
    SPI_finish();
    compat::leave_spi_level(entered_level_);
  }
  MemoryContextSwitchTo(caller_);
}

uint64_t SpiSession::execute(const std::string& sql, const std::vector<Text>& arguments) {
  const Scratch scratch(scratch_);
  run(sql, arguments);
  const uint64_t processed = SPI_processed;
  SPI_freetuptable(SPI_tuptable);
  return processed;
}

std::vector<TextRow> SpiSession::query(const std::string& sql, const std::vector<Text>& arguments) {
  const Scratch scratch(scratch_);
  run(sql, arguments);
  std::vector<TextRow> rows;
  if (SPI_tuptable == nullptr) return rows;
  const uint64_t count = SPI_processed;
  rows.reserve(count);
  for (uint64_t row = 0; row < count; ++row) rows.push_back(read_row(row));
  SPI_freetuptable(SPI_tuptable);
  return rows;
}

std::optional<TextRow> SpiSession::query_row(const std::string& sql, const std::vector<Text>& arguments) {
  std::vector<TextRow> rows = query(sql, arguments);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

SavedStatement::~SavedStatement() {
  if (plan_ != nullptr) SPI_freeplan(plan_);
}

uint64_t SavedStatement::execute(SpiSession& session, const std::vector<Text>& arguments) {
  const Scratch scratch(session.scratch_);
  SpiArguments spi = to_spi_arguments(arguments);
  if (plan_ == nullptr) {
    const std::string sql = to_server(sql_);
    plan_ = guard([&] {
      SPIPlanPtr plan = SPI_prepare(sql.c_str(), spi.count, spi.types);
      if (plan == nullptr)
        ereport(ERROR, (errmsg("SPI_prepare failed: %s", SPI_result_code_string(SPI_result))));
      SPI_keepplan(plan);
      return plan;
    });
  }
  const int code = guard([&] { return SPI_execute_plan(plan_, spi.values, spi.nulls, false, 0); });
  if (code < 0) fail(ErrorCode::kInternal, std::string("SPI failed: ") + SPI_result_code_string(code), sql_);
  return SPI_processed;
}

std::string quote_name(const std::string& name) {
  return guard([&] { return quote_identifier(name.c_str()); });
}

std::string quote_literal(const std::string& literal) {
  return guard([&] { return quote_literal_cstr(literal.c_str()); });
}

std::string quote_qualified(const std::string& schema, const std::string& table) {
  return quote_name(schema) + "." + quote_name(table);
}

}  // namespace mysql_sync::pg
