#include "core/types/type_fit.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/types/text_policy.hpp"

namespace mysql_sync {

namespace {

using S = TypeKind;
using T = TargetKind;
using Verdict = TypeFit::Verdict;

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
constexpr size_t kMaxLabelBytes = 63;

TypeFit holds() { return {Verdict::kHolds, {}}; }
TypeFit limited(std::string detail) { return {Verdict::kLimited, std::move(detail)}; }
TypeFit holds_if(bool condition, std::string otherwise) {
  return condition ? holds() : limited(std::move(otherwise));
}

// --- numbers ---

int bits_of(const ColumnType& type) {
  switch (type.kind) {
    case S::kTinyint:
      return 8;
    case S::kSmallint:
      return 16;
    case S::kMediumint:
      return 24;
    case S::kInt:
      return 32;
    case S::kBit:
      return static_cast<int>(type.length);
    default:
      return 64;
  }
}

/// The largest distance from 0.
uint64_t magnitude(const IntegerRange& range) {
  return std::max(range.high, uint64_t{0} - static_cast<uint64_t>(range.low));
}

uint64_t integer_limit(T target) {
  if (target == T::kSmallint) return std::numeric_limits<int16_t>::max();
  if (target == T::kInteger) return std::numeric_limits<int32_t>::max();
  return std::numeric_limits<int64_t>::max();
}

uint64_t digits_of(uint64_t number) { return std::to_string(number).size(); }

std::string outside(uint64_t high) {
  return "numbers below -" + std::to_string(high + 1) + " or above " + std::to_string(high) + " are refused";
}

TypeFit integer_to_integer(const ColumnType& source, const TargetType& target) {
  const IntegerRange range = integer_range(source);
  const uint64_t high = integer_limit(target.kind);
  return holds_if(range.high <= high && range.low >= -static_cast<int64_t>(high) - 1, outside(high));
}

/// Digits before the point that a numeric takes.
std::optional<int64_t> whole_digits(const TargetType& numeric) {
  if (!numeric.length) return std::nullopt;
  return static_cast<int64_t>(*numeric.length) - numeric.scale;
}

TypeFit integer_to_numeric(const ColumnType& source, const TargetType& target) {
  const std::optional<int64_t> digits = whole_digits(target);
  const auto size = static_cast<int64_t>(digits_of(magnitude(integer_range(source))));
  return holds_if(!digits || (size <= *digits && target.scale >= 0),
                  "numbers that need more digits are refused");
}

TypeFit integer_to_boolean(const ColumnType& source, const TargetType&) {
  return holds_if(source.kind == S::kBit && source.length == 1, "numbers other than 0 and 1 are refused");
}

TypeFit integer_to_float(const ColumnType& source, const TargetType& target) {
  const uint64_t exact = uint64_t{1} << (target.kind == T::kReal ? 24 : 53);
  return holds_if(magnitude(integer_range(source)) <= exact, "whole numbers beyond " + std::to_string(exact) +
                                                                 " that it cannot hold exactly are refused");
}

TypeFit bits_to_bits(const ColumnType& source, const TargetType& target) {
  return holds_if(!target.length || static_cast<uint64_t>(bits_of(source)) <= *target.length,
                  target.kind == T::kBit ? "numbers that need more bits are refused"
                                         : "every value is refused: the source has more bits");
}

TypeFit unsigned_to_bits(const ColumnType& source, const TargetType& target) {
  if (!source.is_unsigned) return {};
  return holds_if(target.length && static_cast<uint64_t>(bits_of(source)) <= *target.length,
                  "numbers that need more bits are refused");
}

TypeFit decimal_to_numeric(const ColumnType& source, const TargetType& target) {
  const std::optional<int64_t> digits = whole_digits(target);
  return holds_if(!digits || (source.precision - source.scale <= *digits && source.scale <= target.scale),
                  "numbers that need more digits are refused");
}

TypeFit decimal_to_integer(const ColumnType& source, const TargetType& target) {
  const uint64_t high = integer_limit(target.kind);
  const bool in_range = source.precision < digits_of(high);
  if (source.scale == 0) return holds_if(in_range, outside(high));
  return limited(
      "numbers with a fraction are refused" +
      (source.precision - source.scale < static_cast<int>(digits_of(high)) ? "" : ", and " + outside(high)));
}

TypeFit decimal_to_float(const ColumnType& source, const TargetType& target) {
  const int digits = target.kind == T::kReal ? 6 : 15;
  return holds_if(source.precision <= digits, "numbers of more than " + std::to_string(digits) +
                                                  " digits that it does not tell apart are refused");
}

TypeFit float_to_float(const ColumnType& source, const TargetType& target) {
  return holds_if(source.kind == S::kFloat || target.kind == T::kDouble,
                  "numbers that are none of real's are refused; those are most");
}

TypeFit float_to_numeric(const ColumnType&, const TargetType& target) {
  return holds_if(!target.length, "numbers that need more digits are refused");
}

// --- dates and times ---

std::string finer(int digits) {
  return "fractions of more than " + std::to_string(digits) + " digits of a second are refused";
}

TypeFit to_timestamp(const ColumnType& source, const TargetType& target) {
  return holds_if(source.kind == S::kDate || source.fraction <= target.fraction, finer(target.fraction));
}

TypeFit to_date(const ColumnType& source, const TargetType&) {
  return holds_if(source.kind == S::kDate, "times of the day other than midnight are refused");
}

TypeFit time_to_interval(const ColumnType& source, const TargetType& target) {
  return holds_if(source.fraction <= target.fraction, finer(target.fraction));
}

TypeFit time_to_time(const ColumnType& source, const TargetType& target) {
  return limited("times below 0 and above 24 hours are refused" +
                 (source.fraction <= target.fraction ? "" : ", and " + finer(target.fraction)));
}

// --- text and bytes ---

uint64_t characters(const std::string& utf8) {
  return static_cast<uint64_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

uint64_t longest_label(const ColumnType& type) {
  uint64_t longest = 0;
  for (const std::string& label : type.members) longest = std::max(longest, characters(label));
  return longest;
}

uint64_t all_labels(const ColumnType& type) {
  uint64_t length = type.members.size();  // the commas, and one more
  for (const std::string& label : type.members) length += characters(label);
  return length;
}

uint64_t longest_integer(const ColumnType& type) {
  const IntegerRange range = integer_range(type);
  return digits_of(range.high) + (range.low < 0 ? 1 : 0);
}

/// Characters of the longest text of a value.
uint64_t longest_text(const ColumnType& type) {
  const uint64_t fraction = type.fraction == 0 ? 0 : type.fraction + 1U;
  switch (type.kind) {
    case S::kDecimal:
      return type.precision + (type.is_unsigned ? 0U : 1U) + (type.scale > 0 ? 1U : 0U) +
             (type.scale == type.precision ? 1U : 0U);
    case S::kFloat:
    case S::kDouble:
      return 24;  // -1.7976931348623157e+308
    case S::kDate:
      return 10;
    case S::kTime:
      return 10 + fraction;
    case S::kDatetime:
    case S::kTimestamp:
      return 19 + fraction;
    case S::kYear:
      return 4;
    case S::kChar:
    case S::kVarchar:
    case S::kBinary:
    case S::kVarbinary:
      return type.length;
    case S::kEnum:
      return longest_label(type);
    case S::kSet:
      return all_labels(type) - 1;
    case S::kUuid:
      return 36;
    case S::kInet4:
      return 15;
    case S::kInet6:
      return 45;
    case S::kText:
    case S::kBlob:
    case S::kJson:
    case S::kVector:
      return kUnlimited;
    default:
      return longest_integer(type);
  }
}

bool is_too_short(const ColumnType& source, const TargetType& target) {
  return target.length && longest_text(source) > *target.length;
}

std::string longer(const TargetType& target) {
  return "values of more than " + std::to_string(*target.length) + " characters are refused";
}

TypeFit to_text(const ColumnType& source, const TargetType& target) {
  const bool may_end_in_space = source.kind == S::kVarchar || source.kind == S::kText;
  if (is_too_short(source, target)) return limited(longer(target));
  return holds_if(target.kind != T::kChar || !may_end_in_space,
                  "values that end in a space are refused: char does not tell them apart");
}

TypeFit bytes_to_text(const ColumnType& source, const TargetType& target) {
  return limited("bytes that are no UTF-8 text are refused" +
                 (is_too_short(source, target) ? ", and " + longer(target) : "") +
                 (target.kind == T::kChar ? ", and such that end in a space" : ""));
}

TypeFit by_form(const ColumnType&, const TargetType&) {
  return limited(
      "text that is not in the form of the type is refused; its value is kept, not how it was written");
}

TypeFit to_jsonb(const ColumnType& source, const TargetType&) {
  const std::string lost =
      "the order of keys, all but the last of equal keys, and how a number is written are not kept; \\u0000 and "
      "numbers beyond numeric are refused";
  return limited(source.kind == S::kJson ? lost : "what is no JSON is refused; " + lost);
}

TypeFit text_to_json(const ColumnType&, const TargetType&) { return limited("what is no JSON is refused"); }

TypeFit bytes_to_uuid(const ColumnType& source, const TargetType&) {
  if (source.kind == S::kBinary && source.length == 16) return holds();
  if (source.kind == S::kBinary || source.length < 16) return {};
  return limited("values that are not of 16 bytes, nor a uuid as text, are refused");
}

// --- the rest ---

TypeFit always_holds(const ColumnType&, const TargetType&) { return holds(); }

bool has_label(const TargetType& target, const std::string& label) {
  return std::find(target.labels.begin(), target.labels.end(), label) != target.labels.end();
}

TypeFit enum_to_enum(const ColumnType& source, const TargetType& target) {
  std::string missing;
  for (const std::string& label : source.members)
    if (!has_label(target, label)) missing += (missing.empty() ? "'" : ", '") + label + "'";
  if (!missing.empty()) return limited("the type lacks " + missing + ": such values are refused");
  return holds_if(has_label(target, ""),
                  "the empty string, MySQL's error value, is refused unless it is a label");
}

TypeFit text_to_enum(const ColumnType&, const TargetType&) {
  return limited("text that is no label of the type is refused");
}

TypeFit to_geometry(const ColumnType&, const TargetType& target) {
  return holds_if(!target.constrained,
                  "shapes of another kind or SRID are refused, and SRID 0 becomes that of the type");
}

TypeFit to_vector(const ColumnType&, const TargetType& target) {
  return limited(std::string("entries that are no finite numbers, and more than 16000 of them, are refused") +
                 (target.constrained ? ", and vectors of another length" : ""));
}

TypeFit to_text_form(const ColumnType&, const TargetType&) {
  return limited("what the input function of the type does not take is refused");
}

template <typename... Kinds>
constexpr uint32_t any(Kinds... kinds) {
  return ((uint32_t{1} << static_cast<unsigned>(kinds)) | ...);
}

static_assert(static_cast<size_t>(S::kUnknown) < 32 && static_cast<size_t>(T::kOther) < 32);

constexpr uint32_t kIntegers = any(S::kTinyint, S::kSmallint, S::kMediumint, S::kInt, S::kBigint);
constexpr uint32_t kWholeNumbers = kIntegers | any(S::kBit, S::kYear);
constexpr uint32_t kFloats = any(S::kFloat, S::kDouble);
constexpr uint32_t kMoments = any(S::kDate, S::kDatetime, S::kTimestamp);
constexpr uint32_t kStrings = any(S::kChar, S::kVarchar, S::kText);
constexpr uint32_t kByteStrings = any(S::kBinary, S::kVarbinary, S::kBlob);
constexpr uint32_t kAddresses = any(S::kInet4, S::kInet6);
constexpr uint32_t kOtherText = any(S::kEnum, S::kSet, S::kJson, S::kUuid) | kAddresses;
constexpr uint32_t kShownAsText =
    kWholeNumbers | kFloats | kMoments | kStrings | kOtherText | any(S::kDecimal, S::kTime, S::kVector);

constexpr uint32_t kTextTargets = any(T::kChar, T::kVarchar, T::kText);
constexpr uint32_t kIntegerTargets = any(T::kSmallint, T::kInteger, T::kBigint);
constexpr uint32_t kFloatTargets = any(T::kReal, T::kDouble);
constexpr uint32_t kTimestampTargets = any(T::kTimestamp, T::kTimestamptz);

struct Rule {
  uint32_t sources, targets;
  TypeFit (*fit)(const ColumnType&, const TargetType&);
};

/// The first that names both kinds decides; none: unsuitable.
constexpr Rule kRules[] = {
    {kShownAsText, kTextTargets, to_text},
    {kByteStrings, kTextTargets, bytes_to_text},
    {kWholeNumbers, kIntegerTargets, integer_to_integer},
    {kWholeNumbers, any(T::kNumeric), integer_to_numeric},
    {kWholeNumbers, kFloatTargets, integer_to_float},
    {kIntegers | any(S::kBit), any(T::kBoolean), integer_to_boolean},
    {any(S::kBit), any(T::kBit, T::kVarbit), bits_to_bits},
    {any(S::kBit), any(T::kBytea), always_holds},
    {kIntegers, any(T::kBit), unsigned_to_bits},
    {any(S::kDecimal), any(T::kNumeric), decimal_to_numeric},
    {any(S::kDecimal), kIntegerTargets, decimal_to_integer},
    {any(S::kDecimal), kFloatTargets, decimal_to_float},
    {kFloats, kFloatTargets, float_to_float},
    {kFloats, any(T::kNumeric), float_to_numeric},
    {kMoments, kTimestampTargets, to_timestamp},
    {kMoments, any(T::kDate), to_date},
    {any(S::kTime), any(T::kInterval), time_to_interval},
    {any(S::kTime), any(T::kTime), time_to_time},
    {kStrings | kByteStrings | any(S::kJson), any(T::kBytea), always_holds},
    {any(S::kJson), any(T::kJson), always_holds},
    {any(S::kJson) | kStrings | kByteStrings, any(T::kJsonb), to_jsonb},
    {kStrings | kByteStrings, any(T::kJson), text_to_json},
    {kByteStrings, any(T::kUuid), bytes_to_uuid},
    {any(S::kUuid), any(T::kUuid), always_holds},
    {kAddresses, any(T::kInet), always_holds},
    {any(S::kEnum), any(T::kEnum), enum_to_enum},
    {kStrings, any(T::kEnum), text_to_enum},
    {any(S::kSet), any(T::kTextArray), always_holds},
    {any(S::kGeometry), any(T::kBytea), always_holds},
    {any(S::kGeometry), any(T::kGeometry), to_geometry},
    {any(S::kVector), any(T::kFloatArray, T::kBytea), always_holds},
    {any(S::kVector), any(T::kVector), to_vector},
    {kStrings,
     any(T::kUuid, T::kInet, T::kNumeric, T::kDate, T::kTime, T::kInterval, T::kBoolean, T::kBit, T::kVarbit),
     by_form},
    {kStrings, kIntegerTargets | kTimestampTargets, by_form},
    {kStrings | kOtherText, any(T::kTextForm), to_text_form},
};

}  // namespace

IntegerRange integer_range(const ColumnType& type) {
  if (type.kind == S::kYear) return {0, 2155};
  const uint64_t all_ones = kUnlimited >> (64 - bits_of(type));
  if (type.is_unsigned || type.kind == S::kBit) return {0, all_ones};
  const uint64_t high = all_ones >> 1;
  return {-static_cast<int64_t>(high) - 1, high};
}

TypeFit fit_type(const ColumnType& source, const TargetType& target) {
  const uint32_t source_bit = any(source.kind), target_bit = any(target.kind);
  for (const Rule& rule : kRules) {
    if ((rule.sources & source_bit) == 0 || (rule.targets & target_bit) == 0) continue;
    TypeFit fit = rule.fit(source, target);
    if (!target.is_domain || fit.verdict == Verdict::kUnsuitable) return fit;
    return limited((fit.detail.empty() ? "" : fit.detail + "; ") +
                   "what the domain does not allow is refused");
  }
  return {};
}

Result<std::vector<std::string>> enum_labels(const ColumnType& source, bool error_value) {
  if (source.kind != TypeKind::kEnum)
    return Status(ErrorCode::kInvalidArgument, "type " + source.declared + " is no enum of the source");
  std::vector<std::string> labels;
  if (error_value) labels.emplace_back();
  for (const std::string& label : source.members) {
    if (!is_clean_text(label))
      return Status(ErrorCode::kUnsupported, "labels of " + source.declared + " are no text",
                    "A label of PostgreSQL cannot have NUL, nor bytes that are no characters.",
                    "Choose text for the column.");
    if (label.size() > kMaxLabelBytes)
      return Status(ErrorCode::kUnsupported, "label '" + label +
                                                 "' is longer than 63 bytes, which is all that a label "
                                                 "of PostgreSQL can have");
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  }
  return labels;
}

}  // namespace mysql_sync
