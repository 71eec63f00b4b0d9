// A place in the source's binlog: a file and the offset of the next event in it.
#pragma once

#include <cstdint>
#include <string>

namespace mysql_sync {

struct BinlogPosition {
  std::string file;     ///< "mysql-bin.000042"
  uint64_t offset = 0;  ///< bytes; 4 is the first event of a file

  bool empty() const { return file.empty(); }
  /// Moves on to an offset of which the low 32 bits are known. One that lies behind says nothing.
  void advance(uint32_t low) {
    const uint32_t step = low - static_cast<uint32_t>(offset);  // modulo 2^32
    if (step < 0x80000000U) offset += step;
  }
  /// "mysql-bin.000042:1234".
  std::string to_string() const { return file + ":" + std::to_string(offset); }
};

/// The number at the end of a binlog file's name ("mysql-bin.000042" gives 42; 0 where there is none).
uint64_t binlog_file_number(const std::string& file);

/// Order along the binlog: by the number of the file (not by its text: .999999 comes before .1000000), then
/// the offset.
bool operator<(const BinlogPosition& a, const BinlogPosition& b);
bool operator==(const BinlogPosition& a, const BinlogPosition& b);
inline bool operator<=(const BinlogPosition& a, const BinlogPosition& b) { return !(b < a); }

}  // namespace mysql_sync
