# For s390x, which is big-endian, on Debian with gcc-s390x-linux-gnu, libc6-dev-s390x-cross and qemu-user-static; the
# tests are emulated: cmake -C cmake/preset/s390x.cmake -B build-s390x
set(CMAKE_SYSTEM_NAME Linux CACHE STRING "")
set(CMAKE_SYSTEM_PROCESSOR s390x CACHE STRING "")
set(CMAKE_C_COMPILER s390x-linux-gnu-gcc CACHE STRING "")
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-s390x-static;-L;/usr/s390x-linux-gnu" CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
