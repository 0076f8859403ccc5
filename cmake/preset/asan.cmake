# cmake -C cmake/preset/asan.cmake -B build-asan
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
set(REUSE_SANITIZE address,undefined CACHE STRING "")
