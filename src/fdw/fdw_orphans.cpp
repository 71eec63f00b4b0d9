#include "fdw/fdw_orphans.hpp"

#include "pg/compat/worker_compat.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "storage/procarray.h"
}

#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace mysql_sync::fdw {

namespace {

constexpr size_t kThread = 0, kInfo = 7;  // columns of SHOW PROCESSLIST

/// FNV-1a.
uint64_t digest(const std::string& text) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

/// Where numbers of processes mean what they mean here: this start of this machine, and this container on it.
/// Empty if the kernel does not tell.
std::string place_of_processes() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  struct stat container = {};
  if (::stat("/proc/self/ns/pid", &container) != 0) return boot;
  return boot + "/" + std::to_string(container.st_dev) + "/" + std::to_string(container.st_ino);
}

/// Tells this server from any other, also from a copy of it that runs elsewhere or from another folder, with
/// the same host name, too. What was left behind before the machine or the container was started anew counts
/// as of another server: the source ends it when it next writes, or finds out that the machine is gone.
std::string note_of_server() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  const uint64_t system = pg::guard([] { return compat::system_identifier(); });
  char note[64];
  std::snprintf(note, sizeof note, "/* mysql_sync %016" PRIx64 " ",
                digest(std::to_string(system) + "/" + host + "/" + DataDir + "/" + place_of_processes()));
  return note;
}

/// The process that a statement names as its own; 0 where it is not of this server.
int process_of(const std::string& statement, const std::string& note) {
  if (statement.compare(0, note.size(), note) != 0) return 0;
  return static_cast<int>(std::strtol(statement.c_str() + note.size(), nullptr, 10));
}

bool is_gone(int process) {
  return process > 0 && pg::guard([&] { return BackendPidGetProc(process) == nullptr; });
}

}  // namespace

const std::string& statement_note() {
  static const auto* const note = new std::string(note_of_server() + std::to_string(MyProcPid) + " */ ");
  return *note;
}

void end_orphans(source::Connection& connection) {
  const std::string note = note_of_server();
  const auto processes = connection.query_all("SHOW FULL PROCESSLIST");
  if (!processes.ok()) return;  // the next statement will say what is wrong
  for (const auto& row : *processes) {
    if (row.size() <= kInfo || !is_gone(process_of(row[kInfo].value_or(""), note))) continue;
    (void)connection.execute("KILL " + row[kThread].value_or("0"));  // it may have ended by itself
  }
}

}  // namespace mysql_sync::fdw
