#include "pg/scratch.hpp"

namespace mysql_sync::pg {

ScratchMemory::ScratchMemory()
    : context_(guard([] {
        return AllocSetContextCreate(TopMemoryContext, "mysql_sync scratch", ALLOCSET_DEFAULT_MINSIZE,
                                     ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE);
      })) {}

}  // namespace mysql_sync::pg
