#include "bgworker/worker/visited_databases.hpp"

#include <algorithm>

#include "pg/compat/shared_memory.hpp"

extern "C" {
#include "storage/spin.h"
}

namespace mysql_sync {

namespace {

constexpr int kMaxDatabases = 512;

struct Entry {
  Oid database;
  uint32 announced;
  bool has_tasks, lacks_slots;
};

/// Databases beyond those that fit are visited often.
struct SharedState {
  slock_t lock;
  int count;
  Entry entries[kMaxDatabases];
};

void* shared_memory = nullptr;  // where the server has put it; the same in all processes

void initialize(void* memory) {
  auto* state = static_cast<SharedState*>(memory);
  memset(state, 0, sizeof(SharedState));
  SpinLockInit(&state->lock);
}

Entry* find(SharedState* state, Oid database) {
  for (int i = 0; i < state->count; ++i)
    if (state->entries[i].database == database) return &state->entries[i];
  if (state->count == kMaxDatabases) return nullptr;
  Entry* entry = &state->entries[state->count++];
  memset(entry, 0, sizeof(Entry));
  entry->database = database;
  return entry;
}

/// `work` gets the entry of the database. It throws nothing and is short: others spin.
template <typename Work>
void with_entry(Oid database, const Work& work) {
  auto* state = static_cast<SharedState*>(shared_memory);
  if (state == nullptr) return;
  SpinLockAcquire(&state->lock);
  Entry* entry = find(state, database);
  if (entry != nullptr) work(*entry);
  SpinLockRelease(&state->lock);
}

}  // namespace

void reserve_visited_databases() {
  compat::reserve_shared_memory("mysql_sync databases", sizeof(SharedState), initialize, &shared_memory);
}

void announce_task() {
  with_entry(MyDatabaseId, [](Entry& entry) { ++entry.announced; });
}

DatabaseNews news_of(Oid database) {
  DatabaseNews news;
  with_entry(database, [&](const Entry& entry) {
    news.announced = entry.announced;
    news.has_tasks = entry.has_tasks;
  });
  return news;
}

void keep_databases(const std::vector<Oid>& present) {
  auto* state = static_cast<SharedState*>(shared_memory);
  if (state == nullptr) return;
  SpinLockAcquire(&state->lock);
  int kept = 0;
  for (int i = 0; i < state->count; ++i)
    if (std::binary_search(present.begin(), present.end(), state->entries[i].database))
      state->entries[kept++] = state->entries[i];
  state->count = kept;
  SpinLockRelease(&state->lock);
}

void report_visit(bool has_tasks) {
  with_entry(MyDatabaseId, [&](Entry& entry) { entry.has_tasks = has_tasks; });
}

bool report_slots(bool lacking) {
  bool is_news = lacking;
  with_entry(MyDatabaseId, [&](Entry& entry) {
    is_news = lacking && !entry.lacks_slots;
    entry.lacks_slots = lacking;
  });
  return is_news;
}

}  // namespace mysql_sync
