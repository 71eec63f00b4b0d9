#include "pg/cell_converter.hpp"

#include "core/types/charset.hpp"
#include "pg/cell_numeric.hpp"
#include "pg/cell_text.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "utils/date.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/varbit.h"
}

namespace mysql_sync::pg {

namespace {

constexpr int32_t kUnixToPostgresDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
constexpr int64_t kMicrosecondsPerDay = INT64CONST(86400000000);
constexpr uint64_t kHighBits = UINT64CONST(0x8080808080808080);
constexpr uint64_t kLowBits = UINT64CONST(0x0101010101010101);

/// True where every byte is in 1..127: valid in every server encoding, and no NUL.
bool is_plain_ascii(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  uint64_t bad = 0;
  for (; end - at >= 8; at += 8) {
    uint64_t chunk;
    std::memcpy(&chunk, at, 8);
    bad |= chunk | (chunk - kLowBits);
  }
  for (; at < end; ++at) bad |= static_cast<uint8_t>(*at) | static_cast<uint64_t>(*at == '\0') << 7;
  return (bad & kHighBits) == 0 && (bad & 0x80) == 0;
}

Datum text_datum(std::string_view text) {
  return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

int64_t microseconds_of_day(const CivilTime& time) {
  return ((time.hour * 60 + time.minute) * 60 + time.second) * INT64CONST(1000000) + time.microsecond;
}

uint32_t fraction_unit_of(Oid target, int32 typmod) {
  int32 digits = 6;
  if (target == TIMESTAMPOID || target == TIMESTAMPTZOID || target == TIMEOID) digits = typmod;
  if (target == INTERVALOID && typmod >= 0) digits = INTERVAL_PRECISION(typmod);
  if (digits < 0 || digits > 6) return 1;
  uint32_t unit = 1;
  for (; digits < 6; ++digits) unit *= 10;
  return unit;
}

void add_column_context(void* column) {
  errcontext("converting column \"%s\"", static_cast<const char*>(column));
}

}  // namespace

/// Backend code throughout: no object here has a destructor that an ereport() would skip.
struct CellConverter::Functions {
  using Self = CellConverter;

  /// Names the column in whatever the backend reports between its begin and its end.
  class Context {
   public:
    explicit Context(const Self& self) {
      callback_.callback = add_column_context;
      callback_.arg = const_cast<char*>(self.column_);
      callback_.previous = error_context_stack;
      error_context_stack = &callback_;
    }
    void end() { error_context_stack = callback_.previous; }

   private:
    ErrorContextCallback callback_;
  };

  static void append_shown(StringInfo to, std::string_view utf8) {
    for (size_t at = 0; at < utf8.size() && to->len < 60;) {
      const size_t size = valid_character(utf8.substr(at));
      std::string_view encoded;
      append(to, encode_character(utf8.substr(at, size), &encoded) ? encoded : "?");
      at += size;
    }
  }

  static const char* shown(const Self& self, const Value& value) {
    if (value.kind() == ValueKind::kBytes) return "(binary)";
    CellTextBuffer buffer;
    const std::string_view text = cell_text(value, self.fraction_, &buffer);
    StringInfoData shortened;
    initStringInfo(&shortened);
    TextScanner scanner(text.substr(0, 200), self.escapes_);
    for (TextPiece piece; shortened.len < 60 && scanner.next(&piece);) {
      if (piece.kind == TextPiece::Kind::kText)
        append_shown(&shortened, piece.text);
      else
        appendStringInfo(&shortened, "\\x%s",
                         piece.kind == TextPiece::Kind::kNul ? "00" : piece.hex().digits);
    }
    return shortened.data;
  }

  [[noreturn]] static void does_not_fit(const Self& self, const Value& value, int sqlstate,
                                        const char* hint = nullptr) {
    const char* text = shown(self, value);  // not inside ereport(): it may meet an error of its own
    ereport(ERROR,
            (errcode(sqlstate),
             errmsg("value of column \"%s\" does not fit type %s", self.column_,
                    format_type_with_typemod(self.target_, self.typmod_)),
             errdetail_internal("The source has: %s", text), hint == nullptr ? 0 : errhint("%s", hint)));
    pg_unreachable();
  }

  static void check_size(const Self& self, std::string_view bytes) {
    if (bytes.size() <= MaxAllocSize / 2) return;  // half: converting between encodings may need room
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("value of column \"%s\" is too large: %zu bytes", self.column_, bytes.size())));
  }

