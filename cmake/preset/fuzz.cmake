# cmake -C cmake/preset/fuzz.cmake -B build-fuzz && make -C build-fuzz fuzz
# tests/fuzz/minute.sh build-fuzz
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
set(REUSE_SANITIZE fuzzer-no-link,address,undefined CACHE STRING "")
set(REUSE_FUZZ ON CACHE BOOL "")
