# cmake -C cmake/preset/musl.cmake -B build-musl
set(CMAKE_C_COMPILER musl-gcc CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS -static CACHE STRING "")
set(REUSE_WERROR ON CACHE BOOL "")
