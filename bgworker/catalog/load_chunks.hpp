// The chunks of tables that are loaded, in the catalog table load_chunk: ranges of the primary key in the
// initial load, numbered from 1, and what is left of a reload, with the number 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pg/spi.hpp"

namespace mysql_sync {

struct LoadChunk {
  uint32_t number = 0;    ///< of the table
  std::string chunk;      ///< its own number, from 1
  std::string condition;  ///< on the source's rows, in SQL; empty: all of them
};

/// Stores the chunks of a table of the initial load.
void save_chunks(pg::SpiSession& spi, const std::string& task, uint32_t number,
                 const std::vector<std::string>& conditions);
/// Chunks of the initial load that are still to be done: how many, and which, by table.
uint64_t pending_chunks(pg::SpiSession& spi, const std::string& task);
std::vector<LoadChunk> read_pending_chunks(pg::SpiSession& spi, const std::string& task);
/// False if the chunk is done, or its table is no longer loaded by chunks.
bool is_pending(pg::SpiSession& spi, const std::string& task, const LoadChunk& chunk);

struct LoadedRows {
  uint64_t rows = 0, bytes = 0, changed_by_policy = 0;
};
/// The chunk is done. The state of its table follows: loading, and loaded with its last chunk.
void finish_chunk(pg::SpiSession& spi, const std::string& task, const LoadChunk& chunk,
                  const LoadedRows& loaded);

/// Whether a table has chunks.
bool has_chunks(pg::SpiSession& spi, const std::string& task, uint32_t number);
void delete_chunks(pg::SpiSession& spi, const std::string& task, uint32_t number);

}  // namespace mysql_sync
