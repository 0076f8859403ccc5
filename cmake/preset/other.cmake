# What every Unix has, and nothing more: cmake -C cmake/preset/other.cmake -B build-other
set(REUSE_OS other CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