  // --- text ---

  static const char* key_hint(const Self& self, const char* otherwise) {
    return self.role_ == ColumnRole::kKey
               ? "No policy changes a key column, as two keys could become one: mend the value on the source and "
                 "create the task again."
               : otherwise;
  }

  [[noreturn]] static void refuse_nul(const Self& self, size_t before) {
    ereport(ERROR,
            (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
             errmsg("value of column \"%s\" contains a NUL byte, which text cannot hold", self.column_),
             errdetail("It comes after %zu characters.", before),
             errhint("%s", key_hint(self, "Set nul_bytes to 'strip', or to a character that replaces it."))));
    pg_unreachable();
  }

  [[noreturn]] static void refuse_bytes(const Self& self, const TextPiece& piece, size_t before) {
    ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
                    errmsg("value of column \"%s\" is not text in the character set %s", self.column_,
                           self.charset_),
                    errdetail("0x%s after %zu characters is no character.", piece.hex().digits, before),
                    errhint("%s", key_hint(self, kInvalidTextHint))));
    pg_unreachable();
  }

  static constexpr const char* kInvalidTextHint =
      "Set invalid_text to 'strip', or to a character that replaces what is no text.";

  /// What stands for a piece that is no text; errors where the policy says so.
  static std::string_view substitute(const Self& self, const TextPiece& piece, size_t before) {
    const bool is_nul = piece.kind == TextPiece::Kind::kNul;
    const TextPolicy& policy = is_nul ? self.policies_.nul_bytes : self.policies_.invalid_text;
    if (policy.action == TextPolicy::Action::kError || self.role_ == ColumnRole::kKey) {
      if (is_nul) refuse_nul(self, before);
      refuse_bytes(self, piece, before);
    }
    return policy.substitute();
  }

  static void append(StringInfo to, std::string_view text) {
    appendBinaryStringInfo(to, text.data(), static_cast<int>(text.size()));
  }

  /// `text` as valid UTF-8 without NUL, by the policies.
  static std::string_view clean_text(const Self& self, std::string_view text) {
    StringInfoData clean;
    initStringInfo(&clean);
    size_t characters = 0;
    TextScanner scanner(text, self.escapes_);
    for (TextPiece piece; scanner.next(&piece);) {
      const bool is_text = piece.kind == TextPiece::Kind::kText;
      append(&clean, is_text ? piece.text : substitute(self, piece, characters));
      characters += is_text ? count_characters(piece.text) : 1;
    }
    return {clean.data, static_cast<size_t>(clean.len)};
  }

  [[noreturn]] static void refuse_character(const Self& self, std::string_view character, size_t before) {
    const char* copy = pnstrdup(character.data(), character.size());
    const pg_wchar code_point = utf8_to_unicode(reinterpret_cast<const unsigned char*>(copy));
    ereport(ERROR,
            (errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
             errmsg("value of column \"%s\" has a character that the encoding %s of this database lacks",
                    self.column_, GetDatabaseEncodingName()),
             errdetail("It is U+%04X, after %zu characters.", code_point, before),
             errhint("%s", key_hint(self, kInvalidTextHint))));
    pg_unreachable();
  }

  /// Clean UTF-8 in the encoding of the database; what that lacks goes by the policy for invalid text.
  static std::string_view encode_text(const Self& self, std::string_view utf8, bool* changed) {
    const TextPolicy& policy = self.policies_.invalid_text;
    StringInfoData result;
    initStringInfo(&result);
    size_t characters = 0;
    for (size_t at = 0; at < utf8.size(); ++characters) {
      const std::string_view character = utf8.substr(at, valid_character(utf8.substr(at)));
      at += character.size();
      std::string_view encoded;
      if (!encode_character(character, &encoded)) {
        if (policy.action == TextPolicy::Action::kError || self.role_ == ColumnRole::kKey)
          refuse_character(self, character, characters);
        *changed = true;
        if (!encode_character(policy.substitute(), &encoded)) encoded = "?";
      }
      append(&result, encoded);
    }
    return {result.data, static_cast<size_t>(result.len)};
  }

  /// The whole at once; false where a character has no equivalent.
  static bool encode_whole(std::string_view utf8, std::string_view* encoded) {
    return encode_character(utf8, encoded);
  }

  /// `utf8` checked, by the policies, and in the encoding of the database.
  static std::string_view server_text(const Self& self, std::string_view utf8, uint64* changed) {
    check_size(self, utf8);
    if (is_plain_ascii(utf8)) return utf8;
    bool replaced = !pg_verify_mbstr(PG_UTF8, utf8.data(), static_cast<int>(utf8.size()), true);
    if (replaced) utf8 = clean_text(self, utf8);
    std::string_view text = utf8;
    if (GetDatabaseEncoding() != PG_UTF8 && !encode_whole(utf8, &text)) {
      text = encode_text(self, utf8, &replaced);
    }
    *changed += replaced ? 1 : 0;
    return text;
  }

  static std::string_view text_of(const Self& self, const Value& value, CellTextBuffer* buffer,
                                  uint64* changed) {
    const std::string_view text = cell_text(value, self.fraction_, buffer);
    return value.holds_bytes() ? server_text(self, text, changed) : text;
  }

  /// Characters of `text`; errors where there are more than the target's n.
  static size_t checked_characters(const Self& self, const Value& value, std::string_view text) {
    const size_t limit = static_cast<size_t>(self.typmod_ - VARHDRSZ);
    const size_t characters =
        is_plain_ascii(text)
            ? text.size()
            : static_cast<size_t>(pg_mbstrlen_with_len(text.data(), static_cast<int>(text.size())));
    if (characters > limit) does_not_fit(self, value, ERRCODE_STRING_DATA_RIGHT_TRUNCATION);
    return characters;
  }

  static Datum to_text(const Self& self, const Value& value, bool*, uint64* changed) {
    CellTextBuffer buffer;
    return text_datum(text_of(self, value, &buffer, changed));
  }

  static Datum to_varchar(const Self& self, const Value& value, bool*, uint64* changed) {
    CellTextBuffer buffer;
    const std::string_view text = text_of(self, value, &buffer, changed);
    const bool may_exceed =
        self.typmod_ >= VARHDRSZ && text.size() > static_cast<size_t>(self.typmod_ - VARHDRSZ);
    if (may_exceed) checked_characters(self, value, text);
    return text_datum(text);
  }

  static Datum to_bpchar(const Self& self, const Value& value, bool*, uint64* changed) {
    CellTextBuffer buffer;
    const std::string_view text = text_of(self, value, &buffer, changed);
    if (!text.empty() && text.back() == ' ' && self.source_ != TypeKind::kChar)
      does_not_fit(self, value, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
                   "The type char does not tell spaces at the end; varchar does.");
    if (self.typmod_ < VARHDRSZ) return text_datum(text);
    const size_t padding =
        static_cast<size_t>(self.typmod_ - VARHDRSZ) - checked_characters(self, value, text);
    auto* result = static_cast<char*>(palloc(VARHDRSZ + text.size() + padding));
    SET_VARSIZE(result, VARHDRSZ + text.size() + padding);
    std::memcpy(VARDATA(result), text.data(), text.size());
    std::memset(VARDATA(result) + text.size(), ' ', padding);
    return PointerGetDatum(result);
  }

  // --- everything through the input function ---

  static Datum call_input(const Self& self, std::string_view text, int32 typmod) {
    char* copy = pnstrdup(text.data(), text.size());
    Context context(self);
    const Datum result =
        InputFunctionCall(const_cast<FmgrInfo*>(&self.input_), copy, self.input_argument_, typmod);
    context.end();
    return result;
  }

  static Datum call_input(const Self& self, std::string_view text) {
    return call_input(self, text, self.typmod_);
  }

  /// The comparison of types whose input rounds to what the modifier asks for, without a word.
  static PGFunction equality_where_rounded(Oid target) {
    switch (target) {
      case NUMERICOID:
        return numeric_eq;
      case TIMESTAMPOID:
      case TIMESTAMPTZOID:
        return timestamp_eq;
      case TIMEOID:
        return time_eq;
      case INTERVALOID:
        return interval_eq;
      default:
        return nullptr;
    }
  }

  static Datum by_input(const Self& self, const Value& value, bool*, uint64* changed) {
    CellTextBuffer buffer;
    const std::string_view text = text_of(self, value, &buffer, changed);
    const Datum result = call_input(self, text);
    const PGFunction equal = self.typmod_ < 0 ? nullptr : equality_where_rounded(self.target_);
    if (equal != nullptr && !DatumGetBool(DirectFunctionCall2(equal, result, call_input(self, text, -1))))
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
    return result;
  }

  static Datum to_enum(const Self& self, const Value& value, bool*, uint64* changed) {
    CellTextBuffer buffer;
    const std::string_view text = text_of(self, value, &buffer, changed);
    const char* label = pnstrdup(text.data(), text.size());
    const bool known =
        text.size() < NAMEDATALEN &&
        SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(self.target_), CStringGetDatum(label));
    if (!known) {
      does_not_fit(self, value, ERRCODE_INVALID_TEXT_REPRESENTATION,
                   psprintf("ALTER TYPE %s ADD VALUE %s adds the label.", format_type_be(self.target_),
                            quote_literal_cstr(label)));
    }
    return call_input(self, text);
  }

  // --- values of several parts ---

  static Datum set_to_array(const Self& self, const Value& value, bool*, uint64* changed) {
    CellTextBuffer buffer;
    return labels_to_array(text_of(self, value, &buffer, changed), self.element_);
  }

  static void check_entries(const Self& self, const Value& value) {
    if (value.as_bytes().size() % sizeof(float) == 0) return;
    ereport(ERROR,
            (errcode(ERRCODE_DATA_CORRUPTED), errmsg("value of column \"%s\" is no vector: it has %zu bytes",
                                                     self.column_, value.as_bytes().size())));
  }

  static Datum vector_to_array(const Self& self, const Value& value, bool*, uint64*) {
    check_entries(self, value);
    return entries_to_array(value.as_bytes(), self.element_);
  }

  static Datum vector_by_text(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    check_entries(self, value);
    const Value text = Value::of_text(entries_to_text(value.as_bytes()));
    return function_by_type(self.target_)(self, text, is_null, changed);
  }

  /// PostGIS reads hexadecimal EWKB; MySQL keeps a 4-byte SRID and then WKB, always little endian.
  static Datum geometry_by_input(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    const std::string_view bytes = value.as_bytes();
    if (value.kind() != ValueKind::kBytes || bytes.size() < 9) return by_input(self, value, is_null, changed);
    static constexpr uint32_t kHasSrid = 0x20000000;
    uint32_t srid, type;
    std::memcpy(&srid, bytes.data(), 4);
    std::memcpy(&type, bytes.data() + 5, 4);
    if (srid != 0) type |= kHasSrid;
    StringInfoData hex;
    initStringInfo(&hex);
    append_hex(&hex, {bytes.data() + 4, 1});
    append_hex(&hex, {reinterpret_cast<const char*>(&type), 4});
    if (srid != 0) append_hex(&hex, {reinterpret_cast<const char*>(&srid), 4});
    append_hex(&hex, bytes.substr(9));
    return call_input(self, {hex.data, static_cast<size_t>(hex.len)});
  }

  static void append_hex(StringInfo to, std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    for (const char c : bytes) {
      appendStringInfoCharMacro(to, kDigits[static_cast<uint8_t>(c) >> 4]);
      appendStringInfoCharMacro(to, kDigits[static_cast<uint8_t>(c) & 15]);
    }
  }

  // --- numbers ---

  /// The integer in `value`, or false where it is none. Errors where it is outside [low, high].
  static bool integer_of(const Self& self, const Value& value, int64_t low, int64_t high, int64_t* result) {
    if (value.kind() == ValueKind::kUint) {
      if (value.as_uint() > static_cast<uint64_t>(high))
        does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
    } else if (value.kind() != ValueKind::kInt) {
      return false;
    } else if (value.as_int() < low || value.as_int() > high) {
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
    }
    *result = value.kind() == ValueKind::kUint ? static_cast<int64_t>(value.as_uint()) : value.as_int();
    return true;
  }

  /// Through the input function, without the zeros of a DECIMAL behind its point.
  static Datum integer_by_input(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (value.kind() != ValueKind::kDecimal) return by_input(self, value, is_null, changed);
    const std::string_view digits = value.as_bytes();
    const size_t point = std::min(digits.find('.'), digits.size());
    if (digits.find_first_not_of(".0", point) != std::string_view::npos)
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
    return by_input(self, Value::of_decimal(digits.substr(0, point)), is_null, changed);
  }

  static Datum to_int2(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    int64_t number;
    if (!integer_of(self, value, INT16_MIN, INT16_MAX, &number))
      return integer_by_input(self, value, is_null, changed);
    return Int16GetDatum(static_cast<int16>(number));
  }

  static Datum to_int4(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    int64_t number;
    if (!integer_of(self, value, INT32_MIN, INT32_MAX, &number))
      return integer_by_input(self, value, is_null, changed);
    return Int32GetDatum(static_cast<int32>(number));
  }

  static Datum to_int8(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    int64_t number;
    if (!integer_of(self, value, INT64_MIN, INT64_MAX, &number))
      return integer_by_input(self, value, is_null, changed);
    return Int64GetDatum(number);
  }

  static Datum to_bool(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (value.kind() != ValueKind::kInt && value.kind() != ValueKind::kUint)
      return by_input(self, value, is_null, changed);
    const uint64_t number =
        value.kind() == ValueKind::kUint ? value.as_uint() : static_cast<uint64_t>(value.as_int());
    if (number > 1)
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
                   "An integer type holds every such value.");
    return BoolGetDatum(number == 1);
  }

  /// True where `number`, the nearest there is, stands for the same number as the text. `shown` is the
  /// shortest text that reads back as `number`: a DECIMAL that is printed the same has lost nothing. An
  /// integer is compared digit by digit.
  static bool stands_for(const Value& value, std::string_view text, double number, std::string_view shown) {
    if (value.kind() == ValueKind::kDecimal) {
      return DatumGetBool(
          DirectFunctionCall2(numeric_eq, numeric_from_text(text, -1), numeric_from_text(shown, -1)));
    }
    char digits[64];
    const int length = std::snprintf(digits, sizeof(digits), "%.0f", number);
    return text == std::string_view(digits, static_cast<size_t>(length));
  }

  /// To real where `single`, else to double precision, without rounding.
  static Datum exact_float(const Self& self, const Value& value, bool single, bool* is_null,
                           uint64* changed) {
    const ValueKind kind = value.kind();
    if (kind != ValueKind::kInt && kind != ValueKind::kUint && kind != ValueKind::kDecimal)
      return by_input(self, value, is_null, changed);
    CellTextBuffer buffer, back;
    const Datum result = by_input(self, value, is_null, changed);
    const double number = single ? static_cast<double>(DatumGetFloat4(result)) : DatumGetFloat8(result);
    const Value rounded = single ? Value::of_float(DatumGetFloat4(result)) : Value::of_double(number);
    if (!stands_for(value, cell_text(value, 0, &buffer), number, cell_text(rounded, 0, &back)))
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
    return result;
  }

  static Datum to_float4(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (value.kind() == ValueKind::kFloat) return Float4GetDatum(value.as_float());
    if (value.kind() != ValueKind::kDouble) return exact_float(self, value, true, is_null, changed);
    const auto narrowed = static_cast<float>(value.as_double());
    if (static_cast<double>(narrowed) != value.as_double())
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
                   "The type double precision holds every value.");
    return Float4GetDatum(narrowed);
  }

  static Datum to_float8(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (value.kind() == ValueKind::kDouble) return Float8GetDatum(value.as_double());
    if (value.kind() == ValueKind::kFloat) return Float8GetDatum(static_cast<double>(value.as_float()));
    return exact_float(self, value, false, is_null, changed);
  }

  /// The scale that a numeric's typmod asks for (negative ones exist from PostgreSQL 15 on).
  static int32 numeric_scale(int32 typmod) { return (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024; }

  /// Digits after the point, as long as the text has no exponent.
  static size_t decimal_digits(std::string_view text) {
    const size_t point = text.find('.');
    return point == std::string_view::npos ? 0 : text.size() - point - 1;
  }

  static Datum numeric_from_text(std::string_view text, int32 typmod) {
    NumericMessage message;
    if (!encode_numeric(text, &message)) {
      const char* copy = pnstrdup(text.data(), text.size());
      return DirectFunctionCall3(numeric_in, CStringGetDatum(copy), ObjectIdGetDatum(InvalidOid),
                                 Int32GetDatum(typmod));
    }
    StringInfoData received{message.bytes, message.length, static_cast<int>(sizeof(message.bytes)), 0};
    return DirectFunctionCall3(numeric_recv, PointerGetDatum(&received), ObjectIdGetDatum(InvalidOid),
                               Int32GetDatum(typmod));
  }

  /// numeric() rounds to the scale without a word; here that is an error.
  static Datum numeric_with_typmod(const Self& self, const Value& value, Datum exact) {
    const Datum rounded = DirectFunctionCall2(::numeric, exact, Int32GetDatum(self.typmod_));
    if (!DatumGetBool(DirectFunctionCall2(numeric_eq, exact, rounded))) {
      does_not_fit(self, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
    }
    return rounded;
  }

  static Datum numeric_from_decimal(const Self& self, const Value& value) {
    const std::string_view text = value.as_bytes();
    const bool typed = self.typmod_ >= VARHDRSZ;
    if (!typed || static_cast<int64_t>(decimal_digits(text)) <= numeric_scale(self.typmod_)) {
      return numeric_from_text(text, self.typmod_);
    }
    return numeric_with_typmod(self, value, numeric_from_text(text, -1));
  }

  static Datum numeric_from_integer(const Self& self, const Value& value) {
    CellTextBuffer buffer;
    const bool beyond_int8 =
        value.kind() == ValueKind::kUint && value.as_uint() > static_cast<uint64_t>(INT64_MAX);
    const int64_t number = beyond_int8                        ? 0
                           : value.kind() == ValueKind::kUint ? static_cast<int64_t>(value.as_uint())
                                                              : value.as_int();
    const Datum exact = beyond_int8 ? numeric_from_text(cell_text(value, 0, &buffer), -1)
                                    : DirectFunctionCall1(int8_numeric, Int64GetDatum(number));
    // numeric(20,0), which BIGINT UNSIGNED becomes, holds every integer that can come.
    const bool fits_all = self.typmod_ < VARHDRSZ ||
                          (numeric_scale(self.typmod_) == 0 && (self.typmod_ - VARHDRSZ) >> 16 >= 20);
    return fits_all ? exact : numeric_with_typmod(self, value, exact);
  }

  static Datum to_numeric(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    Context context(self);
    Datum result;
    switch (value.kind()) {
      case ValueKind::kDecimal:
        result = numeric_from_decimal(self, value);
        break;
      case ValueKind::kInt:
      case ValueKind::kUint:
        result = numeric_from_integer(self, value);
        break;
      default:
        result = by_input(self, value, is_null, changed);
    }
    context.end();
    return result;
  }

  // --- bits and bytes ---

  /// How many bits the result has: n of bit(n), else as many as the source's column.
  static uint64_t bit_length(const Self& self) {
    if (self.target_ == BITOID && self.typmod_ > 0) return static_cast<uint64_t>(self.typmod_);
    return self.source_ == TypeKind::kBit && self.length_ > 0 ? self.length_ : 64;
  }

  static Datum to_bits(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (value.kind() != ValueKind::kUint && value.kind() != ValueKind::kInt) {
      return by_input(self, value, is_null, changed);
    }
    const uint64_t bits =
        value.kind() == ValueKind::kUint ? value.as_uint() : static_cast<uint64_t>(value.as_int());
    const uint64_t length = bit_length(self);
    const bool exceeds_typmod = self.typmod_ > 0 && length > static_cast<uint64_t>(self.typmod_);
    if (exceeds_typmod || (length < 64 && bits >> length != 0)) {
      does_not_fit(self, value, ERRCODE_STRING_DATA_RIGHT_TRUNCATION);
    }
    return make_bits(bits, length);
  }

  /// A bit string keeps its first bit highest and is filled with zeros at its end.
  static Datum make_bits(uint64_t bits, uint64_t length) {
    const int size = VARBITTOTALLEN(static_cast<int>(length));
    auto* result = static_cast<VarBit*>(palloc0(static_cast<Size>(size)));
    SET_VARSIZE(result, size);
    VARBITLEN(result) = static_cast<int32>(length);
    for (uint64_t place = 0; place < length && place < 64; ++place) {
      if ((bits >> place & 1) == 0) continue;
      const uint64_t from_first = length - 1 - place;
      VARBITS(result)[from_first / 8] |= static_cast<bits8>(0x80 >> from_first % 8);
    }
    return PointerGetDatum(result);
  }

  /// BIT as MySQL keeps it: highest byte first, as many bytes as its bits need.
  static Datum bits_to_bytea(const Self& self, uint64_t bits) {
    const size_t size = (self.length_ + 7) / 8;
    char bytes[sizeof(bits)];
    for (size_t i = 0; i < size && i < sizeof(bits); ++i)
      bytes[size - 1 - i] = static_cast<char>(bits >> 8 * i);
    return text_datum({bytes, size});
  }

  static Datum to_bytea(const Self& self, const Value& value, bool*, uint64*) {
    if (value.kind() == ValueKind::kUint && self.source_ == TypeKind::kBit)
      return bits_to_bytea(self, value.as_uint());
    CellTextBuffer buffer;
    const std::string_view bytes = cell_text(value, self.fraction_, &buffer);
    check_size(self, bytes);
    return text_datum(bytes);
  }

  static Datum to_uuid(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    const std::string_view bytes = value.kind() == ValueKind::kBytes ? value.as_bytes() : std::string_view();
    if (bytes.size() != 16) return by_input(self, value, is_null, changed);
    void* uuid = palloc(16);
    std::memcpy(uuid, bytes.data(), 16);
    return PointerGetDatum(uuid);
  }

  // --- dates and times ---

  static bool is_all_zero(const CivilTime& time) {
    return time.year == 0 && time.month == 0 && time.day == 0 && time.hour == 0 && time.minute == 0 &&
           time.second == 0 && time.microsecond == 0;
  }

  /// In a key the zero date becomes -infinity, as only one value does; the others could meet.
  static void check_key_date(const Self& self, const Value& value) {
    const bool unambiguous =
        self.policies_.zero_dates == ValuePolicies::ZeroDates::kMinusInfinity && is_all_zero(civil_of(value));
    if (self.role_ == ColumnRole::kPlain || unambiguous) return;
    does_not_fit(
        self, value, ERRCODE_DATETIME_FIELD_OVERFLOW,
        "In a key column only 0000-00-00 can be replaced, by -infinity: set zero_dates to '-infinity', or "
        "mend the value on the source and create the task again.");
  }

  static Datum replace_date(const Self& self, const Value& value, bool* is_null, uint64* changed,
                            Datum minus_infinity) {
    check_key_date(self, value);
    switch (self.policies_.zero_dates) {
      case ValuePolicies::ZeroDates::kError:
        does_not_fit(self, value, ERRCODE_DATETIME_FIELD_OVERFLOW,
                     "Set zero_dates to 'null' or '-infinity' to replace dates that no calendar has.");
      case ValuePolicies::ZeroDates::kMinusInfinity:
        ++*changed;
        return minus_infinity;
      case ValuePolicies::ZeroDates::kNull:
        break;
    }
    ++*changed;
    *is_null = true;
    return Datum{0};
  }

  static bool is_point_in_time(const Value& value) {
    return value.kind() == ValueKind::kDate || value.kind() == ValueKind::kDatetime ||
           value.kind() == ValueKind::kTimestamp;
  }

  /// Date and time of a value for which is_point_in_time(); a zero date for MySQL's zero TIMESTAMP.
  static CivilTime civil_of(const Value& value) {
    if (value.kind() != ValueKind::kTimestamp) return value.as_civil();
    return value.as_int() == 0 ? CivilTime{} : civil_from_unix(value.as_int());
  }

  static int32_t postgres_days(const CivilTime& date) {
    return days_from_civil(date.year, date.month, date.day) - kUnixToPostgresDays;
  }

  static Datum to_date(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (!is_point_in_time(value)) return by_input(self, value, is_null, changed);
    const CivilTime date = civil_of(value);
    if (!is_calendar_date(date))
      return replace_date(self, value, is_null, changed, DateADTGetDatum(DATEVAL_NOBEGIN));
    if (microseconds_of_day(date) != 0) does_not_fit(self, value, ERRCODE_DATETIME_FIELD_OVERFLOW);
    return DateADTGetDatum(postgres_days(date));
  }

  /// For timestamp and timestamptz alike: both count microseconds since 2000, and the source speaks UTC.
  static Datum to_timestamp(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (!is_point_in_time(value)) return by_input(self, value, is_null, changed);
    int64_t result;
    if (value.kind() == ValueKind::kTimestamp && value.as_int() != 0) {
      result = value.as_int() - kUnixToPostgresDays * kMicrosecondsPerDay;
    } else {
      const CivilTime time = civil_of(value);
      if (!is_calendar_date(time))
        return replace_date(self, value, is_null, changed, TimestampGetDatum(DT_NOBEGIN));
      result = postgres_days(time) * kMicrosecondsPerDay + microseconds_of_day(time);
    }
    if (result % self.fraction_unit_ != 0) does_not_fit(self, value, ERRCODE_DATETIME_FIELD_OVERFLOW);
    return TimestampGetDatum(result);
  }

  static Datum to_interval(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    const bool whole_range = self.typmod_ < 0 || INTERVAL_RANGE(self.typmod_) == INTERVAL_FULL_RANGE;
    if (value.kind() != ValueKind::kTime || !whole_range) return by_input(self, value, is_null, changed);
    if (value.as_int() % self.fraction_unit_ != 0) does_not_fit(self, value, ERRCODE_DATETIME_FIELD_OVERFLOW);
    auto* result = static_cast<Interval*>(palloc0(sizeof(Interval)));
    result->time = value.as_int();
    return IntervalPGetDatum(result);
  }

  static Datum to_time(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    if (value.kind() != ValueKind::kTime) return by_input(self, value, is_null, changed);
    const int64_t time = value.as_int();
    if (time < 0 || time > kMicrosecondsPerDay || time % self.fraction_unit_ != 0) {
      does_not_fit(self, value, ERRCODE_DATETIME_FIELD_OVERFLOW,
                   "The type interval holds every TIME of MySQL.");
    }
    return TimeADTGetDatum(time);
  }

  static Function function_by_type(Oid target) {
    switch (target) {
      case INT2OID:
        return to_int2;
      case INT4OID:
        return to_int4;
      case INT8OID:
        return to_int8;
      case NUMERICOID:
        return to_numeric;
      case FLOAT4OID:
        return to_float4;
      case FLOAT8OID:
        return to_float8;
      case BOOLOID:
        return to_bool;
      case BITOID:
      case VARBITOID:
        return to_bits;
      case DATEOID:
        return to_date;
      case TIMESTAMPOID:
      case TIMESTAMPTZOID:
        return to_timestamp;
      case INTERVALOID:
        return to_interval;
      case TIMEOID:
        return to_time;
      case TEXTOID:
        return to_text;
      case VARCHAROID:
        return to_varchar;
      case BPCHAROID:
        return to_bpchar;
      case BYTEAOID:
        return to_bytea;
      case UUIDOID:
        return to_uuid;
      default:
        return get_typtype(target) == TYPTYPE_ENUM ? to_enum : by_input;
    }
  }

  static Function vector_function(Oid target, Oid element) {
    if (target == BYTEAOID) return to_bytea;
    return element == FLOAT4OID || element == FLOAT8OID ? vector_to_array : vector_by_text;
  }

  static Function function_for(Oid target, Oid element, TypeKind source) {
    const Function by_type = function_by_type(target);
    if (source == TypeKind::kVector) return vector_function(target, element);
    if (source == TypeKind::kSet && (element == TEXTOID || element == VARCHAROID)) return set_to_array;
    return source == TypeKind::kGeometry && by_type == by_input ? geometry_by_input : by_type;
  }

  /// As a value of the base type, which the domain then checks.
  static Datum to_domain(const Self& self, const Value& value, bool* is_null, uint64* changed) {
    const Datum result = self.base_function_(self, value, is_null, changed);
    Context context(self);
    domain_check(result, *is_null, self.domain_, &self.domain_state_, self.domain_memory_);
    context.end();
    return result;
  }
};

Datum CellConverter::from_target_text(const Value& value) const {
  if (value.kind() != ValueKind::kTargetText) elog(ERROR, "a change without a value for column %s", column_);
  const std::string_view text = value.as_bytes();
  char* copy = text.empty() ? pstrdup("") : pnstrdup(text.data(), text.size());
  const Datum datum = InputFunctionCall(const_cast<FmgrInfo*>(&input_), copy, input_argument_, typmod_);
  pfree(copy);
  return datum;
}

CellConverter CellConverter::create(const ColumnType& source, Oid target, int32 typmod, const char* column,
                                    const ValuePolicies& policies, ColumnRole role) {
  CellConverter converter;
  const Oid declared = target;
  target = getBaseTypeAndTypmod(declared, &typmod);
  converter.element_ = array_element(target);
  converter.function_ = Functions::function_for(target, converter.element_.type, source.kind);
  if (target != declared) {
    converter.base_function_ = converter.function_;
    converter.function_ = Functions::to_domain;
    converter.domain_ = declared;
    converter.domain_memory_ = CurrentMemoryContext;
  }
  converter.column_ = column;
  converter.charset_ = source.charset.empty() ? "utf8mb4" : pstrdup(source.charset.c_str());
  converter.escapes_ = !is_utf8_charset(source.charset);
  converter.role_ = role;
  converter.policies_ = policies;
  converter.target_ = target;
  converter.typmod_ = typmod;
  converter.source_ = source.kind;
  converter.length_ = source.length;
  converter.fraction_ = source.fraction;
  converter.fraction_unit_ = fraction_unit_of(target, typmod);
  Oid input;
  getTypeInputInfo(target, &input, &converter.input_argument_);
  fmgr_info(input, &converter.input_);
  return converter;
}

}  // namespace mysql_sync::pg
