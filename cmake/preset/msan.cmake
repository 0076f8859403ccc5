# clang's MemorySanitizer: no decision on memory that was never written.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(REUSE_SANITIZE memory CACHE STRING "")
