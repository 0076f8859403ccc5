# For arm64, on Debian with gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user-static; the
# tests are emulated: cmake -C cmake/preset/aarch64.cmake -B build-aarch64
set(CMAKE_SYSTEM_NAME Linux CACHE STRING "")
set(CMAKE_SYSTEM_PROCESSOR aarch64 CACHE STRING "")
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc CACHE STRING "")
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-aarch64-static;-L;/usr/aarch64-linux-gnu" CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
