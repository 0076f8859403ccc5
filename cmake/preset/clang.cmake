# cmake -C cmake/preset/clang.cmake -B build-clang
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
