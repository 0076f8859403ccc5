# cmake -C cmake/preset/dev.cmake -B build-dev
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
