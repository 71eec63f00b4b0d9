#include "core/types/type_fit.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

using T = TargetKind;
using Verdict = TypeFit::Verdict;

TargetType target(T kind) {
  TargetType type;
  type.kind = kind;
  return type;
}

TargetType sized(T kind, uint64_t length, int scale = 0) {
  TargetType type = target(kind);
  type.length = length;
  type.scale = scale;
  return type;
}

TargetType timed(T kind, int fraction) {
  TargetType type = target(kind);
  type.fraction = fraction;
  return type;
}

TargetType labelled(std::vector<std::string> labels) {
  TargetType type = target(T::kEnum);
  type.labels = std::move(labels);
  return type;
}

Verdict verdict(const char* declared, const TargetType& type) {
  const Result<ColumnType> source = parse_column_type(declared, "utf8mb4");
  EXPECT_TRUE(source.ok()) << declared;
  const TypeFit fit = fit_type(*source, type);
  EXPECT_EQ(fit.verdict == Verdict::kLimited, !fit.detail.empty()) << declared;
  return fit.verdict;
}

struct Case {
  const char* declared;
  TargetType type;
};

void expect_all(Verdict expected, const std::vector<Case>& cases) {
  for (const Case& c : cases)
    EXPECT_EQ(verdict(c.declared, c.type), expected) << c.declared << " to " << static_cast<int>(c.type.kind);
}

/// The types of the type map, which docs/types.md promises to hold every value.
TEST(TypeFitTest, DefaultsHold) {
  expect_all(Verdict::kHolds, {{"tinyint unsigned", target(T::kSmallint)},
                               {"smallint unsigned", target(T::kInteger)},
                               {"mediumint unsigned", target(T::kInteger)},
                               {"int", target(T::kInteger)},
                               {"int unsigned", target(T::kBigint)},
                               {"bigint", target(T::kBigint)},
                               {"bigint unsigned", sized(T::kNumeric, 20)},
                               {"decimal(65,30)", sized(T::kNumeric, 65, 30)},
                               {"float", target(T::kReal)},
                               {"double", target(T::kDouble)},
                               {"bit(64)", sized(T::kBit, 64)},
                               {"date", target(T::kDate)},
                               {"datetime(3)", timed(T::kTimestamp, 3)},
                               {"timestamp(6)", timed(T::kTimestamptz, 6)},
                               {"time(6)", target(T::kInterval)},
                               {"year", target(T::kSmallint)},
                               {"char(9)", sized(T::kChar, 9)},
                               {"varchar(9)", sized(T::kVarchar, 9)},
                               {"longtext", target(T::kText)},
                               {"longblob", target(T::kBytea)},
                               {"enum('a')", target(T::kText)},
                               {"set('a')", target(T::kText)},
                               {"json", target(T::kJson)},
                               {"point", target(T::kBytea)},
                               {"uuid", target(T::kUuid)},
                               {"inet6", target(T::kInet)},
                               {"vector(3)", target(T::kFloatArray)}});
}

TEST(TypeFitTest, Numbers) {
  expect_all(Verdict::kHolds, {{"bit(1)", target(T::kBoolean)},
                               {"bigint", target(T::kNumeric)},
                               {"bigint", sized(T::kNumeric, 19)},
                               {"bigint unsigned", target(T::kNumeric)},
                               {"int", target(T::kDouble)},
                               {"mediumint unsigned", target(T::kReal)},
                               {"bit(63)", target(T::kBigint)},
                               {"bit(9)", target(T::kBytea)},
                               {"bit(9)", target(T::kVarbit)},
                               {"smallint unsigned", sized(T::kBit, 16)},
                               {"decimal(18,0)", target(T::kBigint)},
                               {"decimal(15,2)", target(T::kDouble)},
                               {"decimal(6,2)", target(T::kReal)},
                               {"float", target(T::kDouble)},
                               {"double", target(T::kNumeric)}});
  expect_all(Verdict::kLimited, {{"bit(2)", target(T::kBoolean)},
                                 {"tinyint(1)", target(T::kBoolean)},
                                 {"smallint unsigned", target(T::kSmallint)},
                                 {"bigint unsigned", target(T::kBigint)},
                                 {"bigint", sized(T::kNumeric, 18)},
                                 {"bigint", sized(T::kNumeric, 20, 2)},
                                 {"bigint", target(T::kDouble)},
                                 {"bigint unsigned", target(T::kDouble)},
                                 {"bit(64)", target(T::kBigint)},
                                 {"bit(9)", sized(T::kBit, 8)},
                                 {"decimal(19,0)", target(T::kBigint)},
                                 {"decimal(5,1)", target(T::kBigint)},
                                 {"decimal(5,2)", sized(T::kNumeric, 5, 1)},
                                 {"decimal(5,2)", sized(T::kNumeric, 5, 3)},
                                 {"decimal(16,2)", target(T::kDouble)},
                                 {"double", target(T::kReal)},
                                 {"float", sized(T::kNumeric, 9, 2)}});
  expect_all(Verdict::kUnsuitable, {{"tinyint", sized(T::kBit, 8)},
                                    {"double", target(T::kBigint)},
                                    {"decimal(1,0)", target(T::kBoolean)},
                                    {"int", target(T::kDate)},
                                    {"year", target(T::kDate)},
                                    {"int", target(T::kBytea)},
                                    {"int", target(T::kTextForm)}});
}

