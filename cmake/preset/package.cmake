# A static binary, which runs on any Linux of its processor, as .deb and .tar.gz:
# cmake -C cmake/preset/package.cmake -B build-package && make -C build-package package
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "")
set(CMAKE_C_COMPILER musl-gcc CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS -static CACHE STRING "")
set(BUILD_TESTING OFF CACHE BOOL "")
