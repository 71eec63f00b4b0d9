// SPI inside SPI: before PostgreSQL 10 the outer level had to be put aside by hand.
#pragma once

#include "pg/compat/postgres_headers.hpp"

namespace mysql_sync::compat {

/// Before SPI_connect(). The result goes to leave_spi_level() after SPI_finish().
inline bool enter_spi_level() {
#if PG_VERSION_NUM < 100000
  return SPI_push_conditional();
#else
  return false;
#endif
}

/// After a subtransaction within an SPI session was rolled back.
inline void restore_spi() {
#if PG_VERSION_NUM < 100000
  SPI_restore_connection();
#endif
}

inline void leave_spi_level([[maybe_unused]] bool entered) {
#if PG_VERSION_NUM < 100000
  SPI_pop_conditional(entered);
#endif
}

}  // namespace mysql_sync::compat
