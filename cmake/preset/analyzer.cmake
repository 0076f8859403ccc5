# gcc looks for paths to what is wrong, and writes down for clang-tidy how each file is compiled:
# sh tests/analysis.sh build-analyzer
set(CMAKE_C_COMPILER gcc CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
# Leaks: gcc 12 loses sight of what is stored in memory from realloc, or returned in a struct (all 4 that
# it found). clang-analyzer-unix.Malloc looks for them, and the tests under sanitizers.
set(CMAKE_C_FLAGS "-fanalyzer -Wno-analyzer-malloc-leak" CACHE STRING "")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON CACHE BOOL "")
set(REUSE_WERROR ON CACHE BOOL "")