TEST(TypeFitTest, DatesAndTimes) {
  expect_all(Verdict::kHolds, {{"datetime(3)", timed(T::kTimestamptz, 3)},
                               {"date", timed(T::kTimestamp, 0)},
                               {"time(2)", timed(T::kInterval, 2)},
                               {"timestamp", sized(T::kVarchar, 19)},
                               {"time(6)", sized(T::kVarchar, 17)}});
  expect_all(Verdict::kLimited, {{"datetime(4)", timed(T::kTimestamp, 3)},
                                 {"datetime", target(T::kDate)},
                                 {"time", target(T::kTime)},
                                 {"time(3)", timed(T::kInterval, 2)},
                                 {"datetime(1)", sized(T::kVarchar, 20)}});
  expect_all(Verdict::kUnsuitable, {{"time", target(T::kTimestamp)}, {"date", target(T::kTime)}});
}

TEST(TypeFitTest, TextAndBytes) {
  expect_all(Verdict::kHolds, {{"varchar(9)", sized(T::kVarchar, 9)},
                               {"char(9)", sized(T::kVarchar, 9)},
                               {"tinyint", sized(T::kVarchar, 4)},
                               {"decimal(5,2)", sized(T::kVarchar, 7)},
                               {"decimal(2,2)", sized(T::kVarchar, 5)},
                               {"enum('äö','a')", sized(T::kVarchar, 2)},
                               {"set('a','bc')", sized(T::kVarchar, 4)},
                               {"binary(16)", target(T::kUuid)},
                               {"text", target(T::kBytea)},
                               {"set('a')", target(T::kTextArray)},
                               {"vector(2)", target(T::kBytea)}});
  expect_all(Verdict::kLimited, {{"varchar(9)", sized(T::kVarchar, 8)},
                                 {"varchar(9)", sized(T::kChar, 9)},
                                 {"decimal(2,2)", sized(T::kVarchar, 4)},
                                 {"set('a','bc')", sized(T::kVarchar, 3)},
                                 {"text", sized(T::kVarchar, 100000)},
                                 {"blob", target(T::kText)},
                                 {"varbinary(16)", target(T::kUuid)},
                                 {"varchar(36)", target(T::kUuid)},
                                 {"json", target(T::kJsonb)},
                                 {"longtext", target(T::kJson)},
                                 {"varchar(9)", target(T::kInteger)},
                                 {"uuid", target(T::kTextForm)},
                                 {"vector(2)", target(T::kVector)}});
  expect_all(Verdict::kUnsuitable, {{"binary(15)", target(T::kUuid)},
                                    {"varbinary(15)", target(T::kUuid)},
                                    {"varchar(9)", target(T::kDouble)},
                                    {"text", target(T::kTextArray)},
                                    {"text", target(T::kOther)},
                                    {"point", target(T::kText)},
                                    {"point", target(T::kVector)},
                                    {"vector(2)", target(T::kTextForm)},
                                    {"xmltype", target(T::kText)}});
}

TEST(TypeFitTest, Labels) {
  expect_all(Verdict::kHolds, {{"enum('a','b')", labelled({"c", "", "b", "a"})}});
  expect_all(Verdict::kLimited, {{"enum('a','b')", labelled({"a", "b"})}, {"varchar(3)", labelled({"a"})}});
  expect_all(Verdict::kUnsuitable, {{"set('a')", labelled({"a"})}, {"int", labelled({"1"})}});
  const TypeFit fit = fit_type(*parse_column_type("enum('a','b','c')", "utf8mb4"), labelled({"b", ""}));
  EXPECT_EQ(fit.detail, "the type lacks 'a', 'c': such values are refused");
}

TEST(TypeFitTest, ADomainMayRefuse) {
  TargetType domain = target(T::kText);
  domain.is_domain = true;
  expect_all(Verdict::kLimited, {{"text", domain}, {"blob", domain}});
  expect_all(Verdict::kUnsuitable, {{"point", domain}});
}

TEST(TypeFitTest, AConstrainedGeometryMayRefuse) {
  TargetType geometry = target(T::kGeometry);
  expect_all(Verdict::kHolds, {{"point", geometry}});
  geometry.constrained = true;
  expect_all(Verdict::kLimited, {{"point", geometry}});
}

TEST(TypeFitTest, LabelsOfAnEnumToBeMade) {
  const ColumnType type = *parse_column_type("enum('b','a')", "utf8mb4");
  EXPECT_EQ(*enum_labels(type, false), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(*enum_labels(type, true), (std::vector<std::string>{"", "b", "a"}));
  const ColumnType with_empty = *parse_column_type("enum('b','','b')", "utf8mb4");
  EXPECT_EQ(*enum_labels(with_empty, false), (std::vector<std::string>{"b", ""}));
  EXPECT_EQ(*enum_labels(with_empty, true), (std::vector<std::string>{"", "b"}));
  EXPECT_EQ(enum_labels(*parse_column_type("set('a')", "utf8mb4"), false).status().code(),
            ErrorCode::kInvalidArgument);
  const std::string long_label(64, 'x');
  EXPECT_TRUE(enum_labels(*parse_column_type("enum('" + long_label.substr(1) + "')", "utf8mb4"), false).ok());
  EXPECT_EQ(enum_labels(*parse_column_type("enum('" + long_label + "')", "utf8mb4"), false).status().code(),
            ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace mysql_sync
