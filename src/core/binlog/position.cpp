#include "core/binlog/position.hpp"

#include <tuple>

namespace mysql_sync {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

uint64_t binlog_file_number(const std::string& file) {
  size_t first = file.size();
  while (first > 0 && is_digit(file[first - 1])) --first;
  uint64_t number = 0;
  for (size_t i = first; i < file.size(); ++i) number = number * 10 + static_cast<uint64_t>(file[i] - '0');
  return number;
}

bool operator<(const BinlogPosition& a, const BinlogPosition& b) {
  return std::make_tuple(binlog_file_number(a.file), a.offset) <
         std::make_tuple(binlog_file_number(b.file), b.offset);
}

bool operator==(const BinlogPosition& a, const BinlogPosition& b) {
  return a.file == b.file && a.offset == b.offset;
}

}  // namespace mysql_sync
