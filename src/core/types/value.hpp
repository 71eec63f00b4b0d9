// One cell. The text protocol of the load and the row image of the binlog both decode into it, and
// src/pg/datum makes the Datum from it: that both paths agree is structure, not luck.
#pragma once

#include <cstdint>
#include <string_view>

namespace mysql_sync {

/// A date and time as MySQL keeps it: zero and partly zero dates (2020-00-10) included, no time zone.
struct CivilTime {
  uint16_t year = 0;
  uint8_t month = 0, day = 0, hour = 0, minute = 0, second = 0;
  uint32_t microsecond = 0;

  /// True for 0000-00-00 and for dates with a zero month or day: no calendar has them.
  bool has_zero_date() const { return month == 0 || day == 0; }
};

enum class ValueKind : uint8_t {
  kNull,
  kInt,        ///< signed integers, YEAR
  kUint,       ///< unsigned integers, BIT (the bits, right-aligned)
  kFloat,      ///< FLOAT, its 32 bits kept
  kDouble,     ///< DOUBLE
  kDecimal,    ///< DECIMAL as text: optional '-', digits, optional '.' and the scale's digits
  kDate,       ///< DATE; only year, month, day are set
  kDatetime,   ///< DATETIME
  kTimestamp,  ///< TIMESTAMP: microseconds since 1970-01-01 00:00:00 UTC; 0 is MySQL's zero value
  kTime,       ///< TIME: microseconds, signed
  kText,       ///< text in UTF-8: strings, ENUM and SET as their labels, JSON, UUID and INET as text
  kBytes,      ///< BINARY, VARBINARY, BLOB family, GEOMETRY, VECTOR
  // What only changes hold, never loaded rows:
  kAbsent,      ///< the row image lacks the column: it is as the target has it
  kJsonDiff,    ///< a partial update of JSON (core/binlog/json_diff): what to do to the value before it
  kTargetText,  ///< the target's own value, as its type prints it, in the encoding of the database
};

/// A cell's value. Text and bytes are views: they live as long as the buffer they were decoded from or the
/// Arena they were copied to. Trivially copyable, 24 bytes.
class Value {
 public:
  Value() : kind_(ValueKind::kNull), integer_(0) {}

  static Value null() { return {}; }
  static Value of_int(int64_t v) { return {ValueKind::kInt, v}; }
  static Value of_uint(uint64_t v) { return {ValueKind::kUint, static_cast<int64_t>(v)}; }
  static Value of_timestamp(int64_t microseconds) { return {ValueKind::kTimestamp, microseconds}; }
  static Value of_time(int64_t microseconds) { return {ValueKind::kTime, microseconds}; }
  static Value of_decimal(std::string_view digits) { return {ValueKind::kDecimal, digits}; }
  static Value of_text(std::string_view utf8) { return {ValueKind::kText, utf8}; }
  static Value of_bytes(std::string_view bytes) { return {ValueKind::kBytes, bytes}; }
  static Value absent() { return {ValueKind::kAbsent, int64_t{0}}; }
  static Value of_json_diff(std::string_view diffs) { return {ValueKind::kJsonDiff, diffs}; }
  static Value of_target_text(std::string_view text) { return {ValueKind::kTargetText, text}; }
  static Value of_date(CivilTime date) { return {ValueKind::kDate, date}; }
  static Value of_datetime(CivilTime time) { return {ValueKind::kDatetime, time}; }
  static Value of_float(float v) {
    Value value(ValueKind::kFloat, int64_t{0});
    value.float_ = v;
    return value;
  }
  static Value of_double(double v) {
    Value value(ValueKind::kDouble, int64_t{0});
    value.double_ = v;
    return value;
  }

  ValueKind kind() const { return kind_; }
  bool is_null() const { return kind_ == ValueKind::kNull; }
  bool is_absent() const { return kind_ == ValueKind::kAbsent; }
  /// False if the value depends on what the row was before.
  bool is_complete() const { return kind_ != ValueKind::kAbsent && kind_ != ValueKind::kJsonDiff; }
  /// kInt, kTimestamp, kTime.
  int64_t as_int() const { return integer_; }
  /// kUint.
  uint64_t as_uint() const { return static_cast<uint64_t>(integer_); }
  float as_float() const { return float_; }
  double as_double() const { return double_; }
  /// kDate, kDatetime.
  const CivilTime& as_civil() const { return civil_; }
  /// kDecimal, kText, kBytes, kJsonDiff, kTargetText.
  std::string_view as_bytes() const { return bytes_; }
  bool holds_bytes() const {
    return kind_ == ValueKind::kText || kind_ == ValueKind::kBytes || kind_ == ValueKind::kDecimal ||
           kind_ == ValueKind::kJsonDiff || kind_ == ValueKind::kTargetText;
  }
  /// The same value over other bytes (a copy of them elsewhere). Only where holds_bytes().
  Value with_bytes(std::string_view bytes) const { return {kind_, bytes}; }

 private:
  Value(ValueKind kind, int64_t v) : kind_(kind), integer_(v) {}
  Value(ValueKind kind, std::string_view v) : kind_(kind), bytes_(v) {}
  Value(ValueKind kind, CivilTime v) : kind_(kind), civil_(v) {}

  ValueKind kind_;
  union {
    int64_t integer_;
    float float_;
    double double_;
    CivilTime civil_;
    std::string_view bytes_;
  };
};

static_assert(sizeof(Value) == 24, "a row is an array of these; keep it small");

/// The cells of a row, in the order of the source table's columns. Does not own them.
struct RowView {
  const Value* cells = nullptr;
  size_t size = 0;
  const Value& operator[](size_t i) const { return cells[i]; }
  /// True if every cell is_complete().
  bool is_complete() const {
    for (size_t i = 0; i < size; ++i) {
      if (!cells[i].is_complete()) return false;
    }
    return true;
  }
};

}  // namespace mysql_sync
