# Counts which lines run, with gcc and gcov: sh tests/coverage.sh build-coverage
set(CMAKE_C_COMPILER gcc CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS "--coverage -include ${CMAKE_CURRENT_LIST_DIR}/../../tests/coverage.h" CACHE STRING "")
