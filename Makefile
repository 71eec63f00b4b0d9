# The extension, by PGXS: make, make install, make installcheck. PG_CONFIG chooses the server.
MODULE_big = mysql_sync
EXTENSION = mysql_sync
DATA = $(wildcard sql/mysql_sync--*.sql)

SOURCES = $(wildcard src/core/*/*.cpp src/source/*.cpp src/pg/*.cpp src/pg/compat/*.cpp src/fdw/*.cpp \
                     src/apply/*.cpp bgworker/*/*.cpp)
OBJS = $(SOURCES:.cpp=.o)

REGRESS = $(patsubst sql/%.sql,%,$(filter-out sql/mysql_sync--%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=mysql_sync

# The C++ compiler writes the objects; LLVM bitcode for inlining across the module border gains nothing here.
override with_llvm = no
CXX ?= g++
PG_CONFIG ?= pg_config
MYSQL_CONFIG ?= $(firstword $(shell command -v mariadb_config mysql_config 2>/dev/null))
ifeq ($(MYSQL_CONFIG),)
$(error neither mariadb_config nor mysql_config found: install libmariadb-dev or set MYSQL_CONFIG)
endif

# What a packager sets for make, or in its environment, comes after our own; PGXS puts its values there later.
PACKAGER_CXXFLAGS := $(CPPFLAGS) $(CXXFLAGS)
PACKAGER_LDFLAGS := $(LDFLAGS)

# Core sees no PostgreSQL, source sees no PostgreSQL, pg and its users see no MySQL: by include path.
# The server's headers are system headers to us, so that only our own warnings show.
# WERROR=-Werror is for those who develop; another compiler may warn of more.
WERROR =
WARNINGS = -Wall -Wextra $(WERROR) -Wshadow -Wnon-virtual-dtor
OUR_CXXFLAGS = -std=c++17 -O2 -g -fPIC $(WARNINGS) -Wno-register -I$(srcdir)/src -I$(srcdir) $(PACKAGER_CXXFLAGS)
PG_INCLUDES = -isystem $(shell $(PG_CONFIG) --includedir-server) -isystem $(shell $(PG_CONFIG) --includedir) \
              -D_GNU_SOURCE $(PG_DEFINES)
MYSQL_INCLUDES = $(patsubst -I%,-isystem %,$(shell $(MYSQL_CONFIG) --include))

SHLIB_LINK = $(shell $(MYSQL_CONFIG) --libs) -lcrypto -lzstd -lz -lstdc++ -Wl,--version-script=mysql_sync.map \
             $(PACKAGER_LDFLAGS)

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

ifneq ($(shell grep -c GP_VERSION_NUM $(shell $(PG_CONFIG) --includedir-server)/pg_config.h),0)
PG_DEFINES = -D_Static_assert=static_assert
endif

DEPENDENCIES = -MMD -MP
src/core/%.o: src/core/%.cpp
	$(CXX) $(OUR_CXXFLAGS) $(DEPENDENCIES) -c -o $@ $<
src/source/%.o: src/source/%.cpp
	$(CXX) $(OUR_CXXFLAGS) $(DEPENDENCIES) $(MYSQL_INCLUDES) -c -o $@ $<
src/%.o: src/%.cpp
	$(CXX) $(OUR_CXXFLAGS) $(DEPENDENCIES) $(PG_INCLUDES) -c -o $@ $<
bgworker/%.o: bgworker/%.cpp
	$(CXX) $(OUR_CXXFLAGS) $(DEPENDENCIES) $(PG_INCLUDES) -c -o $@ $<

-include $(OBJS:.o=.d)

# Each header by itself, so that whoever includes it needs to know no other.
HEADERS = $(wildcard $(addsuffix *.hpp,$(sort $(dir $(SOURCES)))))
ALONE = echo '\#include "$(abspath $<)"' | $(CXX) $(OUR_CXXFLAGS) -fsyntax-only
.PHONY: check-headers
check-headers: $(addsuffix .alone,$(HEADERS))
src/core/%.hpp.alone: src/core/%.hpp
	$(ALONE) -x c++ -
src/source/%.hpp.alone: src/source/%.hpp
	$(ALONE) $(MYSQL_INCLUDES) -x c++ -
%.hpp.alone: %.hpp
	$(ALONE) $(PG_INCLUDES) -x c++ -

clean: clean-dependencies
.PHONY: clean-dependencies
clean-dependencies:
	rm -f $(OBJS:.o=.d)
